import { z } from "zod";
import { projectNameSchema } from "./access.ts";
import { isoTimeSchema } from "./json.ts";
import { RUN_STATUSES } from "./run.ts";
import { runFilterSchema } from "./run-filter.ts";

/**
 * What a rule watches:
 * - `failures`: failed runs that blame an agent, at least `threshold` in the window;
 * - `failure_rate`: of the runs an agent acts in, the share that it broke, at least `rate` of at least `min_runs`;
 * - `verified_blame`: a blame that a replay proved;
 * - `new_group`: a failure of a kind that was never seen before;
 * - `regression`: a failure group that was resolved and came back;
 * - `success_drop`: success rate lower by at least `rate` than in the same window a week before;
 * - `tracer_down`: attributions in a row that the tracer did not answer, at least `threshold`;
 * - `spool_filling`: the spool fuller than `rate`.
 */
export const ALERT_KINDS = [
  "failures",
  "failure_rate",
  "verified_blame",
  "new_group",
  "regression",
  "success_drop",
  "tracer_down",
  "spool_filling",
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

export const SEVERITIES = ["critical", "warning", "info"] as const;

/** Where an alert goes. */
export const alertTargetSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("webhook"),
    url: z.url(),
    /** Signs each request as Standard Webhooks 1.0 says: `whsec_` and base64, or any text. */
    secret: z.string().min(8).optional(),
  }),
  /** An incoming webhook of Slack, or of what takes the same: Mattermost, Rocket.Chat, Discord's `/slack`. */
  z.strictObject({ type: z.literal("slack"), url: z.url() }),
  z.strictObject({
    type: z.literal("pagerduty"),
    /** Integration key of a service, Events API v2. */
    routing_key: z.string().min(1),
    url: z.url().default("https://events.pagerduty.com/v2/enqueue"),
  }),
  z.strictObject({
    type: z.literal("email"),
    /** `smtp://user:password@host:587` or `smtps://host`; the first upgrades to TLS where the server offers it. */
    smtp: z.url({ protocol: /^smtps?$/, error: "an smtp:// or smtps:// address" }),
    from: z.email(),
    to: z.array(z.email()).min(1),
  }),
]);
export type AlertTarget = z.infer<typeof alertTargetSchema>;

const seconds = z.number().nonnegative();

/** A rule: what it watches, when it speaks up, and to whom. */
export const alertRuleSchema = z
  .strictObject({
    name: z.string().min(1).max(200),
    kind: z.enum(ALERT_KINDS).default("failures"),
    severity: z.enum(SEVERITIES).default("warning"),
    /** Blamed agent to watch; `*` watches each agent apart. */
    agent: z.string().default("*"),
    /** Only runs like this; the window is the rule's own. */
    filter: z.strictObject(runFilterSchema.shape).default({}),
    threshold: z.number().int().positive().default(1),
    rate: z.number().gt(0).max(1).optional(),
    /** Fewer runs than this start no alert of a rate, and end none. */
    min_runs: z.number().int().positive().default(10),
    /** Runs count by when they ended. */
    window_seconds: z.number().int().positive().default(3600),
    /** Of predictions; a verified or human blame passes whatever this is. */
    min_confidence: z.number().min(0).max(1).default(0),
    status: z.enum(RUN_STATUSES).optional(),
    /** How long it has to last before the alert fires. */
    pending_seconds: seconds.default(0),
    /** An alert that fires ends below this; what starts it when not given. */
    resolve_below: z.number().nonnegative().optional(),
    /** How long it has to be over before the alert ends. */
    resolve_seconds: seconds.default(0),
    /** How often an alert that goes on is told again; never when 0. */
    renotify_seconds: seconds.default(0),
    /** Whether the end is told: by default for all but what happens once (new groups, regressions, verified blames). */
    notify_resolved: z.boolean().optional(),
    /** Projects it looks at; every one when empty. */
    projects: z.array(projectNameSchema).default([]),
    targets: z.array(alertTargetSchema).default([]),
    /** One more target, of the type webhook. */
    webhook: z.url().optional(),
  })
  .refine((rule) => rule.targets.length > 0 || rule.webhook !== undefined, "a rule has targets, or a webhook");
export type AlertRule = z.infer<typeof alertRuleSchema>;
/** A rule as a person writes it. */
export type AlertRuleInput = z.input<typeof alertRuleSchema>;

export const ALERT_STATES = ["inactive", "pending", "firing"] as const;

/** What a target is told; a webhook is sent it as it is. */
export const alertEventSchema = z.object({
  event_id: z.string(),
  project: z.string(),
  rule: z.string(),
  kind: z.enum(ALERT_KINDS),
  severity: z.enum(SEVERITIES),
  /** What the alert is about within its rule: an agent, a failure group, or nothing. The same from firing to resolved. */
  subject: z.string(),
  /** The agent that is blamed; empty where the rule is not about one. */
  agent: z.string(),
  state: z.enum(["firing", "resolved"]),
  /** It fired before and still does. */
  repeated: z.boolean(),
  /** One sentence, without any text of a run. */
  summary: z.string(),
  /** What was measured, and where the alert begins; a count, or a share of 1. */
  value: z.number(),
  threshold: z.number(),
  /** Runs that the value is a share of, where it is one. */
  sample: z.number().int().nonnegative(),
  /** Runs that match. */
  count: z.number().int().nonnegative(),
  window_seconds: z.number().int().positive(),
  /** Exactly the runs that matched, newest first, capped. */
  runs: z.array(
    z.object({
      trace_id: z.string(),
      task: z.string(),
      agent: z.string(),
      step: z.number().int().nonnegative(),
      /** Null unless the blame is only predicted. */
      confidence: z.number().nullable(),
      status: z.enum(RUN_STATUSES),
      reason: z.string(),
      url: z.string(),
    }),
  ),
  /** Where to look at all of it. */
  url: z.string(),
  at: isoTimeSchema,
});
export type AlertEvent = z.infer<typeof alertEventSchema>;

/** What became of telling one target of one event. */
export const alertDeliverySchema = z.object({
  event_id: z.string(),
  target_id: z.string().regex(/^[0-9a-f]{12}$/, "a target's id is 12 lower-case hex digits"),
  rule: z.string(),
  /** `webhook`, `slack`, `pagerduty` or `email`, and where to, without what is secret of it. */
  target: z.string(),
  /** `dead`: given up. `POST /api/v1/alert-deliveries/EVENT/TARGET/retry` tries again. */
  status: z.enum(["pending", "delivered", "dead"]),
  attempts: z.number().int().nonnegative(),
  /** When it is tried next, while it is pending. */
  next_at: isoTimeSchema,
  error: z.string(),
  created_at: isoTimeSchema,
});
export type AlertDelivery = z.infer<typeof alertDeliverySchema>;

/** Where one rule stands for one subject. */
export const alertStandingSchema = z.object({
  project: z.string(),
  rule: z.string(),
  subject: z.string(),
  state: z.enum(ALERT_STATES),
  /** When it came into this state. */
  since: isoTimeSchema,
  /** While it fires: since when what started it is over. */
  quiet_since: isoTimeSchema.nullable(),
  /** When a target was last told of it. */
  notified_at: isoTimeSchema.nullable(),
  /** The last event; "" before the first. */
  last_event_id: z.string(),
});
export type AlertStanding = z.infer<typeof alertStandingSchema>;

/** A rule as it may be shown: no address that opens anything. */
export const shownRuleSchema = z.object({
  name: z.string(),
  kind: z.enum(ALERT_KINDS),
  severity: z.enum(SEVERITIES),
  agent: z.string(),
  threshold: z.number(),
  window_seconds: z.number(),
  targets: z.array(z.string()),
  standings: z.array(alertStandingSchema),
});

/** When a rule would have spoken. */
export const dryRunSchema = z.object({
  rule: z.string(),
  from: isoTimeSchema,
  to: isoTimeSchema,
  /** It was looked at this often. */
  step_seconds: z.number(),
  events: z.array(alertEventSchema.omit({ event_id: true })),
});
export type DryRun = z.infer<typeof dryRunSchema>;
