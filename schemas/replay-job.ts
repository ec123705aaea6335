import { z } from "zod";
import { isoTimeSchema, traceIdSchema } from "./json.ts";
import { replayVerdictSchema } from "./replay.ts";

/** `lost`: the process that ran it is gone. What a job stored of its replays stays, whatever became of it. */
export const REPLAY_JOB_STATES = ["queued", "running", "done", "failed", "lost"] as const;
export type ReplayJobState = (typeof REPLAY_JOB_STATES)[number];

export const replayJobIdSchema = z.string().regex(/^[0-9a-f]{32}$/, "a job's id is 32 lower-case hex digits");

/** What a replay over the API is asked for. */
export const replayRequestSchema = z.object({
  /** The step to correct, 0-based: one that an agent took. */
  step: z.number().int().nonnegative(),
  /** What the agent does there instead; the target's own oracle proposes it when not given. */
  correction: z.string().min(1).max(200_000).optional(),
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
