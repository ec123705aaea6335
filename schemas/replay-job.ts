import { z } from "zod";
import { isoTimeSchema, traceIdSchema } from "./json.ts";
import { type Replay, type ReplayVerdict, replayVerdictSchema } from "./replay.ts";
import { toolCallSchema } from "./trajectory.ts";

/** `lost`: the process that ran it is gone. What a job stored of its replays stays, whatever became of it. */
export const REPLAY_JOB_STATES = ["queued", "running", "done", "failed", "lost"] as const;
export type ReplayJobState = (typeof REPLAY_JOB_STATES)[number];

export const replayJobIdSchema = z.string().regex(/^[0-9a-f]{32}$/, "a job's id is 32 lower-case hex digits");

/** What a replay over the API is asked for. */
export const replayRequestSchema = z.object({
  /** The step to correct, 0-based: one that an agent took. */
  step: z.number().int().nonnegative(),
  /** What the agent does there instead; the target's own oracle proposes it when not given. */
  correction: z.string().max(200_000).optional(),
  /** Tools that the corrected action calls; none where a correction is given without. */
  tool_calls: z.array(toolCallSchema).max(100).optional(),
  /** Replays a side where the system does not repeat itself. */
  k: z.number().int().min(4).max(50).optional(),
});
export type ReplayRequest = z.infer<typeof replayRequestSchema>;

/** One replay that was asked for: the original action and a corrected one at a step, compared. */
export const replayJobSchema = z.object({
  job_id: replayJobIdSchema,
  trace_id: traceIdSchema,
  step: z.number().int().nonnegative(),
  /** Null where the target's oracle proposes it. */
  correction: z.string().nullable(),
  tool_calls: z.array(toolCallSchema),
  k: z.number().int().positive().nullable(),
  state: z.enum(REPLAY_JOB_STATES),
  /** Replays made so far, placebos included; `most_replays` is what it may make. */
  replays: z.number().int().nonnegative(),
  most_replays: z.number().int().nonnegative(),
  /** What was found; null until it is done. */
  verdict: replayVerdictSchema.nullable(),
  /** Why it failed; null where it did not. */
  error: z.object({ code: z.string(), message: z.string(), mend: z.string() }).nullable(),
  /** A key's id, or `operator`. */
  asked_by: z.string(),
  created_at: isoTimeSchema,
  updated_at: isoTimeSchema,
});
export type ReplayJob = z.infer<typeof replayJobSchema>;

/** One replay to be made: what the collector hands to what can make it. */
export interface ReplayTask extends Pick<ReplayJob, "trace_id" | "step" | "correction" | "tool_calls" | "k"> {
  project: string;
}

/**
 * Makes replays of the system whose runs are recorded. The collector is handed one; it starts nothing itself. What it
 * makes is stored by whoever makes it.
 */
export interface ReplayRunner {
  /** The project whose runs it can make again. */
  readonly project: string;
  /** Corrections are proposed where a task brings none. */
  readonly proposes: boolean;
  readonly mostReplays: number;
  readonly concurrency: number;
  /** Tasks that may wait. */
  readonly queue: number;
  /**
   * @param options.onReplay told of each replay once it is stored
   * @throws CulpritError for what kept it from finding out
   */
  run(task: ReplayTask, options: { signal: AbortSignal; onReplay(replay: Replay): void }): Promise<ReplayVerdict>;
}
