import { basename, parse } from "node:path";
import { CulpritError } from "@culprit/schemas";
import type { LabelledRun } from "../attribution/ranker/examples.ts";
import { createRanker } from "../attribution/ranker/ranker.ts";
import { loadRankerWeights } from "../attribution/ranker/weights.ts";
import { discoverFiles } from "../importers/discover.ts";
import type { SourceError } from "../importers/format.ts";
import { importAll } from "../importers/import-path.ts";
import { importedTrajectory } from "../importers/imported-trajectory.ts";
import { asObject, asText } from "../importers/json-shape.ts";
import { trailErrors } from "../importers/trail.ts";
import { openAnswerCache } from "./answer-cache.ts";
import { askAll } from "./ask-all.ts";
import type { EvaluateOptions } from "./evaluate.ts";
import type { Setting, SpanErrorReport, SpanErrorSubset } from "./report.ts";
import { bySubset } from "./score.ts";

/** One annotated trace and, where asked for, what was said of it. */
interface ErrorRun {
  /** The source's trace id and the file's name: what predictions call it. */
  names: string[];
  subset: string;
  truth: SourceError[];
  run: LabelledRun;
}

interface Answers {
  name: string;
  version: string;
  setting: Setting;
  said: Map<ErrorRun, SourceError[]>;
  /** Whether categories were named at all. */
  categories: boolean;
}

/**
 * Scores errors annotated on spans, after TRAIL's `calculate_scores.py`: location and joint accuracy are the share of
 * a trace's annotated spans (with their categories) that were named, averaged over traces; a trace without errors
 * scores 0. A strategy names one span and no category.
 */
export async function evaluateSpans(options: EvaluateOptions): Promise<SpanErrorReport> {
  const { runs: imported, skipped } = await importAll(options.data, { format: "trail" });
  const runs = imported.flatMap((run): ErrorRun[] => {
    if (run.errors === undefined) return [];
    const [file = "", key = ""] = run.path.split("#");
    const subset = /swe/i.test(file) ? "swe-bench" : /gaia/i.test(file) ? "gaia" : "trail";
    const trajectory = importedTrajectory(run);
    const labelled = { path: run.path, format: run.format, subset, trajectory, agent: "", step: 0 };
    return [{ names: [key, parse(file).name, run.trace_id], subset, truth: run.errors, run: labelled }];
  });
  if (runs.length === 0) {
    throw new CulpritError("benchmark_empty", "No trail trace with annotated errors was found.", {
      mend: "Point --data at the directory that holds both the traces and processed_annotations*.",
    });
  }
  const started = performance.now();
  const answers =
    options.predictions === undefined ? await ofStrategy(runs, options) : await ofFile(runs, options.predictions);
  const duration = performance.now() - started;
  const silent = runs.filter((run) => !answers.said.has(run)).length;
  return {
    kind: "spans",
    benchmark: options.benchmark,
    strategy: answers.name,
    strategy_version: answers.version,
    scoring: "exact",
    setting: answers.setting,
    ground_truth: options.groundTruth === true,
    subsets: bySubset(runs, (own) => subsetOf(own, answers)),
    baselines: baselines(runs),
    warnings: [
      ...(silent > 0 ? [`${silent} of ${runs.length} traces have no prediction; they count as wrong.`] : []),
      ...(imported.length > runs.length
        ? [`${imported.length - runs.length} traces without labels were left out.`]
        : []),
    ],
    skipped: skipped.filter(({ code }) => code !== "labels").map(({ path, code, reason }) => ({ path, code, reason })),
    duration_ms: duration,
    runs_per_second: runs.length / Math.max(1e-9, duration / 1000),
  };
}

async function ofStrategy(runs: readonly ErrorRun[], options: EvaluateOptions): Promise<Answers> {
  const { strategy = "ranker" } = options;
  const asked = strategy === "ranker" ? createRanker(options.weights ?? loadRankerWeights()) : strategy;
  const cache = options.cache === undefined ? undefined : await openAnswerCache(options.cache);
  const answered = await askAll(
    runs.map(({ run }) => run),
    asked,
    { ...options, cache },
  );
  const said = new Map<ErrorRun, SourceError[]>();
  for (const own of runs) {
    const step = answered.get(own.run.trajectory.trace_id)?.step ?? null;
    const location = step === null ? undefined : own.run.trajectory.steps[step]?.span_id;
    if (location !== undefined) said.set(own, [{ category: "", location }]);
  }
  const setting = strategy === "ranker" ? "transfer" : "zero-shot";
  return { name: asked.name, version: asked.version, setting, said, categories: false };
}

/** Files shaped as the labels, named after their trace; or one map of them by trace. */
async function ofFile(runs: readonly ErrorRun[], path: string): Promise<Answers> {
  const byName = new Map(runs.flatMap((run) => run.names.map((name) => [name, run] as const)));
  const said = new Map<ErrorRun, SourceError[]>();
  const add = (name: string, labels: Record<string, unknown> | undefined) => {
    const run = byName.get(name);
    if (run !== undefined && Array.isArray(labels?.["errors"])) said.set(run, trailErrors(labels));
  };
  for await (const file of discoverFiles([path])) {
    if ("kind" in file) {
      if (file.path === path) {
        throw new CulpritError("predictions_unreadable", `The predictions ${path} can't be read.`, {
          mend: file.reason,
        });
      }
      continue;
    }
    const document = asObject(file.json);
    if (document !== undefined && "errors" in document)
      add(asText(document["trace_id"]) || parse(file.path).name, document);
    else for (const [name, value] of Object.entries(document ?? {})) add(name, asObject(value));
  }
  return { name: basename(path), version: "", setting: "predictions", said, categories: true };
}

function subsetOf(runs: readonly ErrorRun[], answers: Answers): SpanErrorSubset {
  const mean = (of: (run: ErrorRun) => number) => runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  const named = (run: ErrorRun) => answers.said.get(run) ?? [];
  return {
    n: runs.length,
    location: mean((run) => recall(run.truth.map(place), named(run).map(place))),
    joint: mean((run) => recall(run.truth.map(pair), named(run).map(pair))),
    location_precision: mean((run) => recall(named(run).map(place), run.truth.map(place))),
    category_f1: answers.categories ? categoryF1(runs, named) : null,
    no_prediction: runs.filter((run) => !answers.said.has(run)).length,
  };
}

const place = (error: SourceError) => error.location;
const pair = (error: SourceError) => JSON.stringify([error.location, folded(error)]);
/** Annotators spell categories with and without capitals, spaces and hyphens. */
const folded = (error: SourceError) => error.category.toLowerCase().replace(/[\s_-]+/g, "");

function recall(wanted: readonly string[], found: readonly string[]): number {
  const all = new Set(wanted);
  if (all.size === 0) return 0;
  const there = new Set(found);
  return [...all].filter((item) => there.has(item)).length / all.size;
}

/** F1 of each category's presence in a trace, weighted by the number of traces that have it. */
function categoryF1(runs: readonly ErrorRun[], named: (run: ErrorRun) => SourceError[]): number {
  const rows = runs.map((run) => ({
    truth: new Set(run.truth.map(folded)),
    said: new Set(named(run).map(folded)),
  }));
  let weighted = 0;
  let total = 0;
  for (const category of new Set(rows.flatMap(({ truth }) => [...truth]))) {
    const support = rows.filter(({ truth }) => truth.has(category)).length;
    const predicted = rows.filter(({ said }) => said.has(category)).length;
    const both = rows.filter(({ truth, said }) => truth.has(category) && said.has(category)).length;
    weighted += support * ((2 * both) / (support + predicted));
    total += support;
  }
  return total === 0 ? 0 : weighted / total;
}

function baselines(runs: readonly ErrorRun[]): SpanErrorReport["baselines"] {
  const agentSpans = ({ run }: ErrorRun) =>
    run.trajectory.steps.filter((step) => step.role === "agent").map((step) => step.span_id);
  const random = (run: ErrorRun) => {
    const spans = agentSpans(run);
    return spans.length === 0 ? 0 : recall(run.truth.map(place), spans) / spans.length;
  };
  const rows: Record<string, { description: string; of: (run: ErrorRun) => number }> = {
    random_agent_step: { description: "an agent step at random, by expectation", of: random },
    first_agent_step: {
      description: "the first agent step",
      of: (run) => recall(run.truth.map(place), agentSpans(run).slice(0, 1)),
    },
    last_agent_step: {
      description: "the last agent step",
      of: (run) => recall(run.truth.map(place), agentSpans(run).slice(-1)),
    },
    every_agent_step: {
      description: "every agent step: what recall alone rewards",
      of: (run) => recall(run.truth.map(place), agentSpans(run)),
    },
  };
  return Object.fromEntries(
    Object.entries(rows).map(([name, { description, of }]) => [
      name,
      {
        description,
        subsets: bySubset(runs, (own) => ({ location: own.reduce((sum, run) => sum + of(run), 0) / own.length })),
      },
    ]),
  );
}
