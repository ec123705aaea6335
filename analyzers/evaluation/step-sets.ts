import { basename } from "node:path";
import { CulpritError } from "@culprit/schemas";
import { readStepLabels, type StepLabels } from "./codetracer-labels.ts";
import type { EvaluateOptions } from "./evaluate.ts";
import type { StepSetReport, StepSetSubset } from "./report.ts";
import { bySubset } from "./score.ts";

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
  if (options.predictions === undefined) {
    throw new CulpritError("predictions_needed", "codetracebench scores labels that were made before.", {
      mend: "Give --predictions a directory or file of codetracer_labels.json.",
    });
  }
  const started = performance.now();
  const truth = await readStepLabels(typeof options.data === "string" ? [options.data] : options.data);
  const runs = [...truth.labels.values()];
  if (runs.length === 0) {
    throw new CulpritError("benchmark_empty", "No labelled codetracebench trajectory was found.", {
      mend: "Point --data at codetracer_labels.json files, or rows with traj_id and incorrect_stages.",
    });
  }
  const { labels: predicted } = await readStepLabels([options.predictions]);
  const [single] = predicted.values();
  // One trajectory against one prediction: they need not be called the same.
  if (runs.length === 1 && predicted.size === 1 && single !== undefined) predicted.set(runs[0]?.id ?? "", single);
  const unmatched = [...predicted.keys()].filter((id) => !truth.labels.has(id)).length;
  const silent = runs.filter(({ id }) => !predicted.has(id)).length;
  const duration = performance.now() - started;
  return {
    kind: "steps",
    benchmark: options.benchmark,
    strategy: basename(options.predictions),
    strategy_version: "",
    scoring: "exact",
    setting: "predictions",
    ground_truth: false,
    subsets: bySubset(runs, (own) => subsetOf(own, (run) => predicted.get(run.id)?.incorrect)),
    baselines: Object.fromEntries(
      Object.entries(BASELINES).map(([name, { description, of }]) => [
        name,
        {
          description,
          subsets: bySubset(runs, (own) => {
            const { precision, recall, f1 } = subsetOf(own, of);
            return { precision, recall, f1 };
          }),
        },
      ]),
    ),
    warnings: [
      ...(silent > 0 ? [`${silent} of ${runs.length} trajectories have no prediction; theirs is the empty set.`] : []),
      ...(unmatched > 0 && runs.length > 1
        ? [`${unmatched} predictions are of trajectories that are not in the data.`]
        : []),
    ],
    skipped: truth.skipped.map(({ path, code, reason }) => ({ path, code, reason })),
    duration_ms: duration,
    runs_per_second: runs.length / Math.max(1e-9, duration / 1000),
  };
}

/** Sets that anybody could name. */
const BASELINES: Record<string, { description: string; of: (run: StepLabels) => ReadonlySet<number> }> = {
  nothing: { description: "no step is wrong", of: () => EMPTY },
  every_step: {
    description: "every step is wrong (up to the last labelled one where the number of steps is not known)",
    of: (run) => new Set(Array.from({ length: lengthOf(run) }, (_, step) => step)),
  },
  last_step: {
    description: "the last step is wrong",
    of: (run) => new Set(lengthOf(run) > 0 ? [lengthOf(run) - 1] : []),
  },
};

function lengthOf(run: StepLabels): number {
  return run.step_count ?? Math.max(-1, ...run.incorrect, ...run.unuseful) + 1;
}

function subsetOf(
  runs: readonly StepLabels[],
  predicted: (run: StepLabels) => ReadonlySet<number> | undefined,
): StepSetSubset {
  const scores = runs.map((run) => setScore(predicted(run) ?? EMPTY, run.incorrect));
  const mean = (key: keyof SetScore) => scores.reduce((sum, score) => sum + score[key], 0) / runs.length;
  let [hits, named, wrong] = [0, 0, 0];
  for (const run of runs) {
    const own = predicted(run) ?? EMPTY;
    hits += [...own].filter((step) => run.incorrect.has(step)).length;
    named += own.size;
    wrong += run.incorrect.size;
  }
  return {
    n: runs.length,
    precision: mean("precision"),
    recall: mean("recall"),
    f1: mean("f1"),
    micro: ofCounts(hits, named, wrong),
    no_prediction: runs.filter((run) => predicted(run) === undefined).length,
  };
}
