import { z } from "zod";
import { isoTimeSchema, traceIdSchema } from "./json.ts";
import { OUTCOMES } from "./outcome.ts";

/**
 * How firmly the blame of a run is known. Predicted, verified and human-confirmed are three different things.
 * `none`: nothing blamed (succeeded, unknown, not analysed yet, or no blame possible).
 */
export const RUN_STATUSES = ["none", "predicted", "verified", "refuted", "human"] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** What a blamed step was: a call of a tool, handing over to another agent, the last word of the run, anything else said. */
export const BLAMED_KINDS = ["tool_call", "handoff", "answer", "message", "unknown"] as const;
export type BlamedKind = (typeof BLAMED_KINDS)[number];

/** The summary of one run, derived from its spans, outcome, attributions and annotations. Rebuilt, never migrated. */
export const runSummarySchema = z.object({
  project: z.string(),
  trace_id: traceIdSchema,
  task: z.string(),
  source: z.string(),
  outcome: z.enum(OUTCOMES),
  score: z.number().nullable(),
  /** The root span has arrived and the trace has been quiet for the settle time. */
  settled: z.boolean(),
  agents: z.array(z.string()),
  steps: z.number().int().nonnegative(),
  blamed_agent: z.string().nullable(),
  /** 0-based. */
  blamed_step: z.number().int().nonnegative().nullable(),
  /** Absent where nobody is blamed, and in summaries of before. */
  blamed_kind: z.enum(BLAMED_KINDS).optional(),
  /** What the strategy gives a `predicted` blame; null with every other status, which rests on a label. */
  confidence: z.number().min(0).max(1).nullable(),
  strategy: z.string(),
  reason: z.string(),
  /**
   * What went wrong, where `reason` only says that a replay proved it: the words of a prediction that blames the same step,
   * or else what was done at it. Failures are grouped by it; absent where the reason says it.
   */
  mistake: z.string().optional(),
  status: z.enum(RUN_STATUSES),
  /** The run this one replays, or empty. */
  replay_of: z.string(),
  started_at: isoTimeSchema,
  ended_at: isoTimeSchema,
  input_tokens: z.number().int().nonnegative(),
  output_tokens: z.number().int().nonnegative(),
});
export type RunSummary = z.infer<typeof runSummarySchema>;

/** One agent acted after another. */
export interface Handoff {
  from: string;
  to: string;
  passes: number;
  /** Of those, at or after the blamed step of a run that failed: the failure may have gone this way. */
  carried: number;
}

/** A summary as it is kept: with what only figures over many runs tell. */
export interface KeptSummary extends RunSummary {
  handoffs?: Handoff[];
}
