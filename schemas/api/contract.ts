import { z } from "zod";
import { apiKeySchema, keyLimitsSchema, projectNameSchema, SCOPES, type Scope } from "../access.ts";
import { alertDeliverySchema, alertEventSchema, alertRuleSchema, dryRunSchema, shownRuleSchema } from "../alert.ts";
import { annotationSchema, EVIDENCE_KINDS } from "../annotation.ts";
import { attributionSchema } from "../attribution.ts";
import { comparisonSchema } from "../comparison.ts";
import { datasetListedSchema, datasetNameSchema, datasetVersionSchema } from "../dataset.ts";
import { durationSchema } from "../duration.ts";
import { commentSchema, savedQuerySchema, verdictSchema } from "../feedback.ts";
import { appliedFeedbackSchema, feedbackSchema, loopRunSchema, roundFigureSchema } from "../feedback-loop.ts";
import {
  accuracySchema,
  agentFigureSchema,
  agreementSchema,
  benchmarkFigureSchema,
  blamePartSchema,
  calibrationSchema,
  costFigureSchema,
  handoffFigureSchema,
  runFigureSchema,
  teamMemberSchema,
} from "../figures.ts";
import { flowSchema } from "../flow.ts";
import { failureGroupSchema, GROUP_STATES, groupChangeSchema, groupIdSchema } from "../group.ts";
import { traceIdSchema } from "../json.ts";
import { liveEventSchema } from "../live.ts";
import { OUTCOMES, outcomeSchema } from "../outcome.ts";
import { replaySchema } from "../replay.ts";
import { replayJobIdSchema, replayJobSchema, replayRequestSchema } from "../replay-job.ts";
import {
  rewardBatchSchema,
  rewardOpenRlhfAnswerSchema,
  rewardOpenRlhfSchema,
  rewardPartsSchema,
  rewardSlimeSchema,
} from "../reward.ts";
import { runSummarySchema } from "../run.ts";
import { runFilterSchema, timeWindowSchema } from "../run-filter.ts";
import { shownSettingsSchema } from "../settings.ts";
import { comparedShadowSchema, shadowFigureSchema } from "../shadow.ts";
import { spanSchema } from "../span.ts";
import { stepSchema } from "../trajectory.ts";
import type { ApiFailureCode } from "./failures.ts";

const limit = z.coerce.number().int().min(1).max(1000).default(50);
const traceParams = z.object({ trace_id: traceIdSchema });
const nothing = z.object({});

/** Longest a request may wait for feedback: proxies cut what is silent for longer. */
export const MOST_WAIT_SECONDS = 60;

/** What pages of a list are asked for with. */
const paging = { limit, cursor: z.string().max(2000).optional() };

export const listTracesQuery = z.object({
  ...runFilterSchema.shape,
  /** Runs that replay another one are left out unless asked for. */
  replays: z.enum(["exclude", "include"]).default("exclude"),
  ...timeWindowSchema.shape,
  /** Tasks and reasons past 1,000 characters are cut off in lists unless asked for. */
  texts: z.enum(["clipped", "full"]).default("clipped"),
  ...paging,
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
  /** How the run ended and what it cost by its own account; absent where it does not say. */
  exit_status: z.string().optional(),
  cost_usd: z.number().nonnegative().optional(),
});
export type TraceDetail = z.infer<typeof traceDetailSchema>;

/** A run without what happened in it. */
export const runClaimsSchema = z.object({
  summary: runSummarySchema,
  ...traceDetailSchema.pick({ attributions: true, annotations: true, replays: true }).shape,
});
export type RunClaims = z.infer<typeof runClaimsSchema>;

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

/** An instrumentation scope whose spans no dialect reads. */
export const unreadScopeSchema = z.object({
  /** Empty where the sender names none. */
  scope: z.string(),
  spans: z.number().int().nonnegative(),
  /** Some of the keys its attributes have. */
  keys: z.array(z.string()),
});
export type UnreadScope = z.infer<typeof unreadScopeSchema>;

export const statusSchema = z.object({
  version: z.string(),
  store: z.enum(["embedded", "server"]),
  runs: z.number().int().nonnegative(),
  settled: z.number().int().nonnegative(),
  failed: z.number().int().nonnegative(),
  /** Failed, settled runs that no strategy has looked at yet. */
  backlog: z.number().int().nonnegative(),
  spans: z.number().int().nonnegative(),
  /** Whether replays of the project's runs can be asked for, and whether corrections are proposed where none is given. */
  replays: z.object({ available: z.boolean(), proposes: z.boolean() }),
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

/** One route of the contract. */
interface Route {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  /** What it is for, in a sentence. */
  about: string;
  /** From the path. */
  params: z.ZodObject;
  /** From the query string. */
  query: z.ZodObject;
  /** From JSON. */
  body: z.ZodObject | z.ZodDiscriminatedUnion;
  response: z.ZodObject;
  /** The response's list: it may be asked for as NDJSON (`format=ndjson`, all pages) and in some fields only (`fields`). */
  list?: string;
  /** The status of its answer; 200 when not given. */
  status?: 202;
  /** What it answers beside the errors that every route may answer. */
  errors?: readonly ApiFailureCode[];
}

/**
 * The REST contract: one row a route, read by the server (validation), the client (types), the OpenAPI document and
 * the docs.
 */
export const routes = {
  status: {
    method: "GET",
    path: "/api/v1/status",
    about: "What this collector is and how much it holds.",
    params: nothing,
    query: nothing,
    body: nothing,
    response: statusSchema,
  },
  getSettings: {
    method: "GET",
    path: "/api/v1/settings",
    about:
      "What is kept how long, what is redacted, and what attributes failures. Changed by file and environment only.",
    params: nothing,
    query: nothing,
    body: nothing,
    response: shownSettingsSchema,
  },
  listUnread: {
    method: "GET",
    path: "/api/v1/unread",
    about: "Instrumentation scopes whose spans no dialect reads, most spans first, with keys of their attributes.",
    params: nothing,
    query: z.object({ since: durationSchema.default("7d") }),
    body: nothing,
    response: z.object({ scopes: z.array(unreadScopeSchema) }),
    list: "scopes",
  },
  listTraces: {
    method: "GET",
    path: "/api/v1/traces",
    about: "Runs, newest first, by what is known of them and by what their spans say.",
    params: nothing,
    query: listTracesQuery,
    body: nothing,
    response: z.object({ traces: z.array(runSummarySchema), next_cursor: z.string().nullable() }),
    list: "traces",
    errors: ["cursor_invalid", "search_empty"],
  },
  getTrace: {
    method: "GET",
    path: "/api/v1/traces/:trace_id",
    about: "One run, whole: its steps, its outcome, and every claim about who broke it.",
    params: traceParams,
    /** `clipped`: steps say their first 500 characters, and not what they were shown; `getStep` has the rest. */
    query: z.object({ contents: z.enum(["full", "clipped"]).default("full") }),
    body: nothing,
    response: traceDetailSchema,
    errors: ["not_found"],
  },
  getSummary: {
    method: "GET",
    path: "/api/v1/traces/:trace_id/summary",
    about: "Who is blamed for a run and on what, without its steps: known at once, however long it is.",
    params: traceParams,
    query: nothing,
    body: nothing,
    response: runClaimsSchema,
    errors: ["not_found"],
  },
  getStep: {
    method: "GET",
    path: "/api/v1/traces/:trace_id/steps/:step",
    about: "One step of a run, whole: what the actor saw, said, called and got.",
    params: z.object({ trace_id: traceIdSchema, step: z.coerce.number().int().min(0) }),
    query: nothing,
    body: nothing,
    response: z.object({ step: stepSchema }),
    errors: ["not_found"],
  },
  compareRuns: {
    method: "GET",
    path: "/api/v1/traces/:trace_id/compare/:other_id",
    about:
      "Two runs side by side: which steps are the same in both, which are not; what they say is got by their steps.",
    params: z.object({ trace_id: traceIdSchema, other_id: traceIdSchema }),
    query: nothing,
    body: nothing,
    response: comparisonSchema,
    errors: ["not_found", "no_attributor"],
  },
  getFlow: {
    method: "GET",
    path: "/api/v1/traces/:trace_id/steps/:step/flow",
    about: "Where what a step brought in went: which later steps repeat it, and whether it reaches the answer.",
    params: z.object({ trace_id: traceIdSchema, step: z.coerce.number().int().min(0) }),
    query: nothing,
    body: nothing,
    response: flowSchema,
    errors: ["not_found", "no_attributor"],
  },
  getSpans: {
    method: "GET",
    path: "/api/v1/traces/:trace_id/spans",
    about: "The spans of a run as they were delivered.",
    params: traceParams,
    query: nothing,
    body: nothing,
    response: z.object({ spans: z.array(spanSchema) }),
    list: "spans",
    errors: ["not_found"],
  },
  /** The run need not have arrived: an outcome may be known before the exporter has sent the spans. */
  reportOutcome: {
    method: "POST",
    path: "/api/v1/traces/:trace_id/outcome",
    about: "Says how a run ended, also long after it did.",
    params: traceParams,
    query: nothing,
    body: outcomeSchema,
    response: z.object({ stored: z.literal(true) }),
  },
  attribute: {
    method: "POST",
    path: "/api/v1/traces/:trace_id/attributions",
    about: "Attributes a failed run now.",
    params: traceParams,
    query: nothing,
    body: z.object({ strategy: z.string().optional(), ground_truth: z.boolean().default(false) }),
    response: z.object({ attributions: z.array(attributionSchema) }),
    errors: ["not_found", "no_attributor"],
  },
  /** Of a stored run (else 404 `not_found`) at a step that the intervention's agent took (else 422 `no_such_step`). */
  saveReplay: {
    method: "POST",
    path: "/api/v1/replays",
    about: "Keeps the result of a replay.",
    params: nothing,
    query: nothing,
    body: replaySchema.omit({ project: true }),
    response: z.object({ stored: z.literal(true) }),
    errors: ["not_found", "no_such_step"],
  },
  /**
   * Executes the recorded system as the operator's `replay_target` says. What it finds becomes replays and labels like
   * those of `culprit replay`; other steps are left alone, so it never claims to be the earliest.
   */
  startReplay: {
    method: "POST",
    path: "/api/v1/traces/:trace_id/replays",
    about: "Runs a failed run again with one step corrected, beside the original action, and says whether it flips.",
    params: traceParams,
    query: nothing,
    body: replayRequestSchema,
    response: z.object({ job: replayJobSchema }),
    status: 202,
    errors: [
      "not_found",
      "not_a_failed_run",
      "no_such_step",
      "correction_required",
      "replay_not_configured",
      "replay_queue_full",
    ],
  },
  getReplayJob: {
    method: "GET",
    path: "/api/v1/replays/:job_id",
    about: "How far a replay is that was asked for, and what it found.",
    params: z.object({ job_id: replayJobIdSchema }),
    query: nothing,
    body: nothing,
    response: z.object({ job: replayJobSchema }),
    errors: ["not_found"],
  },
  listReplayJobs: {
    method: "GET",
    path: "/api/v1/replays",
    about: "Replays that were asked for in the last 30 days, newest first.",
    params: nothing,
    query: z.object({ trace_id: traceIdSchema.optional(), limit }),
    body: nothing,
    response: z.object({ jobs: z.array(replayJobSchema) }),
    list: "jobs",
  },
  listAnnotations: {
    method: "GET",
    path: "/api/v1/annotations",
    about: "Labels with their evidence, newest first.",
    params: nothing,
    query: z.object({
      evidence: z.enum(EVIDENCE_KINDS).optional(),
      since: durationSchema.default("365d"),
      ...paging,
    }),
    body: nothing,
    response: z.object({ annotations: z.array(annotationSchema), next_cursor: z.string().nullable() }),
    list: "annotations",
    errors: ["cursor_invalid"],
  },
  /**
   * Of a stored run (else 404 `not_found`) at a step that the agent took (else 422 `no_such_step`). A human label of
   * an imported run may name another agent of that run: public labels do, and are kept as published.
   */
  annotate: {
    method: "POST",
    path: "/api/v1/annotations",
    about: "Labels a run: this agent, at this step, did or did not break it.",
    params: nothing,
    query: nothing,
    body: annotationSchema.omit({ project: true }),
    response: z.object({ stored: z.literal(true) }),
    errors: ["not_found", "no_such_step"],
  },
  listAgents: {
    method: "GET",
    path: "/api/v1/agents",
    about: "Blamed agents, most failures first.",
    params: nothing,
    query: z.object({ since: durationSchema.default("30d") }),
    body: nothing,
    response: z.object({ agents: z.array(blamedAgentSchema) }),
    list: "agents",
  },
  /** Becomes labels of the evidence `human`: one a key, agent and step, so that who changes their mind is heard once. */
  judgeBlame: {
    method: "POST",
    path: "/api/v1/traces/:trace_id/verdict",
    about: "A person confirms, refutes or corrects who is blamed for a run.",
    params: traceParams,
    query: nothing,
    body: verdictSchema,
    response: z.object({ annotations: z.array(annotationSchema) }),
    errors: ["not_found", "no_such_step"],
  },
  listComments: {
    method: "GET",
    path: "/api/v1/traces/:trace_id/comments",
    about: "What people said about a run, oldest first.",
    params: traceParams,
    query: nothing,
    body: nothing,
    response: z.object({ comments: z.array(commentSchema) }),
    list: "comments",
  },
  addComment: {
    method: "POST",
    path: "/api/v1/traces/:trace_id/comments",
    about: "Says something about a run, or about one step of it.",
    params: traceParams,
    query: nothing,
    body: z.object({ text: z.string().min(1).max(20_000), step: commentSchema.shape.step.default(null) }),
    response: z.object({ comment: commentSchema }),
    errors: ["not_found", "no_such_step"],
  },
  deleteComment: {
    method: "DELETE",
    path: "/api/v1/traces/:trace_id/comments/:comment_id",
    about: "Takes a comment back: one's own, or any with an admin key.",
    params: z.object({ trace_id: traceIdSchema, comment_id: commentSchema.shape.comment_id }),
    query: nothing,
    body: nothing,
    response: z.object({ comment: commentSchema }),
    errors: ["not_found"],
  },
  listQueries: {
    method: "GET",
    path: "/api/v1/queries",
    about: "Saved queries, by name.",
    params: nothing,
    query: nothing,
    body: nothing,
    response: z.object({ queries: z.array(savedQuerySchema) }),
    list: "queries",
  },
  saveQuery: {
    method: "PUT",
    path: "/api/v1/queries/:name",
    about: "Keeps a filter of runs under a name; what was kept under it before is replaced.",
    params: z.object({ name: savedQuerySchema.shape.name }),
    query: nothing,
    body: z.object({
      about: savedQuerySchema.shape.about.default(""),
      filter: savedQuerySchema.shape.filter,
      since: durationSchema.default("30d"),
    }),
    response: z.object({ query: savedQuerySchema }),
  },
  deleteQuery: {
    method: "DELETE",
    path: "/api/v1/queries/:name",
    about: "Forgets a saved query.",
    params: z.object({ name: savedQuerySchema.shape.name }),
    query: nothing,
    body: nothing,
    response: z.object({ query: savedQuerySchema }),
    errors: ["not_found"],
  },
  runQuery: {
    method: "GET",
    path: "/api/v1/queries/:name/traces",
    about: "The runs that a saved query selects now, newest first.",
    params: z.object({ name: savedQuerySchema.shape.name }),
    query: z.object(paging),
    body: nothing,
    response: z.object({ traces: z.array(runSummarySchema), next_cursor: z.string().nullable() }),
    list: "traces",
    errors: ["not_found", "cursor_invalid", "search_empty"],
  },
  /**
   * Waits up to `wait` seconds until the run is attributed; answers `pending` where that was not enough, and 404 where
   * the run has not come by then. Too many who wait are answered 503 `busy`.
   */
  getFeedback: {
    method: "GET",
    path: "/api/v1/runs/:trace_id/feedback",
    about: "What broke a run, for those who are going to try again; waits for it (long poll).",
    params: traceParams,
    query: z.object({ wait: z.coerce.number().min(0).max(MOST_WAIT_SECONDS).default(0) }),
    body: nothing,
    response: feedbackSchema,
    errors: ["not_found"],
  },
  /** Said again of the same two runs, it takes the place of what was said before. The run that was told may still come. */
  markApplied: {
    method: "POST",
    path: "/api/v1/runs/:trace_id/feedback/applied",
    about: "Says which later run was told what broke this one.",
    params: traceParams,
    query: nothing,
    body: z.object({
      applied_in: traceIdSchema,
      told: z.array(z.string().max(500)).max(100).default([]),
      agent: appliedFeedbackSchema.shape.agent.default(null),
      step: appliedFeedbackSchema.shape.step.default(null),
    }),
    response: z.object({ applied: appliedFeedbackSchema }),
    errors: ["not_found"],
  },
  listRounds: {
    method: "GET",
    path: "/api/v1/rounds",
    about: "Runs that are rounds of self-correction loops, newest first: of one task, of one loop, or all.",
    params: nothing,
    query: z.object({
      task_id: z.string().max(4000).optional(),
      loop_id: z.string().max(200).optional(),
      ...timeWindowSchema.shape,
      ...paging,
    }),
    body: nothing,
    response: z.object({ rounds: z.array(loopRunSchema), next_cursor: z.string().nullable() }),
    list: "rounds",
    errors: ["cursor_invalid"],
  },
  roundFigures: {
    method: "GET",
    path: "/api/v1/figures/rounds",
    about: "How many self-correction loops are solved by each round, and whether telling them what broke helps.",
    params: nothing,
    query: z.object({ task_id: z.string().max(4000).optional(), ...timeWindowSchema.shape }),
    body: nothing,
    response: z.object({ loops: z.number().int().nonnegative(), rounds: z.array(roundFigureSchema) }),
  },
  blameFigures: {
    method: "GET",
    path: "/api/v1/figures/blame",
    about: "Failures by hour or day and blamed agent, newest first.",
    params: nothing,
    query: z.object({ ...timeWindowSchema.shape, part: z.enum(["hour", "day"]).default("hour") }),
    body: nothing,
    response: z.object({ blame: z.array(blamePartSchema) }),
    list: "blame",
  },
  agentFigures: {
    method: "GET",
    path: "/api/v1/figures/agents",
    about: "How often each agent breaks the runs it acts in, with the interval, and at which place in the run.",
    params: nothing,
    query: timeWindowSchema,
    body: nothing,
    response: z.object({ agents: z.array(agentFigureSchema) }),
    list: "agents",
  },
  runFigures: {
    method: "GET",
    path: "/api/v1/figures/runs",
    about: "How many runs there were, how they ended, and how firmly the culprits are known.",
    params: nothing,
    query: timeWindowSchema,
    body: nothing,
    response: runFigureSchema,
  },
  costFigures: {
    method: "GET",
    path: "/api/v1/figures/cost",
    about: "Tokens, and money where prices are set, of runs and of finding their culprits, by day and model.",
    params: nothing,
    query: timeWindowSchema,
    body: nothing,
    response: z.object({ costs: z.array(costFigureSchema) }),
    list: "costs",
  },
  strategyFigures: {
    method: "GET",
    path: "/api/v1/figures/strategies",
    about:
      "How often strategies blame alike (ranker against tracer), and how often each is right where the truth is known.",
    params: nothing,
    query: timeWindowSchema,
    body: nothing,
    response: z.object({ agreement: z.array(agreementSchema), accuracy: z.array(accuracySchema) }),
  },
  benchmarkFigures: {
    method: "GET",
    path: "/api/v1/figures/benchmarks",
    about: "What strategies reached on labelled benchmarks when they were made, as their weights say.",
    params: nothing,
    query: nothing,
    body: nothing,
    response: z.object({ benchmarks: z.array(benchmarkFigureSchema) }),
  },
  handoffFigures: {
    method: "GET",
    path: "/api/v1/figures/handoffs",
    about: "Which agent acts after which, how such runs end, and where failures went: the hand-off graph.",
    params: nothing,
    query: timeWindowSchema,
    body: nothing,
    response: z.object({ agents: z.array(teamMemberSchema), handoffs: z.array(handoffFigureSchema) }),
  },
  calibrationFigures: {
    method: "GET",
    path: "/api/v1/figures/calibration",
    about: "How often each strategy is right at each confidence, where the truth is known.",
    params: nothing,
    query: timeWindowSchema,
    body: nothing,
    response: z.object({ calibration: z.array(calibrationSchema) }),
    list: "calibration",
  },
  /** Kept apart from attributions: no other route knows of them. */
  listShadow: {
    method: "GET",
    path: "/api/v1/shadow-attributions",
    about: "What a tracer that is not in use yet said of runs, newest first, beside what the one in use said.",
    params: nothing,
    query: z.object({
      trace_id: traceIdSchema.optional(),
      tracer: z.string().max(500).optional(),
      /** Only where both blamed somebody: the same agent and step, or not. */
      agrees: z.enum(["yes", "no"]).optional(),
      ...timeWindowSchema.shape,
      ...paging,
    }),
    body: nothing,
    response: z.object({ attributions: z.array(comparedShadowSchema), next_cursor: z.string().nullable() }),
    list: "attributions",
    errors: ["cursor_invalid"],
  },
  shadowFigures: {
    method: "GET",
    path: "/api/v1/figures/shadow",
    about: "How often tracers that are not in use yet blame as the one in use does, and how often each is right.",
    params: nothing,
    query: timeWindowSchema,
    body: nothing,
    response: z.object({ tracers: z.array(shadowFigureSchema) }),
    list: "tracers",
  },
  listGroups: {
    method: "GET",
    path: "/api/v1/groups",
    about: "Failures that are one failure: same agent, same kind of step, same reason. Those with a run in the window.",
    params: nothing,
    query: z.object({
      state: z.enum(GROUP_STATES).optional(),
      agent: z.string().optional(),
      kind: failureGroupSchema.shape.kind.optional(),
      ...timeWindowSchema.shape,
      sort: z.enum(["count", "last_seen", "first_seen"]).default("count"),
      ...paging,
    }),
    body: nothing,
    response: z.object({ groups: z.array(failureGroupSchema), next_cursor: z.string().nullable() }),
    list: "groups",
    errors: ["cursor_invalid"],
  },
  /** Its runs are those of `listTraces` with `group`. */
  getGroup: {
    method: "GET",
    path: "/api/v1/groups/:group_id",
    about: "One failure group with the changes of its state, newest first.",
    params: z.object({ group_id: groupIdSchema }),
    query: timeWindowSchema,
    body: nothing,
    response: z.object({ group: failureGroupSchema, changes: z.array(groupChangeSchema) }),
    errors: ["not_found"],
  },
  setGroupState: {
    method: "POST",
    path: "/api/v1/groups/:group_id/state",
    about: "Resolves, ignores or opens a failure group. A resolved one opens again when its failure comes back.",
    params: z.object({ group_id: groupIdSchema }),
    query: nothing,
    body: z.object({ state: z.enum(GROUP_STATES), note: z.string().max(2000).default("") }),
    response: z.object({ change: groupChangeSchema }),
    errors: ["not_found"],
  },
  listAlerts: {
    method: "GET",
    path: "/api/v1/alerts",
    about: "What alert rules said, newest first.",
    params: nothing,
    query: z.object({ since: durationSchema.default("30d"), limit }),
    body: nothing,
    response: z.object({ alerts: z.array(alertEventSchema) }),
    list: "alerts",
  },
  /** Rules are settings (`alert_rules`); what is secret of their targets is not shown. */
  listAlertRules: {
    method: "GET",
    path: "/api/v1/alert-rules",
    about: "Alert rules of the project, with what is pending and firing.",
    params: nothing,
    query: nothing,
    body: nothing,
    response: z.object({ rules: z.array(shownRuleSchema) }),
    list: "rules",
  },
  testAlertRule: {
    method: "POST",
    path: "/api/v1/alert-rules/test",
    about: "Says when a rule, by name or as it would be written, would have spoken. Sends nothing.",
    params: nothing,
    query: nothing,
    body: z.object({ rule: z.union([z.string(), alertRuleSchema]), since: durationSchema.default("7d") }),
    response: dryRunSchema,
    errors: ["not_found"],
  },
  listDeliveries: {
    method: "GET",
    path: "/api/v1/alert-deliveries",
    about: "Who was, is still to be, or could not be told of what, newest first.",
    params: nothing,
    query: z.object({ status: alertDeliverySchema.shape.status.optional(), limit }),
    body: nothing,
    response: z.object({ deliveries: z.array(alertDeliverySchema) }),
    list: "deliveries",
  },
  retryDelivery: {
    method: "POST",
    path: "/api/v1/alert-deliveries/:event_id/:target_id/retry",
    about: "Tries a dead delivery again.",
    params: z.object({
      event_id: z.string().regex(/^[0-9a-f]{32}$/, "an event's id is 32 lower-case hex digits"),
      target_id: alertDeliverySchema.shape.target_id,
    }),
    query: nothing,
    body: nothing,
    response: z.object({ delivery: alertDeliverySchema }),
    errors: ["not_found"],
  },
  listDatasets: {
    method: "GET",
    path: "/api/v1/datasets",
    about: "Training sets made of runs: the newest version of each and how it grew, by name.",
    params: nothing,
    query: nothing,
    body: nothing,
    response: z.object({ datasets: z.array(datasetListedSchema) }),
    list: "datasets",
  },
  getDataset: {
    method: "GET",
    path: "/api/v1/datasets/:name/:version",
    about: "The card of one version of a training set: counts, balance, what was left out, evidence, known biases.",
    params: z.object({
      name: datasetNameSchema,
      /** A number, or the newest. */
      version: z.union([z.literal("latest"), z.string().regex(/^[1-9]\d{0,8}$/, "a version is a number, or latest")]),
    }),
    query: nothing,
    body: nothing,
    response: z.object({ dataset: datasetVersionSchema }),
    errors: ["not_found"],
  },
  registerDataset: {
    method: "POST",
    path: "/api/v1/datasets",
    about: "Registers a version of a training set. One that is there with another hash is not replaced.",
    params: nothing,
    query: nothing,
    body: datasetVersionSchema,
    response: z.object({ dataset: datasetVersionSchema }),
    errors: ["version_taken"],
  },
  listKeys: {
    method: "GET",
    path: "/api/v1/keys",
    about: "API keys, without what opens anything.",
    params: nothing,
    /** Another project than the caller's own, or `*` for all, is the operator's to ask for. */
    query: z.object({ project: z.union([projectNameSchema, z.literal("*")]).optional() }),
    body: nothing,
    response: z.object({ keys: z.array(apiKeySchema) }),
    list: "keys",
    errors: ["forbidden_project"],
  },
  createKey: {
    method: "POST",
    path: "/api/v1/keys",
    about: "Makes an API key; it is shown this once.",
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
    errors: ["forbidden_project", "too_many_keys"],
  },
  revokeKey: {
    method: "DELETE",
    path: "/api/v1/keys/:key_id",
    about: "Revokes an API key.",
    params: z.object({ key_id: apiKeySchema.shape.key_id }),
    query: nothing,
    body: nothing,
    response: z.object({ record: apiKeySchema }),
    errors: ["not_found"],
  },
  /** For trainers that call a reward service. Reads nothing that is stored; rows of another schema are refused. */
  reward: {
    method: "POST",
    path: "/api/v1/reward",
    about: "The training reward of completions, one a label: the same function as training/reward.py.",
    params: nothing,
    query: nothing,
    body: rewardBatchSchema,
    response: z.object({ rewards: z.array(rewardPartsSchema) }),
    errors: ["no_attributor"],
  },
  rewardOpenRlhf: {
    method: "POST",
    path: "/api/v1/reward/openrlhf",
    about: "The training reward in the words of OpenRLHF's remote reward model.",
    params: nothing,
    query: nothing,
    body: rewardOpenRlhfSchema,
    response: rewardOpenRlhfAnswerSchema,
    errors: ["no_attributor"],
  },
  rewardSlime: {
    method: "POST",
    path: "/api/v1/reward/slime",
    about: "The training reward in the words of slime's remote_rm; its --reward-key is score.",
    params: nothing,
    query: nothing,
    body: rewardSlimeSchema,
    response: rewardPartsSchema,
    errors: ["no_attributor"],
  },
  deleteTrace: {
    method: "DELETE",
    path: "/api/v1/traces/:trace_id",
    about: "Deletes a run and the runs that replay it, for good.",
    params: traceParams,
    query: nothing,
    body: nothing,
    response: deletionSchema,
  },
  deleteProject: {
    method: "DELETE",
    path: "/api/v1/projects/:project",
    about: "Deletes a project with everything in it, for good.",
    params: z.object({ project: projectNameSchema }),
    query: nothing,
    body: nothing,
    response: deletionSchema,
    errors: ["forbidden_project"],
  },
} as const satisfies Record<string, Route>;

/** One stream of server-sent events. */
interface Stream {
  path: string;
  about: string;
  query: z.ZodObject;
  /** What the data of each event is, as JSON; the event's name is its `type`. */
  event: z.ZodDiscriminatedUnion;
  scopes: readonly Scope[];
  errors: readonly ApiFailureCode[];
}

/**
 * What is answered event by event and does not end; beside the routes, since a client can't wait for the whole answer.
 * A reader that was cut off comes back with the id of its last event and misses nothing, or is told to `refresh`.
 */
export const streams = {
  events: {
    path: "/api/v1/events",
    about: "What changes in the project, as it does: server-sent events, to be gone on with by Last-Event-ID.",
    /** For a reader that can't send the header `Last-Event-ID`. */
    query: z.object({ last_event_id: z.string().max(100).optional() }),
    event: liveEventSchema,
    scopes: ["read"],
    errors: ["too_many_streams"],
  },
} as const satisfies Record<string, Stream>;
export type StreamName = keyof typeof streams;

/** What a key needs for each route, all of it; `admin` stands for every scope. */
export const ROUTE_SCOPES: { readonly [Name in RouteName]: readonly Scope[] } = {
  status: ["read"],
  getSettings: ["read"],
  listUnread: ["read"],
  listTraces: ["read"],
  getTrace: ["read"],
  getSummary: ["read"],
  getStep: ["read"],
  compareRuns: ["read"],
  getSpans: ["read"],
  getFlow: ["read"],
  reportOutcome: ["ingest"],
  // Answers with the attribution, so it reads as well as writes.
  attribute: ["ingest", "read"],
  saveReplay: ["ingest"],
  startReplay: ["ingest", "read"],
  getReplayJob: ["read"],
  listReplayJobs: ["read"],
  listAnnotations: ["read"],
  annotate: ["ingest"],
  listAgents: ["read"],
  judgeBlame: ["ingest"],
  listComments: ["read"],
  addComment: ["ingest"],
  deleteComment: ["ingest"],
  listQueries: ["read"],
  saveQuery: ["ingest"],
  deleteQuery: ["ingest"],
  runQuery: ["read"],
  getFeedback: ["read"],
  markApplied: ["ingest"],
  listRounds: ["read"],
  roundFigures: ["read"],
  blameFigures: ["read"],
  agentFigures: ["read"],
  runFigures: ["read"],
  costFigures: ["read"],
  strategyFigures: ["read"],
  handoffFigures: ["read"],
  benchmarkFigures: ["read"],
  calibrationFigures: ["read"],
  listShadow: ["read"],
  shadowFigures: ["read"],
  listGroups: ["read"],
  getGroup: ["read"],
  setGroupState: ["ingest"],
  listAlerts: ["read"],
  listAlertRules: ["read"],
  testAlertRule: ["read"],
  listDeliveries: ["read"],
  retryDelivery: ["admin"],
  listDatasets: ["read"],
  getDataset: ["read"],
  registerDataset: ["ingest"],
  listKeys: ["admin"],
  createKey: ["admin"],
  revokeKey: ["admin"],
  // Scores what it is sent and reads nothing, but is no use to who only sends spans.
  reward: ["read"],
  rewardOpenRlhf: ["read"],
  rewardSlime: ["read"],
  deleteTrace: ["admin"],
  deleteProject: ["admin"],
};

export type RouteName = keyof typeof routes;
/** An empty object schema's input type forbids every key, so it may not take part in an intersection. */
type Part<Schema extends z.ZodType> = string extends keyof z.input<Schema> ? unknown : z.input<Schema>;
export type RouteInput<Name extends RouteName> = Part<(typeof routes)[Name]["params"]> &
  Part<(typeof routes)[Name]["query"]> & { body?: z.input<(typeof routes)[Name]["body"]> };
export type RouteOutput<Name extends RouteName> = z.infer<(typeof routes)[Name]["response"]>;
