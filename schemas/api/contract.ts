import { z } from "zod";
import { apiKeySchema, keyLimitsSchema, projectNameSchema, SCOPES, type Scope } from "../access.ts";
import { alertEventSchema } from "../alert.ts";
import { annotationSchema, EVIDENCE_KINDS } from "../annotation.ts";
import { attributionSchema } from "../attribution.ts";
import { traceIdSchema } from "../json.ts";
import { OUTCOMES, outcomeSchema } from "../outcome.ts";
import { replaySchema } from "../replay.ts";
import { RUN_STATUSES, runSummarySchema } from "../run.ts";
import { spanSchema } from "../span.ts";
import { stepSchema } from "../trajectory.ts";

/** Body of every error the API answers with; `code` is stable. */
export const apiErrorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), mend: z.string().optional() }),
});
export type ApiError = z.infer<typeof apiErrorSchema>;

/** `90s`, `15m`, `24h`, `7d`: how far back a list looks. */
export const durationSchema = z
  .string()
  .regex(/^\d{1,6}[smhd]$/, "a duration is a number with s, m, h or d, such as 24h");

const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds in a duration that {@link durationSchema} accepted. */
export function durationSeconds(duration: string): number {
  return Number(duration.slice(0, -1)) * (UNIT_SECONDS[duration.slice(-1)] ?? 1);
}

const limit = z.coerce.number().int().min(1).max(1000).default(50);
const traceParams = z.object({ trace_id: traceIdSchema });
const nothing = z.object({});

export const listTracesQuery = z.object({
  outcome: z.enum(OUTCOMES).optional(),
  blamed_agent: z.string().optional(),
  status: z.enum(RUN_STATUSES).optional(),
  source: z.string().optional(),
  /** Runs that replay another one are left out unless asked for. */
  replays: z.enum(["exclude", "include"]).default("exclude"),
  since: durationSchema.default("30d"),
  limit,
  cursor: z.string().optional(),
});

/** One run, whole: what `culprit show` prints and the page draws. */
export const traceDetailSchema = z.object({
  trace_id: traceIdSchema,
  task: z.string(),
  outcome: z.enum(OUTCOMES),
  outcome_detail: outcomeSchema,
  complete: z.boolean(),
  task_id: z.string(),
  ground_truth: z.string(),
  source: z.string(),
  agents: z.array(z.string()),
  steps: z.array(stepSchema),
  summary: runSummarySchema.nullable(),
  attributions: z.array(attributionSchema),
  annotations: z.array(annotationSchema),
  replays: z.array(replaySchema),
});
export type TraceDetail = z.infer<typeof traceDetailSchema>;

/** Failures by blamed agent, for the inbox. */
export const blamedAgentSchema = z.object({
  agent: z.string(),
  failures: z.number().int().nonnegative(),
  verified: z.number().int().nonnegative(),
  /** Of those whose blame is only predicted; null when there are none. */
  mean_confidence: z.number().min(0).max(1).nullable(),
  last_seen: z.string(),
});
export type BlamedAgent = z.infer<typeof blamedAgentSchema>;

export const statusSchema = z.object({
  version: z.string(),
  store: z.enum(["embedded", "server"]),
  runs: z.number().int().nonnegative(),
  settled: z.number().int().nonnegative(),
  failed: z.number().int().nonnegative(),
  /** Failed, settled runs that no strategy has looked at yet. */
  backlog: z.number().int().nonnegative(),
  spans: z.number().int().nonnegative(),
});

/** What a deletion removed. */
export const deletionSchema = z.object({
  /** Runs removed; replays of a deleted run go with it. */
  traces: z.number().int().nonnegative(),
  /** Rows removed from all tables. */
  rows: z.number().int().nonnegative(),
  /** Whether every row is gone from the store; without, the store is still rewriting its parts. */
  finished: z.boolean(),
});
export type Deletion = z.infer<typeof deletionSchema>;

/**
 * The REST contract: one row a route, read by the server (validation), the client (types) and the docs.
 * `params` come from the path, `query` from the query string, `body` from JSON.
 */
export const routes = {
  status: {
    method: "GET",
    path: "/api/v1/status",
    params: nothing,
    query: nothing,
    body: nothing,
    response: statusSchema,
  },
  listTraces: {
    method: "GET",
    path: "/api/v1/traces",
    params: nothing,
    query: listTracesQuery,
    body: nothing,
    response: z.object({ traces: z.array(runSummarySchema), next_cursor: z.string().nullable() }),
  },
  getTrace: {
    method: "GET",
    path: "/api/v1/traces/:trace_id",
    params: traceParams,
    query: nothing,
    body: nothing,
    response: traceDetailSchema,
  },
  getSpans: {
    method: "GET",
    path: "/api/v1/traces/:trace_id/spans",
    params: traceParams,
    query: nothing,
    body: nothing,
    response: z.object({ spans: z.array(spanSchema) }),
  },
  /** The run need not have arrived: an outcome may be known before the exporter has sent the spans. */
  reportOutcome: {
    method: "POST",
    path: "/api/v1/traces/:trace_id/outcome",
    params: traceParams,
    query: nothing,
    body: outcomeSchema,
    response: z.object({ stored: z.literal(true) }),
  },
  attribute: {
    method: "POST",
    path: "/api/v1/traces/:trace_id/attributions",
    params: traceParams,
    query: nothing,
    body: z.object({ strategy: z.string().optional(), ground_truth: z.boolean().default(false) }),
    response: z.object({ attributions: z.array(attributionSchema) }),
  },
  /** Of a stored run (else 404 `not_found`) at a step that the intervention's agent took (else 422 `no_such_step`). */
  saveReplay: {
    method: "POST",
    path: "/api/v1/replays",
    params: nothing,
    query: nothing,
    body: replaySchema.omit({ project: true }),
    response: z.object({ stored: z.literal(true) }),
  },
  listAnnotations: {
    method: "GET",
    path: "/api/v1/annotations",
    params: nothing,
    query: z.object({
      evidence: z.enum(EVIDENCE_KINDS).optional(),
      since: durationSchema.default("365d"),
      limit,
      cursor: z.string().optional(),
    }),
    body: nothing,
    response: z.object({ annotations: z.array(annotationSchema), next_cursor: z.string().nullable() }),
  },
  /**
   * Of a stored run (else 404 `not_found`) at a step that the agent took (else 422 `no_such_step`). A human label of
   * an imported run may name another agent of that run: public labels do, and are kept as published.
   */
  annotate: {
    method: "POST",
    path: "/api/v1/annotations",
    params: nothing,
    query: nothing,
    body: annotationSchema.omit({ project: true }),
    response: z.object({ stored: z.literal(true) }),
  },
  listAgents: {
    method: "GET",
    path: "/api/v1/agents",
    params: nothing,
    query: z.object({ since: durationSchema.default("30d") }),
    body: nothing,
    response: z.object({ agents: z.array(blamedAgentSchema) }),
  },
  listAlerts: {
    method: "GET",
    path: "/api/v1/alerts",
    params: nothing,
    query: z.object({ since: durationSchema.default("30d"), limit }),
    body: nothing,
    response: z.object({ alerts: z.array(alertEventSchema) }),
  },
  listKeys: {
    method: "GET",
    path: "/api/v1/keys",
    params: nothing,
    /** Another project than the caller's own, or `*` for all, is the operator's to ask for. */
    query: z.object({ project: z.union([projectNameSchema, z.literal("*")]).optional() }),
    body: nothing,
    response: z.object({ keys: z.array(apiKeySchema) }),
  },
  createKey: {
    method: "POST",
    path: "/api/v1/keys",
    params: nothing,
    query: nothing,
    body: z.object({
      project: projectNameSchema.optional(),
      scopes: z.array(z.enum(SCOPES)).min(1).default(["ingest"]),
      name: z.string().max(200).default(""),
      limits: keyLimitsSchema.prefault({}),
    }),
    /** `key` is shown here and never again. */
    response: z.object({ key: z.string(), record: apiKeySchema }),
  },
  revokeKey: {
    method: "DELETE",
    path: "/api/v1/keys/:key_id",
    params: z.object({ key_id: apiKeySchema.shape.key_id }),
    query: nothing,
    body: nothing,
    response: z.object({ record: apiKeySchema }),
  },
  deleteTrace: {
    method: "DELETE",
    path: "/api/v1/traces/:trace_id",
    params: traceParams,
    query: nothing,
    body: nothing,
    response: deletionSchema,
  },
  deleteProject: {
    method: "DELETE",
    path: "/api/v1/projects/:project",
    params: z.object({ project: projectNameSchema }),
    query: nothing,
    body: nothing,
    response: deletionSchema,
  },
} as const;

/** What a key needs for each route, all of it; `admin` stands for every scope. */
export const ROUTE_SCOPES: { readonly [Name in RouteName]: readonly Scope[] } = {
  status: ["read"],
  listTraces: ["read"],
  getTrace: ["read"],
  getSpans: ["read"],
  reportOutcome: ["ingest"],
  // Answers with the attribution, so it reads as well as writes.
  attribute: ["ingest", "read"],
  saveReplay: ["ingest"],
  listAnnotations: ["read"],
  annotate: ["ingest"],
  listAgents: ["read"],
  listAlerts: ["read"],
  listKeys: ["admin"],
  createKey: ["admin"],
  revokeKey: ["admin"],
  deleteTrace: ["admin"],
  deleteProject: ["admin"],
};

export type RouteName = keyof typeof routes;
/** An empty object schema's input type forbids every key, so it may not take part in an intersection. */
type Part<Schema extends z.ZodType> = string extends keyof z.input<Schema> ? unknown : z.input<Schema>;
export type RouteInput<Name extends RouteName> = Part<(typeof routes)[Name]["params"]> &
  Part<(typeof routes)[Name]["query"]> & { body?: z.input<(typeof routes)[Name]["body"]> };
export type RouteOutput<Name extends RouteName> = z.infer<(typeof routes)[Name]["response"]>;
