import { z } from "zod";
import { isoTimeSchema } from "./json.ts";
import { RUN_STATUSES } from "./run.ts";

/** Fires when at least `threshold` attributed failures blame `agent` within `window_seconds`. */
export const alertRuleSchema = z.object({
  name: z.string().min(1),
  /** Blamed agent to watch; `*` watches each agent apart. */
  agent: z.string().default("*"),
  threshold: z.number().int().positive().default(1),
  window_seconds: z.number().int().positive().default(3600),
  /** Of predictions; a verified or human blame passes whatever this is. */
  min_confidence: z.number().min(0).max(1).default(0),
  status: z.enum(RUN_STATUSES).optional(),
  webhook: z.url(),
});
export type AlertRule = z.infer<typeof alertRuleSchema>;

export const ALERT_STATES = ["inactive", "firing", "resolved"] as const;

/** What a webhook is sent. */
export const alertEventSchema = z.object({
  event_id: z.string(),
  project: z.string(),
  rule: z.string(),
  agent: z.string(),
  state: z.enum(["firing", "resolved"]),
  count: z.number().int().nonnegative(),
  window_seconds: z.number().int().positive(),
  /** Exactly the runs that matched, newest first, capped. */
  runs: z.array(
    z.object({
      trace_id: z.string(),
      task: z.string(),
      step: z.number().int().nonnegative(),
      /** Null unless the blame is only predicted. */
      confidence: z.number().nullable(),
      status: z.enum(RUN_STATUSES),
      reason: z.string(),
      url: z.string(),
    }),
  ),
  at: isoTimeSchema,
});
export type AlertEvent = z.infer<typeof alertEventSchema>;
