import { z } from "zod";
import { shareSchema } from "./figures.ts";
import { isoTimeSchema, traceIdSchema } from "./json.ts";
import { OUTCOMES } from "./outcome.ts";

const count = z.number().int().nonnegative();

/** Longest id of a loop that is kept. */
export const MOST_LOOP_ID = 200;
/** Rounds a loop can be seen to have. */
export const MOST_LOOP_ROUNDS = 1_000_000;

/** Which round of which self-correction loop a run is: `culprit.loop.id` and `culprit.loop.round` of its root. */
export const loopRoundSchema = z.object({
  id: z.string().min(1).max(MOST_LOOP_ID),
  /** 0-based. */
  round: count.max(MOST_LOOP_ROUNDS),
});
export type RunLoopRound = z.infer<typeof loopRoundSchema>;

/** `ready`: somebody is blamed. `none`: nobody is, and that is the answer. `pending`: not known yet. */
export const FEEDBACK_STATES = ["pending", "ready", "none"] as const;

/** What `pending` feedback waits for: the run itself, how it ended, its end, the attribution. */
export const FEEDBACK_WAITS = ["run", "outcome", "settling", "attribution"] as const;

/** Statuses of a blame that somebody may be told of. */
export const TOLD_STATUSES = ["predicted", "verified", "human"] as const;

/** That a run was told what broke another one. */
export const appliedFeedbackSchema = z.object({
  /** The failed run that the feedback is about. */
  trace_id: traceIdSchema,
  /** The run that was told. */
  applied_in: traceIdSchema,
  /** The agents that were told; empty where that was not said. */
  told: z.array(z.string()),
  /** Whom the feedback blamed. */
  agent: z.string().nullable(),
  /** 0-based. */
  step: count.nullable(),
  /** A key's id, or `operator`. */
  by: z.string(),
  at: isoTimeSchema,
});
export type AppliedFeedback = z.infer<typeof appliedFeedbackSchema>;

/** What is known of a run that failed, for those who are going to try again. */
export const feedbackSchema = z.object({
  trace_id: traceIdSchema,
  state: z.enum(FEEDBACK_STATES),
  waiting_for: z.enum(FEEDBACK_WAITS).nullable(),
  /** Why nobody is blamed, where the state is `none`; empty otherwise. */
  why: z.string(),
  agent: z.string().nullable(),
  /** 0-based. */
  step: count.nullable(),
  reason: z.string(),
  /** Of a predicted blame; null with every other status. */
  confidence: z.number().min(0).max(1).nullable(),
  status: z.enum(TOLD_STATUSES).nullable(),
  strategy: z.string(),
  /** The same for the agents of the next round: fenced, cut to a bounded length, introduced as data. Empty without a blame. */
  text: z.string(),
  loop: loopRoundSchema.nullable(),
  /** Which runs were told, and how those ended. */
  applied: z.array(appliedFeedbackSchema.extend({ outcome: z.enum(OUTCOMES) })),
});
export type Feedback = z.infer<typeof feedbackSchema>;

/** A run that is a round of a loop. */
export const loopRunSchema = z.object({
  loop_id: z.string(),
  /** 0-based. */
  round: count,
  task_id: z.string(),
  trace_id: traceIdSchema,
  outcome: z.enum(OUTCOMES),
  score: z.number().nullable(),
  blamed_agent: z.string().nullable(),
  blamed_step: count.nullable(),
  /** The failed run whose feedback it was told; null where it was told nothing. */
  told_of: traceIdSchema.nullable(),
  started_at: isoTimeSchema,
});
export type LoopRun = z.infer<typeof loopRunSchema>;

/** One round over all loops of a window. */
export const roundFigureSchema = z.object({
  /** 0-based. */
  round: count,
  /** Loops that were solved in this round, of those that made an attempt in it. */
  succeeded: shareSchema,
  /** The same of the attempts that were told something, and of those that were not. */
  told: shareSchema,
  untold: shareSchema,
  /** Loops solved in this round or an earlier one, of all: the curve of figure 3 of the AgenTracer paper. */
  solved: shareSchema,
});
export type RoundFigure = z.infer<typeof roundFigureSchema>;
