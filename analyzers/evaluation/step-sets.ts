import { basename } from "node:path";
import { CulpritError } from "@culprit/schemas";
import { createRanker } from "../attribution/ranker/ranker.ts";
import { RULES_VERSION } from "../diagnosis/rules-strategy.ts";
import { readStepLabels, type StepLabels } from "./codetracer-labels.ts";
import type { EvaluateOptions } from "./evaluate.ts";
import type { StepSetReport, StepSetSubset } from "./report.ts";
import { bySubset } from "./score.ts";
import { askForSteps, type FoundRun, findRuns, readStepPredictions, type StepPrediction } from "./step-predictions.ts";

const EMPTY: ReadonlySet<number> = new Set();

interface SetScore {
  precision: number;
  recall: number;
  f1: number;
}

/**
 * Precision, recall and F1 of a predicted set. Where nothing is wrong and nothing was predicted all three are 1;
 * where only one of the sets is empty, what can't be divided is 0.
 */
export function setScore(predicted: ReadonlySet<number>, truth: ReadonlySet<number>): SetScore {
  if (predicted.size === 0 && truth.size === 0) return { precision: 1, recall: 1, f1: 1 };
  return ofCounts([...predicted].filter((step) => truth.has(step)).length, predicted.size, truth.size);
}

function ofCounts(hits: number, predicted: number, truth: number): SetScore {
  const precision = predicted === 0 ? 0 : hits / predicted;
  const recall = truth === 0 ? 0 : hits / truth;
  return { precision, recall, f1: predicted + truth === 0 ? 0 : (2 * hits) / (predicted + truth) };
}

/** Scores sets of wrong steps against CodeTracer's labels; see `evaluate`. */
export async function evaluateSteps(options: EvaluateOptions): Promise<StepSetReport> {
  const started = performance.now();
  const data = typeof options.data === "string" ? [options.data] : options.data;
  const truth = await readStepLabels(data);
  const runs = [...truth.labels.values()];
  if (runs.length === 0) {
    throw new CulpritError("benchmark_empty", "No labelled codetracebench trajectory was found.", {
      mend: "Point --data at codetracer_labels.json files, or rows with traj_id and incorrect_stages.",
    });
  }
  const found = await findRuns(data, truth.labels);
  const predicted = await predictionsOf(options, found);
  const [single] = predicted.values();
  // One trajectory against one prediction: they need not be called the same.
  if (runs.length === 1 && predicted.size === 1 && single !== undefined) predicted.set(runs[0]?.id ?? "", single);
  const unmatched = [...predicted.keys()].filter((id) => !truth.labels.has(id)).length;
  const silent = runs.filter(({ id }) => !predicted.has(id)).length;
  const miscounted = runs.filter(
    ({ id, step_count }) => step_count !== null && found.has(id) && found.get(id)?.steps.length !== step_count,
  ).length;
  const duration = performance.now() - started;
  const named = nameOf(options);
  return {
    kind: "steps",
    benchmark: options.benchmark,
    strategy: named.strategy,
    strategy_version: named.version,
    scoring: "exact",
    setting: options.predictions === undefined ? "zero-shot" : "predictions",
    ground_truth: false,
    subsets: bySubset(runs, (own) => subsetOf(own, predicted)),
    baselines: Object.fromEntries(
      Object.entries(BASELINES).flatMap(([name, { description, of }]) => {
        const known = runs.every((run) => of(run, found.get(run.id)) !== undefined);
        if (!known) return [];
        const subsets = bySubset(runs, (own) => meanOf(own.map((run) => of(run, found.get(run.id)) ?? NOTHING)));
        return [[name, { description, subsets }]];
      }),
    ),
    warnings: [
      ...(silent > 0 ? [`${silent} of ${runs.length} trajectories have no prediction; theirs is the empty set.`] : []),
      ...(unmatched > 0 && runs.length > 1
        ? [`${unmatched} predictions are of trajectories that are not in the data.`]
        : []),
      ...(miscounted > 0 ? [`${miscounted} trajectories have another number of steps than their labels say.`] : []),
    ],
    skipped: truth.skipped.flatMap(({ path, code, reason }) =>
      [...found.values()].length > 0 && code === "unknown_format" ? [] : [{ path, code, reason }],
    ),
    duration_ms: duration,
    runs_per_second: runs.length / Math.max(1e-9, duration / 1000),
  };
}

async function predictionsOf(
  options: EvaluateOptions,
  found: ReadonlyMap<string, FoundRun>,
): Promise<Map<string, StepPrediction>> {
  if (options.predictions !== undefined) {
    if (options.strategy !== undefined) {
      throw new CulpritError("evaluation_impossible", "A strategy and predictions are two things to score.", {
        mend: "Give one.",
      });
    }
    return await readStepPredictions(options.predictions);
  }
  if (found.size === 0) {
    throw new CulpritError("predictions_needed", "None of the labelled trajectories lies beside its labels.", {
      mend: "Give --predictions a directory or file of codetracer_labels.json, or put the trajectories under --data.",
    });
  }
  const { strategy } = options;
  if (strategy === "ranker") return await askForSteps(found, createRanker(options.weights), options.signal);
  return await askForSteps(
    found,
    strategy === undefined || strategy.name === "rules" ? "rules" : strategy,
    options.signal,
  );
}

function nameOf({ predictions, strategy }: EvaluateOptions): { strategy: string; version: string } {
  if (predictions !== undefined) return { strategy: basename(predictions), version: "" };
  if (strategy === undefined) return { strategy: "rules", version: RULES_VERSION };
  return typeof strategy === "string"
    ? { strategy, version: "" }
    : { strategy: strategy.name, version: strategy.version };
}

const NOTHING: SetScore = { precision: 0, recall: 0, f1: 0 };

/** What anybody could say; undefined where the trajectory would be needed and is not there. */
const BASELINES: Record<
  string,
  { description: string; of: (run: StepLabels, found: FoundRun | undefined) => SetScore | undefined }
> = {
  nothing: { description: "no step is wrong", of: (run) => setScore(EMPTY, run.incorrect) },
  every_step: {
    description: "every step is wrong (up to the last labelled one where the number of steps is not known)",
    of: (run, found) =>
      setScore(new Set(Array.from({ length: lengthOf(run, found) }, (_, step) => step)), run.incorrect),
  },
  last_step: {
    description: "the last step is wrong",
    of: (run, found) => setScore(new Set(lengthOf(run, found) > 0 ? [lengthOf(run, found) - 1] : []), run.incorrect),
  },
  random_step: {
    description: "one step at random is wrong; the mean over all of them",
    of: (run, found) => {
      const length = lengthOf(run, found);
      const wrong = run.incorrect.size;
      if (length === 0 || wrong === 0) return length === 0 ? setScore(EMPTY, run.incorrect) : NOTHING;
      return { precision: wrong / length, recall: 1 / length, f1: ((wrong / length) * 2) / (1 + wrong) };
    },
  },
  first_change: {
    description: "the first step that changes something is wrong",
    of: (run, found) => found && setScore(new Set(changesOf(found).slice(0, 1)), run.incorrect),
  },
  last_change: {
    description: "the last step that changes something is wrong",
    of: (run, found) => found && setScore(new Set(changesOf(found).slice(-1)), run.incorrect),
  },
  every_change: {
    description: "every step that changes something is wrong",
    of: (run, found) => found && setScore(new Set(changesOf(found)), run.incorrect),
  },
};

function changesOf({ steps }: FoundRun): number[] {
  return steps.flatMap((step, at) => (step.class === "change" ? [at] : []));
}

function lengthOf(run: StepLabels, found: FoundRun | undefined): number {
  return run.step_count ?? found?.steps.length ?? Math.max(-1, ...run.incorrect, ...run.unuseful) + 1;
}

function subsetOf(runs: readonly StepLabels[], predicted: ReadonlyMap<string, StepPrediction>): StepSetSubset {
  const said = runs.map((run) => predicted.get(run.id));
  let [hits, named, wrong] = [0, 0, 0];
  for (const [at, run] of runs.entries()) {
    const own = said[at]?.incorrect ?? EMPTY;
    hits += [...own].filter((step) => run.incorrect.has(step)).length;
    named += own.size;
    wrong += run.incorrect.size;
  }
  const mean = (of: (own: StepPrediction) => number) =>
    said.reduce((sum, own) => sum + (own === undefined ? 0 : of(own)), 0) / runs.length;
  const priced = said.some((own) => own !== undefined && own.price !== null);
  return {
    n: runs.length,
    ...meanOf(runs.map((run, at) => setScore(said[at]?.incorrect ?? EMPTY, run.incorrect))),
    micro: ofCounts(hits, named, wrong),
    unuseful: meanOf(runs.map((run, at) => setScore(said[at]?.unuseful ?? EMPTY, run.unuseful))),
    cost: {
      input_tokens: mean((own) => own.input_tokens),
      output_tokens: mean((own) => own.output_tokens),
      price: priced ? mean((own) => own.price ?? 0) : null,
      seconds: mean((own) => own.seconds),
    },
    no_prediction: said.filter((own) => own === undefined).length,
  };
}

function meanOf(scores: readonly SetScore[]): SetScore {
  const mean = (key: keyof SetScore) => scores.reduce((sum, score) => sum + score[key], 0) / Math.max(1, scores.length);
  return { precision: mean("precision"), recall: mean("recall"), f1: mean("f1") };
}
