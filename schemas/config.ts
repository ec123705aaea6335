import { z } from "zod";
import { projectNameSchema } from "./access.ts";
import { alertRuleSchema } from "./alert.ts";
import { CulpritError } from "./errors.ts";
import { DEFAULT_AGENT_RULES, gatewayAgentRuleSchema } from "./gateway.ts";
import { projectSettingsSchema, REDACTION_RULES, redactRuleSchema } from "./privacy.ts";
import { replayTargetSchema } from "./replay-target.ts";

const seconds = z.coerce.number().positive();
const amount = z.coerce.number().nonnegative();
const count = z.coerce.number().int().positive();
/** A list in the file, text with commas in the environment. */
const list = z.union([
  z.array(z.string()),
  z.string().transform((text) => text.split(",").flatMap((item) => item.trim() || [])),
]);
const flag = z.union([
  z.boolean(),
  z.enum(["true", "false", "1", "0"]).transform((text) => text === "true" || text === "1"),
]);

/** Ways to attribute, by name; all but the ranker and the rules ask the model at `tracer_url`. */
export const STRATEGY_NAMES = [
  "ranker",
  "tracer",
  "all-at-once",
  "step-by-step",
  "binary-search",
  "a2p",
  "raffles",
  "candidates",
  "graph",
  "vote",
  "rules",
] as const;
export type StrategyName = (typeof STRATEGY_NAMES)[number];

/** `vote` is a vote of the tracer's answers; `vote:NAME` of another strategy's. */
export const strategyNameSchema = z
  .string()
  .refine((name) => (STRATEGY_NAMES as readonly string[]).includes(name) || isVoteName(name), {
    error: `there are ${STRATEGY_NAMES.join(", ")}, and vote:NAME`,
  });

function isVoteName(name: string): boolean {
  const of = /^vote:(.+)$/.exec(name)?.[1];
  return (
    of !== undefined &&
    of !== "vote" &&
    of !== "ranker" &&
    of !== "rules" &&
    (STRATEGY_NAMES as readonly string[]).includes(of)
  );
}

/**
 * Every setting there is. A key `settle_seconds` is `CULPRIT_SETTLE_SECONDS` in the environment and
 * `settle_seconds:` in `culprit.yaml`; the environment wins.
 */
export const configSchema = z.strictObject({
  /** Where commands look for a running collector. */
  url: z.url().default("http://localhost:4318"),
  /** The bearer key commands send, and the key the collector asks for when it is set. */
  api_key: z.string().min(16, "a key has at least 16 characters").optional(),
  project: projectNameSchema.default("default"),
  host: z.string().default("127.0.0.1"),
  port: z.coerce.number().int().min(0).max(65_535).default(4318),
  /** Directory of the embedded store. */
  data: z.string().min(1, "it is empty").default(".culprit"),
  /** A ClickHouse server instead of the embedded engine, such as `http://user:password@host:8123/culprit`. */
  clickhouse_url: z.url().optional(),
  /** Largest request body, before and after decompression. */
  max_body_bytes: z.coerce
    .number()
    .int()
    .positive()
    .default(64 * 1024 * 1024),
  /** Bytes of request bodies and of what they decoded to that may be held at once, over all requests; past it 503. */
  max_inflight_bytes: count.default(256 * 1024 * 1024),
  /**
   * Spans, log records, events, links, attributes and nested values one request may decode to: what a body of few
   * bytes could otherwise blow up to.
   */
  max_request_items: count.default(2_097_152),
  /** Attributes kept of one span, event, link, log record or resource; the others are counted as dropped. */
  max_attributes: count.default(10_000),
  /** Events kept of one span. */
  max_events: count.default(10_000),
  /** Links kept of one span. */
  max_links: count.default(10_000),
  /** Longest attribute key kept, in bytes of UTF-8; an attribute with a longer one is counted as dropped. */
  max_key_bytes: count.default(1024),
  /** Longest text or bytes kept of one value, in bytes; what is cut off leaves a marker. */
  max_value_bytes: count.default(4 * 1024 * 1024),
  /** Deepest nesting of lists and maps kept inside one attribute; deeper ones leave a marker. */
  max_depth: z.coerce.number().int().min(1).max(200).default(64),
  /** Origins whose web pages may send telemetry to `/v1/*`, such as `https://app.example.com` or `https://*.example.com`. */
  cors_origins: list.default([]),
  /** OTLP/HTTP base URL of ANOTHER collector that this one sends traces of its own work to. */
  self_tracing_url: z.url().optional(),
  /** How long a stopping collector waits for requests under way before it cuts them. */
  drain_seconds: seconds.default(10),
  /** Bytes of spans waiting for the store or being stored; past it 503. */
  ingest_queue_bytes: count.default(128 * 1024 * 1024),
  /** An insert that takes longer than this goes to the spool instead. */
  ingest_deadline_seconds: seconds.default(10),
  /** Size of the spool under the data directory, which takes spans while the store does not; full, it answers 503. */
  spool_bytes: count.default(1024 * 1024 * 1024),
  /** A run is settled when its root has arrived and nothing came for this long. */
  settle_seconds: seconds.default(3),
  /** How often the analyzer and the alert rules look. */
  poll_seconds: seconds.default(1),
  /** `i/n`: this analyzer takes shard i of n. */
  shard: z
    .string()
    .regex(/^\d+\/\d+$/, "a shard is i/n, such as 0/1")
    .default("0/1"),
  /** What attributes failed runs; by default `tracer` when `tracer_url` is set, else `ranker`. */
  strategy: strategyNameSchema.optional(),
  /** Attribute settled runs again that only another strategy or version has attributed. */
  reattribute: flag.default(true),
  ranker_weights: z.string().optional(),
  /** Confidence (0 to 1) below which the ranker blames nobody. */
  ranker_abstain_below: z.coerce.number().min(0).max(1).default(0),
  /** OpenAI-compatible base URL of a served tracer, such as `http://localhost:8000/v1`. */
  tracer_url: z.url().optional(),
  tracer_model: z.string().default("tracer"),
  tracer_api_key: z.string().optional(),
  tracer_timeout_seconds: seconds.default(600),
  /** Requests at a time, over all runs and strategies. */
  tracer_concurrency: z.coerce.number().int().positive().default(8),
  /** Prices of a million tokens, in whatever currency the limits are in. */
  tracer_price_input_per_million: amount.default(0),
  tracer_price_output_per_million: amount.default(0),
  /** Prices of a million tokens of other models, for cost figures: `{name: {input, output}}`. */
  model_prices: z.record(z.string(), z.object({ input: amount, output: amount })).default({}),
  /** Most that one UTC day of this process may cost; past it the ranker answers. */
  tracer_daily_cost_limit: amount.optional(),
  /** Most that one attribution may cost. */
  tracer_run_cost_limit: amount.optional(),
  /** Hold answers to their form where the server can. Only with a reasoning parser, or the model cannot think. */
  tracer_constrain: flag.default(false),
  /** Samples of `vote`. */
  vote_samples: z.coerce.number().int().min(1).max(64).default(5),
  /** Another tracer that is asked about live failures after the one in use, silently, before it is adopted. */
  shadow_tracer_url: z.url().optional(),
  shadow_tracer_model: z.string().default("tracer"),
  shadow_tracer_api_key: z.string().optional(),
  /** How it attributes: any strategy that asks an endpoint. */
  shadow_tracer_strategy: strategyNameSchema.default("tracer"),
  shadow_tracer_timeout_seconds: seconds.default(600),
  /** Requests at a time. */
  shadow_tracer_concurrency: z.coerce.number().int().positive().default(2),
  shadow_tracer_price_input_per_million: amount.default(0),
  shadow_tracer_price_output_per_million: amount.default(0),
  /** Most that one UTC day of this process, and one attribution, may cost. */
  shadow_tracer_daily_cost_limit: amount.optional(),
  shadow_tracer_run_cost_limit: amount.optional(),
  /** Share of the failed runs that it is asked about, the same runs in every process. */
  shadow_tracer_share: z.coerce.number().min(0).max(1).default(1),
  alert_rules: z.array(alertRuleSchema).default([]),
  /** Webhooks may point at loopback and private addresses. */
  alert_allow_private: flag.default(false),
  /** Requests and spans a second, and spans a UTC day, that one key may send; unlimited when not set. */
  key_requests_per_second: z.coerce.number().positive().optional(),
  key_spans_per_second: z.coerce.number().positive().optional(),
  key_spans_per_day: z.coerce.number().int().positive().optional(),
  /** Built-in redaction rules that are left out, such as `[email]`. */
  redact_skip: z.array(z.enum(REDACTION_RULES)).default([]),
  /** Further redaction rules: a name and an RE2 pattern each. */
  redact_rules: z.array(redactRuleSchema).default([]),
  /** Whether messages, tool arguments and results are kept; without, a run keeps its structure only. */
  capture_content: flag.default(true),
  /** Days a run is kept after its last span arrived; for ever when not set. */
  retention_days: z.coerce.number().positive().optional(),
  /** How often runs past their retention are looked for. */
  retention_check_seconds: seconds.default(3600),
  /** What single projects do otherwise: `{name: {capture_content, retention_days}}`. */
  projects: z.record(projectNameSchema, projectSettingsSchema).default({}),
  /** OpenAI-compatible base URL the gateway sends calls on to, such as `https://api.openai.com/v1`; no gateway without. */
  gateway_upstream: z.url({ protocol: /^https?$/ }).optional(),
  /** Where `culprit gateway` listens; in `culprit up` the gateway is at `/gateway` of its port. */
  gateway_port: z.coerce.number().int().min(0).max(65_535).default(4319),
  /** How the gateway names the agent of a call that does not say; the first that matches. */
  gateway_agent_rules: z.array(gatewayAgentRuleSchema).default([...DEFAULT_AGENT_RULES]),
  /** A run is over when it has made no call for this long; a later call opens it again. */
  gateway_run_idle_seconds: seconds.default(30),
  /** Longest silence of the upstream, before its answer and inside it. */
  gateway_timeout_seconds: seconds.default(600),
  /** Largest request and largest answer that pass the gateway. */
  gateway_max_request_bytes: count.default(64 * 1024 * 1024),
  gateway_max_response_bytes: count.default(64 * 1024 * 1024),
  /**
   * How the system whose runs are recorded is started again: a module, or `{module | command | hook, ...}`. With it,
   * replays can be asked for over the API, the page and MCP; without, nothing is ever executed for them.
   */
  replay_target: replayTargetSchema.optional(),
  log_level: z.enum(["debug", "info", "warn", "error"]).default("info"),
});
export type Config = z.infer<typeof configSchema>;
export type ConfigKey = keyof Config;

/** `CULPRIT_*` variables that are read by the project's own scripts and tests, not settings. */
const NOT_SETTINGS = new Set(["CULPRIT_CHROMIUM"]);

export const CONFIG_KEYS = Object.keys(configSchema.shape) as ConfigKey[];

/** Keys whose environment variable holds JSON. */
const JSON_KEYS: ReadonlySet<string> = new Set([
  "alert_rules",
  "gateway_agent_rules",
  "model_prices",
  "redact_skip",
  "redact_rules",
  "projects",
]);

/** `settle_seconds` → `CULPRIT_SETTLE_SECONDS`. */
export function environmentName(key: ConfigKey): string {
  return `CULPRIT_${key.toUpperCase()}`;
}

/**
 * Merges a config file's content with the environment and checks it.
 *
 * @param file parsed `culprit.yaml`, if there is one
 * @param environment such as `process.env`; only `CULPRIT_*` is read
 * @param overrides command-line flags, strongest
 * @throws CulpritError `config_unknown_key` naming the nearest known key, or `config_invalid` naming the value
 */
export function parseConfig(
  file: Record<string, unknown> = {},
  environment: Record<string, string | undefined> = {},
  overrides: Partial<Record<ConfigKey, unknown>> = {},
): Config {
  const merged: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(file)) {
    requireKnown(key, key);
    merged[key] = value;
  }
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith("CULPRIT_") || NOT_SETTINGS.has(name) || value === undefined || value === "") continue;
    const key = name.slice("CULPRIT_".length).toLowerCase();
    requireKnown(key, name);
    merged[key] = JSON_KEYS.has(key) ? parseJson(value, name) : value;
  }
  for (const [key, value] of Object.entries(overrides)) if (value !== undefined) merged[key] = value;
  const parsed = configSchema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const at = issue?.path.join(".") ?? "";
  throw new CulpritError("config_invalid", `The setting ${at} is wrong: ${issue?.message ?? "unreadable"}.`, {
    mend: `Correct ${at} in culprit.yaml or CULPRIT_${at.split(".")[0]?.toUpperCase() ?? ""}.`,
    cause: parsed.error,
  });
}

function requireKnown(key: string, shownAs: string): void {
  if ((CONFIG_KEYS as string[]).includes(key)) return;
  const nearest = nearestKey(key);
  throw new CulpritError("config_unknown_key", `There is no setting ${shownAs}.`, {
    mend: `Did you mean ${shownAs.startsWith("CULPRIT_") ? environmentName(nearest) : nearest}?`,
  });
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CulpritError("config_invalid", `${name} is not JSON.`, {
      mend: "Give what culprit.yaml would hold, as JSON.",
      cause,
    });
  }
}

function nearestKey(key: string): ConfigKey {
  let best: ConfigKey = "url";
  let least = Number.POSITIVE_INFINITY;
  for (const known of CONFIG_KEYS) {
    const distance = editDistance(key, known);
    if (distance < least) [best, least] = [known, distance];
  }
  return best;
}

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
