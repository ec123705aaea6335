import { z } from "zod";
import { isoTimeSchema, traceIdSchema } from "./json.ts";
import { BLAMED_KINDS, RUN_STATUSES } from "./run.ts";

/** `resolved` opens again when the failure comes back; `ignored` does not. */
export const GROUP_STATES = ["open", "resolved", "ignored"] as const;
export type GroupState = (typeof GROUP_STATES)[number];

export const groupIdSchema = z.string().regex(/^[0-9a-f]{16}$/, "a group's id is 16 lower-case hex digits");

/** One change of a group's state. */
export const groupChangeSchema = z.object({
  state: z.enum(GROUP_STATES),
  /** A key's id, `operator`, or `regression` where a failure came back. */
  changed_by: z.string(),
  note: z.string(),
  at: isoTimeSchema,
});
export type GroupChange = z.infer<typeof groupChangeSchema>;

/** Failed runs that are blamed on the same agent, at the same kind of step, for the same reason. */
export const failureGroupSchema = z.object({
  group_id: groupIdSchema,
  agent: z.string(),
  kind: z.enum(BLAMED_KINDS),
  /** What went wrong in the representative run, cut after 300 characters. */
  title: z.string(),
  /** Runs of it in the window, and ever. */
  count: z.number().int().nonnegative(),
  total: z.number().int().nonnegative(),
  /** Of those in the window, how many blames each status has. */
  predicted: z.number().int().nonnegative(),
  verified: z.number().int().nonnegative(),
  human: z.number().int().nonnegative(),
  /** Of those that are only predicted; null when there are none. */
  mean_confidence: z.number().min(0).max(1).nullable(),
  /** When the first run of it ever, and the last one, started. */
  first_seen: isoTimeSchema,
  last_seen: isoTimeSchema,
  /** Runs in each of so many equal parts of the window, oldest first. */
  trend: z.array(z.number().int().nonnegative()),
  /** The firmest, surest and newest run in the window. */
  representative: traceIdSchema,
  representative_status: z.enum(RUN_STATUSES),
  state: z.enum(GROUP_STATES),
  /** Null while nobody changed it. */
  changed: groupChangeSchema.nullable(),
});
export type FailureGroup = z.infer<typeof failureGroupSchema>;

/** Parts a group's trend has. */
export const TREND_PARTS = 24;
