import { z } from "zod";
import { EVIDENCE_KINDS } from "./annotation.ts";

const tallySchema = z.object({ k: z.number().int().nonnegative(), successes: z.number().int().nonnegative() });

/** What the label of one record rests on; never shown to a tracer. */
export const evidenceDetailSchema = z.object({
  annotation_id: z.string(),
  /** The replay that flipped the outcome, or that put the fault in; empty for a human label. */
  replay_id: z.string(),
  /** Of an injected label: which operator made the fault; empty otherwise. */
  operator: z.string(),
  earliest: z.enum(["proven", "not proven"]),
  /** Outcomes with the intervention; null where they are not stored. */
  tested: tallySchema.nullable(),
  /** Outcomes with the original action at the same step. */
  placebo: tallySchema,
  /** How much more often the intervention brought the other outcome about than the original action did: -1 to 1. */
  margin: z.number().min(-1).max(1).nullable(),
  /** One-sided exact test of `tested` against `placebo`. */
  p_value: z.number().min(0).max(1).nullable(),
  /** What the search or the injection said. */
  proof: z.string(),
});
export type EvidenceDetail = z.infer<typeof evidenceDetailSchema>;

/** One labelled trajectory of a training set, before a trainer's format is chosen. */
export const datasetRecordSchema = z.object({
  /** The run. */
  id: z.string(),
  /** Rows of one task never straddle splits. */
  task_id: z.string(),
  source: z.string(),
  question: z.string(),
  ground_truth: z.string(),
  agents: z.array(z.string()),
  history: z.array(
    z.object({
      step: z.number().int().nonnegative(),
      name: z.string(),
      role: z.enum(["agent", "environment", "user"]),
      content: z.string(),
    }),
  ),
  mistake_agent: z.string(),
  mistake_step: z.number().int().nonnegative(),
  mistake_reason: z.string(),
  evidence: z.enum(EVIDENCE_KINDS),
  split: z.enum(["train", "test"]),
  /** Kind of task, such as `coding`; empty when nothing says. Absent in records of before. */
  domain: z.string().optional(),
  /** The action that would have been right at the labelled step; empty when not known. Absent in records of before. */
  correction: z.string().optional(),
  evidence_detail: evidenceDetailSchema.optional(),
});
export type DatasetRecord = z.infer<typeof datasetRecordSchema>;
