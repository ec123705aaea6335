import { z } from "zod";
import { EVIDENCE_KINDS } from "./annotation.ts";
import { GROUP_STATES } from "./group.ts";
import { OUTCOMES } from "./outcome.ts";
import { INTERVENTION_KINDS, REPLAY_STATUSES } from "./replay.ts";
import { REPLAY_JOB_STATES } from "./replay-job.ts";
import { RUN_STATUSES } from "./run.ts";

const ofRun = { trace_id: z.string() };
const step = z.number().int().nonnegative();

/**
 * What changed in a project, in a few words: whoever wants all of it asks for it by its id. An event may come twice, and
 * says what was so when it was sent.
 *
 * `ready` comes first: from here on nothing is left out. `refresh` says that something was: read again what is shown.
 */
export const liveEventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("refresh") }),
  /** A run is new, or its summary is. */
  z.object({
    type: z.literal("run"),
    ...ofRun,
    outcome: z.enum(OUTCOMES),
    settled: z.boolean(),
    status: z.enum(RUN_STATUSES),
    blamed_agent: z.string().nullable(),
    blamed_step: step.nullable(),
    /** The run it replays, or empty. */
    replay_of: z.string(),
  }),
  z.object({
    type: z.literal("attribution"),
    ...ofRun,
    strategy: z.string(),
    status: z.string(),
    agent: z.string().nullable(),
    step: step.nullable(),
  }),
  z.object({
    type: z.literal("label"),
    ...ofRun,
    annotation_id: z.string(),
    evidence: z.enum(EVIDENCE_KINDS),
    verdict: z.string(),
    agent: z.string(),
    step,
  }),
  /** A replay ended and is stored. */
  z.object({
    type: z.literal("replay"),
    ...ofRun,
    replay_id: z.string(),
    replay_trace_id: z.string(),
    kind: z.enum(INTERVENTION_KINDS),
    step,
    status: z.enum(REPLAY_STATUSES),
  }),
  /** A replay that was asked for over the API got further. */
  z.object({
    type: z.literal("replay_job"),
    ...ofRun,
    job_id: z.string(),
    step,
    state: z.enum(REPLAY_JOB_STATES),
    replays: z.number().int().nonnegative(),
  }),
  z.object({ type: z.literal("comment"), ...ofRun, comment_id: z.string(), deleted: z.boolean() }),
  /** A run joined a failure group, or the group's state changed; `state` is null where it did not. */
  z.object({ type: z.literal("group"), group_id: z.string(), state: z.enum(GROUP_STATES).nullable() }),
  z.object({ type: z.literal("alert"), event_id: z.string(), rule: z.string(), agent: z.string(), state: z.string() }),
]);
export type LiveEvent = z.infer<typeof liveEventSchema>;
export type LiveEventType = LiveEvent["type"];
