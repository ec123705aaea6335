import { z } from "zod";
import { ATTRIBUTION_STATUSES, attributionSchema } from "./attribution.ts";
import { shareSchema } from "./figures.ts";

const count = z.number().int().nonnegative();
const hits = z.object({ agent: shareSchema, step: shareSchema });

/** What a tracer that is not in use yet said of a run. Kept apart from attributions: nobody is blamed by it. */
export const shadowAttributionSchema = attributionSchema.extend({
  shadow: z.literal(true),
  /** `STRATEGY:MODEL`. */
  tracer: z.string(),
});
export type ShadowAttribution = z.infer<typeof shadowAttributionSchema>;

/** The same beside what the tracer in use said; null where that blamed nobody. */
export const comparedShadowSchema = shadowAttributionSchema.extend({
  main: z.object({ strategy: z.string(), agent: z.string(), step: count }).nullable(),
});
export type ComparedShadow = z.infer<typeof comparedShadowSchema>;

/** Both against labels of one kind; a run without a blame counts as wrong. */
export const shadowTruthSchema = z.object({
  /** `verified`: a replay or an injected fault; `human`: a person, who may have seen the main blame first. */
  evidence: z.enum(["verified", "human"]),
  runs: count,
  shadow: hits,
  main: hits,
  /** Runs whose step both, one or neither got right. */
  both: count,
  only_main: count,
  only_shadow: count,
  neither: count,
});
export type ShadowTruth = z.infer<typeof shadowTruthSchema>;

/** A shadow tracer over a window. */
export const shadowFigureSchema = z.object({
  tracer: z.string(),
  strategy_version: z.string(),
  /** Runs it was asked about and answered for, one way or another. */
  runs: count,
  /** How its answers ended. */
  statuses: z.partialRecord(z.enum(ATTRIBUTION_STATUSES), count),
  /** How often it blames as the tracer in use does, over the runs that both blamed somebody for. */
  agreement: hits,
  truth: z.array(shadowTruthSchema),
  input_tokens: count,
  output_tokens: count,
  /** Mean seconds an answer took. */
  seconds: z.number().nonnegative(),
});
export type ShadowFigure = z.infer<typeof shadowFigureSchema>;
