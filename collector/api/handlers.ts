import {
  type Attribution,
  type BenchmarkFigure,
  type BuildTrajectory,
  type CompareRuns,
  CulpritError,
  durationSeconds,
  type Outcome,
  type RewardFunction,
  type RouteName,
  type RouteOutput,
  type routes,
  type Step,
  type TraceFlow,
  timeWindow,
} from "@culprit/schemas";
import type { Store } from "@culprit/store";
import type { z } from "zod";
import type { Access } from "../access/access.ts";
import type { Door } from "../access/door.ts";
import type { Privacy } from "../privacy/privacy.ts";
import type { ReplayJobs } from "../replays/jobs.ts";
import { collectorVersion } from "../version.ts";
import { type AlertHandlerOptions, alertHandlers } from "./alert-handlers.ts";
import { requireBlame } from "./blame.ts";
import { comparisonHandler } from "./comparison-handler.ts";
import { datasetHandlers } from "./dataset-handlers.ts";
import { deletionHandlers } from "./deletion-handlers.ts";
import { notFound } from "./failures.ts";
import { feedbackHandlers } from "./feedback-handlers.ts";
import { type FigureOptions, figureHandlers } from "./figure-handlers.ts";
import { groupHandlers } from "./group-handlers.ts";
import { keyHandlers } from "./key-handlers.ts";
import { loopHandlers } from "./loop-handlers.ts";
import { replayHandlers } from "./replay-handlers.ts";
import { rewardHandlers } from "./reward-handlers.ts";
import { type SettingsConfig, settingsHandler } from "./settings-handler.ts";
import { shadowHandlers } from "./shadow-handlers.ts";
import { Trajectories } from "./trajectories.ts";

/** Attributes one stored run on request. The collector is handed this; it holds no strategy of its own. */
export type Attribute = (
  project: string,
  traceId: string,
  options: { strategy?: string; groundTruth?: boolean },
) => Promise<Attribution[]>;

export interface HandlerOptions {
  store: Store;
  door: Door;
  privacy: Privacy;
  config: FigureOptions["config"] & AlertHandlerOptions["config"] & SettingsConfig;
  /** Resolves when nothing that was acknowledged waits to be stored. */
  drained?: (() => Promise<void>) | undefined;
  /** Whether the collector is stopping. */
  draining?: (() => boolean) | undefined;
  buildTrajectory: BuildTrajectory;
  compareRuns?: CompareRuns | undefined;
  attribute?: Attribute | undefined;
  traceFlow?: TraceFlow | undefined;
  benchmarks?: readonly BenchmarkFigure[] | undefined;
  jobs: ReplayJobs;
  reward?: RewardFunction | undefined;
}

/** What a handler is given, checked against the contract. */
export interface Checked<Name extends RouteName> {
  params: z.output<(typeof routes)[Name]["params"]>;
  query: z.output<(typeof routes)[Name]["query"]>;
  body: z.output<(typeof routes)[Name]["body"]>;
}

/** Answers one route for whoever asks: what it reads and writes is of `access.project`. */
export type Handler<Name extends RouteName> = (
  input: Checked<Name>,
  access: Access,
  /** Aborts when whoever asked is gone. */
  signal: AbortSignal,
) => Promise<RouteOutput<Name>>;
export type Handlers = { [Name in RouteName]: Handler<Name> };

/** Longest task and reason in a list that was not asked for whole texts. */
const CLIPPED_CHARACTERS = 1000;

/** One handler a route of the contract. */
export function createHandlers({
  store,
  door,
  privacy,
  config,
  drained,
  draining,
  buildTrajectory,
  compareRuns,
  attribute,
  traceFlow,
  benchmarks,
  jobs,
  reward,
}: HandlerOptions): Handlers {
  const requireSpans = async (project: string, traceId: string) => {
    const spans = await store.readSpans(project, traceId);
    if (spans.length === 0) throw noRun(traceId);
    return spans;
  };
  const trajectories = new Trajectories({ store, buildTrajectory, outcomeOf: storedOutcome });
  const readRun = async (project: string, traceId: string) => {
    const run = await trajectories.read(project, traceId);
    if (run === null) throw noRun(traceId);
    return run;
  };
  const readClaims = (project: string, traceId: string) =>
    Promise.all([
      store.readRun(project, traceId),
      store.readAttributions(project, traceId),
      store.readAnnotations(project, traceId),
      store.readReplays(project, traceId),
    ]);
  return {
    listUnread: async ({ query }, { project }) => ({
      scopes: await store.unreadScopes(project, durationSeconds(query.since)),
    }),

    status: async (_input, { project }) => ({
      version: collectorVersion(),
      store: store.kind,
      ...(await store.counts(project)),
      replays: jobs.offers(project),
    }),

    listTraces: async ({ query }, { project }) => {
      const { since, from, to, texts, ...filter } = query;
      const text_characters = texts === "full" ? undefined : CLIPPED_CHARACTERS;
      const window = timeWindow({ since, from, to });
      const page = await store.listRuns({ ...filter, ...window, project, text_characters });
      return { traces: page.rows, next_cursor: page.next_cursor };
    },

    getTrace: async ({ params: { trace_id }, query: { contents } }, { project }) => {
      const run = await readRun(project, trace_id);
      const [summary, attributions, annotations, replays] = await readClaims(project, trace_id);
      return {
        trace_id,
        task: run.task,
        outcome: run.outcome.outcome,
        outcome_detail: run.outcome,
        complete: run.complete,
        task_id: run.task_id,
        ground_truth: run.ground_truth,
        source: run.source,
        agents: run.agents,
        steps: contents === "clipped" ? run.steps.map(clippedStep) : run.steps,
        summary,
        attributions,
        annotations,
        replays,
        ...(run.exit_status === undefined ? {} : { exit_status: run.exit_status }),
        ...(run.cost_usd === undefined ? {} : { cost_usd: run.cost_usd }),
      };
    },

    getSummary: async ({ params: { trace_id } }, { project }) => {
      const [summary, attributions, annotations, replays] = await readClaims(project, trace_id);
      if (summary === null) throw noRun(trace_id);
      return { summary, attributions, annotations, replays };
    },

    getStep: async ({ params: { trace_id, step: index } }, { project }) => {
      const step = (await readRun(project, trace_id)).steps[index];
      if (step) return { step };
      throw noSuchStep(trace_id, index);
    },

    getFlow: async ({ params: { trace_id, step: index } }, { project }) => {
      const run = await readRun(project, trace_id);
      if (run.steps[index] === undefined) throw noSuchStep(trace_id, index);
      if (!traceFlow) throw noAnalyzer();
      return traceFlow(run, index);
    },

    compareRuns: comparisonHandler({ store, readRun, compareRuns: compareRuns ?? throwNoAnalyzer }),

    getSpans: async ({ params: { trace_id } }, { project }) => ({ spans: await requireSpans(project, trace_id) }),

    // Whoever runs the system may know how it ended before its exporter has sent the spans.
    reportOutcome: async ({ params: { trace_id }, body }, { project }) => {
      await store.saveOutcome(project, trace_id, { ...body, feedback: privacy.content(project, body.feedback) });
      return { stored: true };
    },

    attribute: async ({ params: { trace_id }, body }, { project }) => {
      if (!attribute) throw noAnalyzer();
      await requireSpans(project, trace_id);
      const options = { groundTruth: body.ground_truth, ...(body.strategy ? { strategy: body.strategy } : {}) };
      return { attributions: await attribute(project, trace_id, options) };
    },

    saveReplay: async ({ body }, { project }) => {
      const { intervention, reason } = body;
      requireBlame(await readRun(project, body.trace_id), intervention);
      await store.saveReplay({
        ...body,
        project,
        reason: privacy.text(reason),
        intervention: { ...intervention, action: privacy.content(project, intervention.action) },
      });
      return { stored: true };
    },

    listAnnotations: async ({ query }, { project }) => {
      const { since, ...filter } = query;
      const page = await store.listAnnotations({ ...filter, project, since_seconds: durationSeconds(since) });
      return { annotations: page.rows, next_cursor: page.next_cursor };
    },

    annotate: async ({ body }, { project }) => {
      const { reason, correction } = body;
      requireBlame(await readRun(project, body.trace_id), body, body.evidence);
      await store.saveAnnotation({
        ...body,
        project,
        reason: privacy.text(reason),
        correction: privacy.content(project, correction),
      });
      return { stored: true };
    },

    listAgents: async ({ query }, { project }) => ({
      agents: await store.blamedAgents(project, durationSeconds(query.since)),
    }),

    ...settingsHandler(config),
    ...replayHandlers({ jobs, readRun }),
    ...alertHandlers({ store, config }),
    ...datasetHandlers({ store }),
    ...feedbackHandlers({ store, privacy, readRun }),
    ...loopHandlers({ store, draining }),
    ...shadowHandlers({ store }),
    ...figureHandlers({ figures: store.figures, config, benchmarks }),
    ...groupHandlers({ groups: store.groups, privacy }),
    ...keyHandlers({ keys: store.keys, registry: door.registry, saveUsage: () => door.saveUsage() }),
    ...rewardHandlers(reward),
    ...deletionHandlers({ store, registry: door.registry, drained }),
  };
}

function noRun(traceId: string): CulpritError {
  return notFound(`There is no run ${traceId}.`, "List runs with `culprit traces`.");
}

function noSuchStep(traceId: string, index: number): CulpritError {
  return notFound(`Run ${traceId} has no step ${index}.`, `\`culprit show ${traceId}\` lists the steps.`);
}

function throwNoAnalyzer(): never {
  throw noAnalyzer();
}

function noAnalyzer(): CulpritError {
  return new CulpritError("no_attributor", "This collector runs without an analyzer.", {
    mend: "Start `culprit up`, or `culprit analyzer` beside it.",
  });
}

/** Longest text of a step that was not asked for whole. */
const STEP_CHARACTERS = 500;

/** A step without what weighs: its texts cut, its input and result left out. */
function clippedStep({ result: _, ...step }: Step): Step {
  const clip = (text: string) => (text.length > STEP_CHARACTERS ? `${text.slice(0, STEP_CHARACTERS)}…` : text);
  const tool_calls = step.tool_calls.map((call) => {
    const text = typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments);
    return text.length > STEP_CHARACTERS ? { ...call, arguments: clip(text) } : call;
  });
  return { ...step, content: clip(step.content), error: clip(step.error), tool_calls, input: [] };
}

/**
 * The stored outcome that counts: an evaluator's verdict, then a reported one, then a rule's. Undefined where nobody
 * said more than `unknown`, so that the spans are asked.
 */
export function storedOutcome(outcomes: readonly Outcome[]): Outcome | undefined {
  const known = outcomes.filter(({ outcome }) => outcome !== "unknown");
  for (const source of ["evaluator", "reported", "rule"]) {
    const found = known.find(({ by }) => by === source);
    if (found) return found;
  }
  return undefined;
}
