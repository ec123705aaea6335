import { z } from "zod";
import { isoTimeSchema } from "./json.ts";

/** A dataset's name: also part of paths and addresses. */
export const datasetNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    "a dataset's name is 1 to 64 lower-case letters, digits, dots, dashes or underscores",
  );

const count = z.number().int().nonnegative();

/** How many records have one value of something, by evidence as well. */
export const balanceRowSchema = z.object({
  value: z.string(),
  records: count,
  counterfactual: count,
  injected: count,
  human: count,
});
export type BalanceRow = z.infer<typeof balanceRowSchema>;

/** What records are spread over, most records first; `position` from the start of the run to its end. */
export const balanceSchema = z.object({
  agent: z.array(balanceRowSchema),
  /** Fifths of the run that the labelled step is in: `0-20 %` and so on. */
  position: z.array(balanceRowSchema),
  domain: z.array(balanceRowSchema),
  source: z.array(balanceRowSchema),
});
export type Balance = z.infer<typeof balanceSchema>;

/** Runs or records that did not get in, and why. */
export const leftOutRowSchema = z.object({ reason: z.string(), about: z.string(), count });
export type LeftOutRow = z.infer<typeof leftOutRowSchema>;

const rate = z.object({ accuracy: z.number(), low: z.number(), high: z.number() });

/** How well the surface text of a record tells whether its fault was injected; near chance is what is wanted. */
export const detectorFigureSchema = z.object({
  /** Records it was cross-validated on, both classes in equal number. */
  n: count,
  folds: count,
  accuracy: rate,
  /** Area under the ROC curve with its 95 % interval. */
  auc: z.object({ value: z.number(), low: z.number(), high: z.number() }),
  /** What it reads. */
  features: z.string(),
});
export type DetectorFigure = z.infer<typeof detectorFigureSchema>;

/** What changed since the version before. Records are matched by run. */
export const datasetDiffSchema = z.object({
  version: count,
  hash: z.string(),
  added: count,
  removed: count,
  /** Same run, other content or label. */
  changed: count,
  /** Records that changed sides; 0 unless the test share was changed. */
  moved_split: count,
});
export type DatasetDiff = z.infer<typeof datasetDiffSchema>;

/** One version of a dataset: `dataset.json`, what the store keeps of it and what the page shows. */
export const datasetVersionSchema = z.object({
  name: datasetNameSchema,
  /** From 1. */
  version: z.number().int().positive(),
  /** SHA-256 over the canonical records, in hex: same records, same hash. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  created_at: isoTimeSchema,
  /** What it is for, in the words of whoever made it. */
  about: z.string().max(2000),
  counts: z.object({
    records: count,
    train: count,
    test: count,
    /** Tasks of each split. */
    train_tasks: count,
    test_tasks: count,
    /** D-: a replay flipped the failure. */
    counterfactual: count,
    /** D+: the fault was put into a successful run. */
    injected: count,
    human: count,
    /** Of those with a replay: the earliest step is proven. */
    earliest_proven: count,
  }),
  /** Steps a run. */
  steps: z.object({ min: count, median: count, max: count }),
  balance: balanceSchema,
  left_out: z.array(leftOutRowSchema),
  /** Replacements made by scrubbing, by kind. */
  scrubbed: z.record(z.string(), count),
  /** Placebo and margin of the labels that replays stand behind. */
  evidence: z.object({
    placebos: count,
    placebo_successes: count,
    /** Smallest and median margin; null without any. */
    margin_min: z.number().nullable(),
    margin_median: z.number().nullable(),
    /** Injected records by operator. */
    operators: z.record(z.string(), count),
  }),
  licences: z.array(z.string()),
  biases: z.array(z.string()),
  detector: detectorFigureSchema.nullable(),
  contamination: z.object({ benchmarks: z.array(z.string()), questions: count, flagged: count }).nullable(),
  /** What making it took, since the curation of this version began. */
  made: z.object({
    runs: count,
    replays: count,
    seconds: z.number().nonnegative(),
    model_calls: count,
    tokens: count,
    cost: z.number().nonnegative(),
  }),
  /** Null for the first version. */
  diff: datasetDiffSchema.nullable(),
});
export type DatasetVersion = z.infer<typeof datasetVersionSchema>;

/** One row of a dataset's growth. */
export const datasetGrowthSchema = z.object({
  version: count,
  created_at: isoTimeSchema,
  records: count,
  counterfactual: count,
  injected: count,
  human: count,
});
export type DatasetGrowth = z.infer<typeof datasetGrowthSchema>;

/** A dataset in a list: its newest version, and how it grew, oldest first. */
export const datasetListedSchema = datasetVersionSchema
  .pick({ name: true, version: true, hash: true, created_at: true, about: true, counts: true })
  .extend({ growth: z.array(datasetGrowthSchema) });
export type DatasetListed = z.infer<typeof datasetListedSchema>;
