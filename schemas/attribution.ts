import { z } from "zod";
import { isoTimeSchema, traceIdSchema } from "./json.ts";

/**
 * How an attempt to attribute ended. Only `attributed` carries a blame; every other status carries the reason
 * why there is none.
 */
export const ATTRIBUTION_STATUSES = [
  "attributed",
  /** The strategy failed (`cause`) and another answered in its place (`answered_by`). */
  "degraded",
  /** The strategy looked and declined to blame anyone. */
  "abstained",
  "not_failed",
  "outcome_unknown",
  "no_agent_step",
  "unparsable_answer",
  /** The tracer named an agent or step that is not in the run. */
  "unknown_agent",
  "unknown_step",
  "tracer_unavailable",
  "too_long",
] as const;
export type AttributionStatus = (typeof ATTRIBUTION_STATUSES)[number];

/** A predicted decisive error, or the typed reason there is none. */
export const attributionSchema = z.object({
  project: z.string(),
  trace_id: traceIdSchema,
  strategy: z.string(),
  /** Version of weights or prompt: attribution is idempotent by (run, strategy, version). */
  strategy_version: z.string(),
  status: z.enum(ATTRIBUTION_STATUSES),
  /** How `strategy` itself failed, when `degraded`; null otherwise. */
  cause: z.enum(ATTRIBUTION_STATUSES).nullable().default(null),
  /** The strategy whose answer this is, when `degraded`; empty otherwise. */
  answered_by: z.string().default(""),
  agent: z.string().nullable(),
  /** 0-based. */
  step: z.number().int().nonnegative().nullable(),
  reason: z.string(),
  /** Probability that the step is right, as the strategy states it; 0 when there is no blame. */
  confidence: z.number().min(0).max(1),
  model: z.string(),
  /** Prompt and completion tokens, 0 for embedded strategies. */
  input_tokens: z.number().int().nonnegative(),
  output_tokens: z.number().int().nonnegative(),
  duration_ms: z.number().nonnegative(),
  created_at: isoTimeSchema,
});
export type Attribution = z.infer<typeof attributionSchema>;

/** Whether an attribution names somebody. */
export function hasBlame(attribution: Attribution): attribution is Attribution & { agent: string; step: number } {
  return attribution.agent !== null && attribution.step !== null;
}
