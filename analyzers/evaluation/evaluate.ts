import { type Client, CulpritError } from "@culprit/schemas";
import type { RankerWeights } from "../attribution/ranker/weights.ts";
import type { Strategy } from "../attribution/strategy.ts";
import { openAnswerCache } from "./answer-cache.ts";
import { BENCHMARK_TABLE, BENCHMARKS, type Benchmark } from "./benchmarks.ts";
import type { Contestant } from "./contestant.ts";
import { evaluateDecisive } from "./decisive.ts";
import type { AnyReport, EvaluationReport, SpanErrorReport, StepSetReport } from "./report.ts";
import type { TokenPrices } from "./score.ts";
import { evaluateSpans } from "./span-errors.ts";
import { evaluateSteps } from "./step-sets.ts";

export interface EvaluateOptions {
  benchmark: Benchmark;
  /** Directories or files; for Who&When one that holds `algorithm-generated/` and `hand-crafted/`, or either alone. */
  data: string | readonly string[];
  /** `ranker` (the default), or any strategy; only the ranker is trained here. */
  strategy?: "ranker" | Strategy;
  /** A file of somebody else's outputs in place of a strategy. */
  predictions?: string;
  /** A second strategy or file on the same runs. */
  compare?: { strategy: "ranker" | Strategy } | { predictions: string };
  /** Cross-validation of the ranker within the benchmark. */
  folds?: number;
  /** Directories to train the ranker on instead: transfer. */
  trainOn?: readonly string[];
  seed?: number;
  scoring?: "exact" | "published";
  /** Show strategies the right answer; said in the report. */
  groundTruth?: boolean;
  /** Weights for `ranker` where it is not trained; the shipped ones by default. */
  weights?: RankerWeights;
  /** Runs in flight. */
  concurrency?: number;
  /** File in which answers are kept, so that an evaluation that was cut off goes on. */
  cache?: string;
  prices?: TokenPrices;
  /** The way to the runs, for the benchmark `store`. */
  client?: Client;
  /** How far back labels of `store` are looked for. */
  since?: string;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** Reports by kind of benchmark, so that a caller who names one knows what comes. */
export type ReportOf<Name extends Benchmark> = (typeof BENCHMARK_TABLE)[Name]["kind"] extends "decisive"
  ? EvaluationReport
  : (typeof BENCHMARK_TABLE)[Name]["kind"] extends "steps"
    ? StepSetReport
    : (typeof BENCHMARK_TABLE)[Name]["kind"] extends "spans"
      ? SpanErrorReport
      : AnyReport;

/**
 * Scores a strategy, or somebody's predictions, on a labelled benchmark. A run is right when the predicted agent
 * (step) equals the label; one without a blame is wrong. The denominator is every labelled run, also those whose
 * label is no agent step.
 *
 * @throws CulpritError `benchmark_unknown`, `benchmark_empty`, `evaluation_impossible`, `folds_invalid`,
 * `strategy_not_trainable`, `transfer_overlap`, `predictions_unreadable`, `predictions_ambiguous`,
 * `predictions_needed`, `scoring_impossible`, `cache_unreadable`
 */
export async function evaluate<Name extends Benchmark>(
  options: EvaluateOptions & { benchmark: Name },
): Promise<ReportOf<Name>>;
export async function evaluate(options: EvaluateOptions): Promise<AnyReport> {
  if (!BENCHMARKS.includes(options.benchmark)) {
    throw new CulpritError("benchmark_unknown", `There is no benchmark ${options.benchmark}.`, {
      mend: `Known benchmarks: ${BENCHMARKS.join(", ")}.`,
    });
  }
  const { kind } = BENCHMARK_TABLE[options.benchmark];
  if (options.scoring === "published" && options.benchmark !== "who-and-when" && options.benchmark !== "promas") {
    throw new CulpritError("scoring_impossible", `There is no published scoring of ${options.benchmark} here.`, {
      mend: "It is the official Who&When evaluator's, for directories of one JSON file a run.",
    });
  }
  if (kind === "steps") return await evaluateSteps(options);
  if (kind === "spans") return await evaluateSpans(options);
  const cache = options.cache === undefined ? undefined : await openAnswerCache(options.cache);
  return await evaluateDecisive(contestantOf(options), { ...options, answers: cache });
}

function contestantOf(options: EvaluateOptions): Contestant {
  const { strategy = "ranker", predictions, folds, trainOn } = options;
  if (predictions !== undefined && options.strategy !== undefined) {
    throw impossible("A strategy and predictions are two things to score.", "Give one, and the other to --compare.");
  }
  if (folds !== undefined && trainOn !== undefined) {
    throw impossible(
      "Folds are in-distribution, training on other data is transfer.",
      "Run them one after the other: they are two numbers.",
    );
  }
  const trained = folds !== undefined || trainOn !== undefined;
  if (predictions !== undefined) {
    if (trained) throw notTrainable("a file of predictions");
    return { predictions };
  }
  if (strategy === "ranker") return { strategy, folds, trainOn };
  if (trained) throw notTrainable(`the strategy ${strategy.name}`);
  return { strategy };
}

function impossible(message: string, mend: string): CulpritError {
  return new CulpritError("evaluation_impossible", message, { mend });
}

function notTrainable(what: string): CulpritError {
  return new CulpritError("strategy_not_trainable", `Nothing trains ${what} here, so folds mean nothing.`, {
    mend: "Leave --folds and --train-on out.",
  });
}
