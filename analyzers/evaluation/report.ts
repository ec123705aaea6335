import type { Rate } from "./wilson.ts";

/**
 * What kind of evidence an accuracy is; two kinds are never mixed in one number.
 *
 * - `in-distribution`: every run predicted by a model trained on other tasks of the same set (nested cross-validation)
 * - `transfer`: trained on other sets only; no evaluated run, no task of one, was seen
 * - `seen`: some evaluated runs were trained on: no evidence
 * - `zero-shot`: a strategy that is not trained here
 * - `predictions`: somebody else's outputs; how they were made is not known
 */
export type Setting = "in-distribution" | "transfer" | "seen" | "zero-shot" | "predictions";

export interface LengthReport {
  n: number;
  agent: Rate;
  step: Rate;
}

/** Means a trajectory. */
export interface Cost {
  input_tokens: number;
  output_tokens: number;
  /** In the currency of the prices; null where none were given. */
  price: number | null;
  seconds: number;
}

export interface SubsetReport {
  n: number;
  agent: Rate;
  step: Rate;
  /** Share of runs whose predicted step lies at most k steps from the label. */
  within: { "1": number; "3": number; "5": number };
  /** Steps between prediction and label, over the runs with a prediction; null where there is none. */
  mean_distance: number | null;
  /** Runs without a blame; they count as wrong. */
  no_blame: number;
  /** Runs whose label is no agent's step, which no strategy may blame; they count as wrong. */
  unblamable: number;
  mean_confidence: number | null;
  /** By number of steps: `<=10`, `11-30`, `>30`. */
  by_length: Record<string, LengthReport>;
  cost: Cost;
}

export interface PairedCounts {
  both: number;
  only_first: number;
  only_second: number;
  neither: number;
  /** McNemar's exact test, two-sided. */
  p: number;
}

export interface Comparison {
  n: number;
  agent: PairedCounts;
  step: PairedCounts;
}

interface ReportBase {
  benchmark: string;
  strategy: string;
  strategy_version: string;
  scoring: "exact" | "published";
  setting: Setting;
  /** The strategy saw the right answer of the task. */
  ground_truth: boolean;
  warnings: string[];
  skipped: { path: string; code: string; reason: string }[];
  duration_ms: number;
  runs_per_second: number;
}

/** The document of `culprit evaluate --json` where one agent and one step are to be named. Rates are fractions. */
export interface EvaluationReport extends ReportBase {
  kind: "decisive";
  folds: number | null;
  seed: number | null;
  subsets: Record<string, SubsetReport>;
  /** By name, by subset. Without folds their constants come from the evaluated runs themselves. */
  baselines: Record<string, { description: string; subsets: Record<string, { agent: number; step: number }> }>;
  /** Evaluated runs that the weights were trained on. Not 0: the accuracy is no evidence. */
  trained_on: number;
  /** The second strategy on the same runs; `all` and each subset. Absent where none was named. */
  compare?: {
    strategy: string;
    strategy_version: string;
    setting: Setting;
    subsets: Record<string, SubsetReport>;
    paired: Record<string, Comparison>;
  };
}

export interface StepSetSubset {
  n: number;
  /** Means over the trajectories. */
  precision: number;
  recall: number;
  f1: number;
  /** Over all steps of all trajectories together. */
  micro: { precision: number; recall: number; f1: number };
  /** The same of the steps that are only useless; no part of the figures above. */
  unuseful: { precision: number; recall: number; f1: number };
  cost: Cost;
  /** Trajectories without a prediction; theirs is the empty set. */
  no_prediction: number;
}

/** The document for sets of wrong steps (CodeTraceBench). */
export interface StepSetReport extends ReportBase {
  kind: "steps";
  subsets: Record<string, StepSetSubset>;
  baselines: Record<
    string,
    { description: string; subsets: Record<string, Pick<StepSetSubset, "precision" | "recall" | "f1">> }
  >;
}

export interface SpanErrorSubset {
  n: number;
  /** Mean share of a trace's annotated locations that were named, and of its (location, category) pairs. */
  location: number;
  joint: number;
  /** Of the locations named, the share that is annotated; extra ones cost nothing in the two above. */
  location_precision: number;
  /** Categories present in a trace, weighted by how often each is annotated; null where no categories were given. */
  category_f1: number | null;
  no_prediction: number;
}

/** The document for errors annotated on spans (TRAIL). */
export interface SpanErrorReport extends ReportBase {
  kind: "spans";
  subsets: Record<string, SpanErrorSubset>;
  baselines: Record<string, { description: string; subsets: Record<string, Pick<SpanErrorSubset, "location">> }>;
}

export type AnyReport = EvaluationReport | StepSetReport | SpanErrorReport;
