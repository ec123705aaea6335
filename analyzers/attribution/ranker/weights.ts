import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { CulpritError } from "@culprit/schemas";
import { z } from "zod";
import { FEATURES } from "./features/groups.ts";
import type { RankerModel, StyleModel } from "./linear.ts";

const accuracySchema = z.object({ n: z.number().int(), agent: z.number(), step: z.number() });

const setSchema = z.object({ subset: z.string(), runs: z.number().int(), labelled_agent_steps: z.number().int() });

const styleSchema = z.object({
  temperature: z.number().positive(),
  /** Whether the agent's probability counts beside the step's in who is blamed. */
  joint: z.boolean().default(false),
  features: z.array(
    z.object({
      name: z.string(),
      mean: z.number(),
      scale: z.number(),
      weight: z.number(),
      /** Weight of the sum over the n steps of the step's agent, divided by √n. */
      agent_weight: z.number().default(0),
    }),
  ),
});

/** A versioned weights file. */
export const rankerWeightsSchema = z.object({
  format: z.literal(1),
  model: z.literal("conditional-logit"),
  /** Identifies these weights: attributions are keyed by it. */
  version: z.string().min(1),
  styles: z.object({ exchange: styleSchema, orchestrated: styleSchema }),
  provenance: z.object({
    /** Day of training, as given to the command. */
    date: z.string(),
    seed: z.number().int(),
    sets: z.array(setSchema),
    /** Content hashes (the import's trace ids) of every run trained on. */
    data: z.array(z.string()),
    /** Runs of other kinds of systems, learned from at a fraction and never counted in the accuracy. */
    auxiliary: z.object({ weight: z.number(), sets: z.array(setSchema), data: z.array(z.string()) }).optional(),
    /** Version of the weights these were tuned from, on somebody's own runs. */
    tuned_from: z.string().optional(),
    cross_validated: z.object({
      folds: z.number().int(),
      seeds: z.array(z.number().int()),
      grouped_by: z.literal("task"),
      nested: z.literal(true),
      subsets: z.record(z.string(), accuracySchema),
    }),
  }),
});
export type RankerWeights = z.infer<typeof rankerWeightsSchema>;

/** The weights file that ships with the package. */
export function shippedWeightsPath(): string {
  const root = dirname(createRequire(import.meta.url).resolve("@culprit/analyzers/package.json"));
  return join(root, "attribution", "ranker", "weights.json");
}

/**
 * @throws CulpritError `ranker_weights_unreadable` or `ranker_weights_mismatch` (made for other features)
 */
export function loadRankerWeights(path: string = shippedWeightsPath()): RankerWeights {
  let weights: RankerWeights;
  try {
    weights = rankerWeightsSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new CulpritError("ranker_weights_unreadable", `The ranker's weights at ${path} can't be read.`, {
      mend: "Make them with `culprit train-ranker`, or unset CULPRIT_RANKER_WEIGHTS to use the shipped ones.",
      cause,
    });
  }
  toModel(weights);
  return weights;
}

/** A trained model as a weights file; its version is the hash of its numbers. */
export function toWeights(model: RankerModel, provenance: RankerWeights["provenance"]): RankerWeights {
  const styles = { exchange: written(model.exchange), orchestrated: written(model.orchestrated) };
  const version = `1-${createHash("sha256").update(JSON.stringify(styles)).digest("hex").slice(0, 12)}`;
  return { format: 1, model: "conditional-logit", version, styles, provenance };
}

function written({
  mean,
  scale,
  weights,
  agentWeights,
  temperature,
  joint,
}: StyleModel): RankerWeights["styles"]["exchange"] {
  const features = FEATURES.map(({ name }, i) => ({
    name,
    mean: rounded(mean[i] ?? 0),
    scale: rounded(scale[i] ?? 0),
    weight: rounded(weights[i] ?? 0),
    agent_weight: rounded(agentWeights[i] ?? 0),
  }));
  return { temperature, joint, features };
}

/** Six significant digits: enough for the same decisions, few enough to be the same on every machine. */
export function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

/** The weights as arrays in the order of {@link FEATURES}. */
export function toModel(weights: RankerWeights): RankerModel {
  return { exchange: toStyleModel(weights.styles.exchange), orchestrated: toStyleModel(weights.styles.orchestrated) };
}

function toStyleModel(style: RankerWeights["styles"]["exchange"]): StyleModel {
  const byName = new Map(style.features.map((feature) => [feature.name, feature]));
  const missing = FEATURES.find((feature) => !byName.has(feature.name));
  if (missing || byName.size !== FEATURES.length) {
    const what = missing ? `lack the feature ${missing.name}` : "have features this version does not know";
    throw new CulpritError("ranker_weights_mismatch", `The ranker's weights ${what}.`, {
      mend: "Train them again with `culprit train-ranker`.",
    });
  }
  const column = (key: "mean" | "scale" | "weight" | "agent_weight") =>
    Float64Array.from(FEATURES, ({ name }) => byName.get(name)?.[key] ?? 0);
  return {
    mean: column("mean"),
    scale: column("scale"),
    weights: column("weight"),
    agentWeights: column("agent_weight"),
    temperature: style.temperature,
    joint: style.joint,
  };
}
