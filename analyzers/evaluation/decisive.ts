import { CulpritError } from "@culprit/schemas";
import type { LabelledRun } from "../attribution/ranker/examples.ts";
import { foldsByTask } from "../attribution/ranker/folds.ts";
import type { AnswerCache } from "./answer-cache.ts";
import { BASELINES, type BaselineHit, fitBaselines } from "./baselines.ts";
import { loadRuns } from "./benchmarks.ts";
import { type Contestant, type ContestantOptions, type Entered, enter, publishedRates } from "./contestant.ts";
import type { EvaluateOptions } from "./evaluate.ts";
import type { EvaluationReport, SubsetReport } from "./report.ts";
import { bySubset, compareOn, subsetReport } from "./score.ts";

const DEFAULT_SEED = 1;

/** Scores who and where; see `evaluate`. */
export async function evaluateDecisive(
  contestant: Contestant,
  options: EvaluateOptions & { answers?: AnswerCache | undefined },
): Promise<EvaluationReport> {
  const { runs, skipped, notes } = await loadRuns(options.benchmark, options.data, options);
  if (runs.length === 0) {
    throw new CulpritError("benchmark_empty", `No labelled ${options.benchmark} run was found.`, {
      mend:
        options.benchmark === "store"
          ? "Label failed runs first: by replay, injection or on the page."
          : "Point --data at the directory of the benchmark's files.",
    });
  }
  const seed = options.seed ?? DEFAULT_SEED;
  const asking: ContestantOptions = {
    seed,
    roots: typeof options.data === "string" ? [options.data] : options.data,
    weights: options.weights,
    groundTruth: options.groundTruth,
    concurrency: options.concurrency,
    cache: options.answers,
    signal: options.signal,
    onProgress: options.onProgress,
  };
  const entered = await enter(contestant, runs, asking);
  const second = options.compare === undefined ? undefined : await enter(options.compare, runs, asking);
  const folds = "folds" in contestant ? contestant.folds : undefined;
  const first = skipped[0];
  return {
    kind: "decisive",
    benchmark: options.benchmark,
    strategy: entered.name,
    strategy_version: entered.version,
    scoring: options.scoring ?? "exact",
    setting: entered.setting,
    ground_truth: options.groundTruth === true,
    folds: folds ?? null,
    seed: entered.setting === "in-distribution" ? seed : null,
    subsets: await subsetsOf(entered, runs, options),
    baselines: baselineRates(runs, folds, seed),
    trained_on: entered.trainedOn,
    ...(second === undefined ? {} : { compare: await comparison(entered, second, runs, options) }),
    warnings: [
      ...entered.warnings,
      ...(second?.warnings ?? []).map((warning) => `${second?.name}: ${warning}`),
      ...(first === undefined
        ? []
        : [`${skipped.length} files or runs were left out; the first: ${first.path} (${first.reason})`]),
      ...notes,
    ],
    skipped: skipped.map(({ path, code, reason }) => ({ path, code, reason })),
    duration_ms: entered.durationMs,
    runs_per_second: runs.length / Math.max(1e-9, entered.durationMs / 1000),
  };
}

async function subsetsOf(
  entered: Entered,
  runs: readonly LabelledRun[],
  options: EvaluateOptions,
): Promise<Record<string, SubsetReport>> {
  const exact = bySubset(runs, (own) => subsetReport(own, entered.said, options.prices));
  if (options.scoring !== "published") return exact;
  const published = await publishedRates(entered, runs);
  return Object.fromEntries(
    Object.entries(exact).map(([subset, own]) => {
      const rates = published[subset];
      return [subset, rates === undefined ? own : { ...own, n: rates.total, agent: rates.agent, step: rates.step }];
    }),
  );
}

async function comparison(
  entered: Entered,
  second: Entered,
  runs: readonly LabelledRun[],
  options: EvaluateOptions,
): Promise<NonNullable<EvaluationReport["compare"]>> {
  return {
    strategy: second.name === entered.name ? `${second.name} (${second.setting})` : second.name,
    strategy_version: second.version,
    setting: second.setting,
    subsets: await subsetsOf(second, runs, options),
    paired: {
      all: compareOn(runs, entered.said, second.said),
      ...bySubset(runs, (own) => compareOn(own, entered.said, second.said)),
    },
  };
}

function baselineRates(
  runs: readonly LabelledRun[],
  folds: number | undefined,
  seed: number,
): EvaluationReport["baselines"] {
  const foldOf =
    folds === undefined
      ? runs.map(() => 0)
      : foldsByTask(
          runs.map((run) => run.trajectory.task_id),
          folds,
          seed,
        );
  const hits = new Map<LabelledRun, Record<string, BaselineHit>>();
  for (const fold of new Set(foldOf)) {
    const fitted = fitBaselines(folds === undefined ? runs : runs.filter((_, i) => foldOf[i] !== fold));
    for (const run of runs.filter((_, i) => foldOf[i] === fold)) {
      hits.set(run, Object.fromEntries(Object.entries(fitted).map(([name, baseline]) => [name, baseline(run)])));
    }
  }
  const mean = (own: readonly LabelledRun[], name: string, key: keyof BaselineHit) =>
    own.reduce((sum, run) => sum + (hits.get(run)?.[name]?.[key] ?? 0), 0) / own.length;
  return Object.fromEntries(
    Object.entries(BASELINES).map(([name, description]) => [
      name,
      {
        description,
        subsets: bySubset(runs, (own) => ({ agent: mean(own, name, "agent"), step: mean(own, name, "step") })),
      },
    ]),
  );
}
