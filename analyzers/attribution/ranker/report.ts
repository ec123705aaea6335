import { wilson } from "../../evaluation/wilson.ts";
import { type Blame, crossValidate, trainAndAsk } from "./blame.ts";
import type { Example, LabelledRun } from "./examples.ts";
import { FEATURE_GROUPS } from "./features/groups.ts";
import { foldsByTask } from "./folds.ts";
import { rounded } from "./weights.ts";

/** What the ranker said of each run, by trace id. */
export type Said = ReadonlyMap<string, Blame | null>;

/** Accuracy as fractions. */
export interface Accuracy {
  n: number;
  agent: number;
  step: number;
  /** Mean −log of the probability given to the labelled step: finer than hits. */
  log_loss: number;
}

/** Accuracy over repeats with other splits; the interval (Wilson, 95 %) is of the mean over the runs counted once. */
export interface RepeatedAccuracy extends Accuracy {
  agent_interval: [number, number];
  step_interval: [number, number];
  /** [agent, step] of each repeat. */
  repeats: [number, number][];
}

export interface CalibrationBin {
  /** Confidence from (inclusive) and to. */
  from: number;
  to: number;
  count: number;
  confidence: number;
  accuracy: number;
}

export interface Calibration {
  bins: CalibrationBin[];
  /** Mean distance between confidence and step accuracy, weighted by the bins' counts. */
  expected_calibration_error: number;
  /** What abstaining below a confidence leaves, and how often that is right. */
  thresholds: { below: number; answered: number; step: number; agent: number }[];
}

export interface RankerReport {
  folds: number;
  seeds: number[];
  /** In-distribution: nested cross-validation grouped by task. */
  nested: Record<string, RepeatedAccuracy>;
  /** In-distribution: random splits by task, a quarter held out. */
  splits: Record<string, RepeatedAccuracy>;
  /** Change against `nested` at the same seeds, when a feature group is left out. */
  ablation: { without: string; subsets: Record<string, Accuracy> }[];
  calibration: Calibration;
  /** Trained on the auxiliary runs alone, tested on all others; null without auxiliary runs. */
  transfer: { trained_on: Record<string, number>; subsets: Record<string, RepeatedAccuracy> } | null;
}

export interface RankerReportOptions {
  folds?: number;
  seeds?: readonly number[];
  /** Seeds of the ablation, the costliest part. */
  ablationSeeds?: readonly number[];
  /** How many random splits. */
  splits?: number;
  /** Runs of other systems for the transfer alone, besides the auxiliary ones. */
  transferFrom?: readonly Example[];
  onProgress?: (message: string) => void;
}

const BINS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1];
const THRESHOLDS = [0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];

/** Everything that is measured of the ranker on labelled runs. Minutes, not seconds: every number is trained for. */
export function rankerReport(
  runs: readonly LabelledRun[],
  examples: readonly Example[],
  options: RankerReportOptions = {},
): RankerReport {
  const folds = options.folds ?? 10;
  const seeds = [...(options.seeds ?? [1, 2, 3])];
  const say = options.onProgress ?? (() => {});
  const validated = new Map<number, Said>();
  const validate = (seed: number): Said => {
    const known = validated.get(seed);
    if (known) return known;
    say(`nested cross-validation, seed ${seed}`);
    const said = crossValidate(examples, { folds, seed });
    validated.set(seed, said);
    return said;
  };
  const nested = seeds.map(validate);
  const ablationSeeds = options.ablationSeeds ?? seeds.slice(0, 3);
  const base = accuracies(runs, ablationSeeds.map(validate));
  return {
    folds,
    seeds,
    nested: repeated(runs, nested),
    splits: repeated(runs, randomSplits(examples, options.splits ?? 8, say)),
    ablation: FEATURE_GROUPS.map(({ name }) => {
      say(`without ${name}`);
      const own = ablationSeeds.map((seed) => crossValidate(examples, { folds, seed, without: [name] }));
      return { without: name, subsets: difference(accuracies(runs, own), base) };
    }),
    calibration: calibration(runs, nested),
    transfer: transfer(runs, examples, options.transferFrom ?? []),
  };
}

/** Mean accuracy over the repeats; `n` counts runs once. Runs that a repeat did not ask about do not count in it. */
export function accuracies(runs: readonly LabelledRun[], repeats: readonly Said[]): Record<string, Accuracy> {
  return Object.fromEntries(
    subsetsOf(runs).map(([subset, own]) => {
      let asked = 0;
      let agent = 0;
      let step = 0;
      let loss = 0;
      let labelled = 0;
      for (const said of repeats) {
        for (const run of own) {
          const blame = said.get(run.trajectory.trace_id);
          if (blame === undefined) continue;
          asked++;
          if (blame?.agent === run.agent) agent++;
          if (blame?.step === run.step) step++;
          if (blame?.label_chance === undefined) continue;
          labelled++;
          loss -= Math.log(Math.max(1e-12, blame.label_chance));
        }
      }
      const share = (hits: number) => rounded(hits / Math.max(1, asked));
      const log_loss = rounded(loss / Math.max(1, labelled));
      return [subset, { n: own.length, agent: share(agent), step: share(step), log_loss }];
    }),
  );
}

function repeated(runs: readonly LabelledRun[], repeats: readonly Said[]): Record<string, RepeatedAccuracy> {
  const each = repeats.map((said) => accuracies(runs, [said]));
  return Object.fromEntries(
    Object.entries(accuracies(runs, repeats)).map(([subset, mean]) => {
      const interval = (share: number): [number, number] => {
        const { low, high } = wilson(Math.round(share * mean.n), mean.n);
        return [rounded(low), rounded(high)];
      };
      const own = each.map((one): [number, number] => [one[subset]?.agent ?? 0, one[subset]?.step ?? 0]);
      return [
        subset,
        { ...mean, agent_interval: interval(mean.agent), step_interval: interval(mean.step), repeats: own },
      ];
    }),
  );
}

/** A quarter of the tasks held out, again and again. */
function randomSplits(examples: readonly Example[], count: number, say: (message: string) => void): Said[] {
  const main = examples.filter((example) => !example.auxiliary);
  return Array.from({ length: count }, (_, i) => {
    say(`random split ${i + 1} of ${count}`);
    const fold = foldsByTask(
      main.map((example) => example.task_id),
      4,
      1000 + i,
    );
    return trainAndAsk(
      examples,
      main.filter((_, place) => fold[place] === 0),
      { seed: 1 },
    );
  });
}

function transfer(
  runs: readonly LabelledRun[],
  examples: readonly Example[],
  more: readonly Example[],
): RankerReport["transfer"] {
  const others = [...examples.filter((example) => example.auxiliary), ...more];
  if (others.length === 0) return null;
  const trained = others.map((example) => ({ ...example, auxiliary: false }));
  const main = examples.filter((example) => !example.auxiliary);
  const said = trainAndAsk(trained, main, { seed: 1 });
  const counts: Record<string, number> = {};
  for (const { subset } of others) counts[subset] = (counts[subset] ?? 0) + 1;
  return { trained_on: counts, subsets: repeated(runs, [said]) };
}

/** How far the confidence can be believed: the share of right steps among those said with about that confidence. */
export function calibration(runs: readonly LabelledRun[], repeats: readonly Said[]): Calibration {
  const asked = repeats.flatMap((said) =>
    runs.flatMap((run) => {
      const blame = said.get(run.trajectory.trace_id);
      if (!blame) return [];
      const { confidence } = blame;
      return [{ confidence, step: blame.step === run.step, agent: blame.agent === run.agent }];
    }),
  );
  const bins = BINS.slice(0, -1).map((from, i): CalibrationBin => {
    const to = BINS[i + 1] ?? 1;
    const own = asked.filter(({ confidence }) => confidence >= from && (confidence < to || to === 1));
    return {
      from,
      to,
      count: own.length,
      confidence: mean(own.map(({ confidence }) => confidence)),
      accuracy: mean(own.map(({ step }) => Number(step))),
    };
  });
  const error = bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.confidence - bin.accuracy), 0);
  return {
    bins,
    expected_calibration_error: rounded(error / Math.max(1, asked.length)),
    thresholds: THRESHOLDS.map((below) => {
      const own = asked.filter(({ confidence }) => confidence >= below);
      return {
        below,
        answered: rounded(own.length / Math.max(1, asked.length)),
        step: mean(own.map(({ step }) => Number(step))),
        agent: mean(own.map(({ agent }) => Number(agent))),
      };
    }),
  };
}

function difference(left: Record<string, Accuracy>, right: Record<string, Accuracy>): Record<string, Accuracy> {
  return Object.fromEntries(
    Object.entries(left).map(([subset, { n, agent, step, log_loss }]) => [
      subset,
      {
        n,
        agent: rounded(agent - (right[subset]?.agent ?? 0)),
        step: rounded(step - (right[subset]?.step ?? 0)),
        log_loss: rounded(log_loss - (right[subset]?.log_loss ?? 0)),
      },
    ]),
  );
}

function subsetsOf(runs: readonly LabelledRun[]): [string, LabelledRun[]][] {
  const subsets = [...new Set(runs.map((run) => run.subset))].sort();
  return subsets.map((subset) => [subset, runs.filter((run) => run.subset === subset)]);
}

function mean(values: readonly number[]): number {
  return rounded(values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length));
}
