import type { LabelledRun } from "../attribution/ranker/examples.ts";
import { mcnemarExact } from "./mcnemar.ts";
import type { Comparison, Cost, LengthReport, SubsetReport } from "./report.ts";
import type { Said } from "./said.ts";
import { type Rate, wilson } from "./wilson.ts";

/** Per million tokens, in whatever currency the caller reckons. */
export interface TokenPrices {
  input: number;
  output: number;
}

/** Runs by how many steps they have; judges fall off a cliff at about 30. */
export const LENGTH_BUCKETS = [
  { name: "<=10", least: 0, most: 10 },
  { name: "11-30", least: 11, most: 30 },
  { name: ">30", least: 31, most: Number.POSITIVE_INFINITY },
] as const;

export type Answers = ReadonlyMap<string, Said | null>;

export function agentHit(run: LabelledRun, said: Answers): boolean {
  const own = said.get(run.trajectory.trace_id);
  return own?.step !== null && own?.agent === run.agent;
}

export function stepHit(run: LabelledRun, said: Answers): boolean {
  const own = said.get(run.trajectory.trace_id);
  return own?.agent !== null && own?.step === run.step;
}

/** What is reported of one subset; the denominator is every labelled run, answered or not. */
export function subsetReport(runs: readonly LabelledRun[], said: Answers, prices?: TokenPrices): SubsetReport {
  const within = { "1": 0, "3": 0, "5": 0 };
  const distances: number[] = [];
  const confidences: number[] = [];
  let none = 0;
  for (const run of runs) {
    const own = said.get(run.trajectory.trace_id);
    if (!own || own.agent === null || own.step === null) {
      none++;
      continue;
    }
    if (own.confidence !== null) confidences.push(own.confidence);
    const distance = Math.abs(own.step - run.step);
    distances.push(distance);
    for (const k of ["1", "3", "5"] as const) if (distance <= Number(k)) within[k] += 1 / runs.length;
  }
  return {
    n: runs.length,
    agent: rate(runs, (run) => agentHit(run, said)),
    step: rate(runs, (run) => stepHit(run, said)),
    within,
    mean_distance: distances.length === 0 ? null : mean(distances),
    no_blame: none,
    unblamable: runs.filter((run) => run.trajectory.steps[run.step]?.role !== "agent").length,
    mean_confidence: confidences.length === 0 ? null : mean(confidences),
    by_length: byLength(runs, said),
    cost: costOf(runs, said, prices),
  };
}

/** Two strategies on the same runs. */
export function compareOn(runs: readonly LabelledRun[], first: Answers, second: Answers): Comparison {
  const paired = (hit: (run: LabelledRun, said: Answers) => boolean) => {
    const count = (one: boolean, other: boolean) =>
      runs.filter((run) => hit(run, first) === one && hit(run, second) === other).length;
    const onlyFirst = count(true, false);
    const onlySecond = count(false, true);
    return {
      both: count(true, true),
      only_first: onlyFirst,
      only_second: onlySecond,
      neither: count(false, false),
      p: mcnemarExact(onlyFirst, onlySecond),
    };
  };
  return { n: runs.length, agent: paired(agentHit), step: paired(stepHit) };
}

function byLength(runs: readonly LabelledRun[], said: Answers): Record<string, LengthReport> {
  return Object.fromEntries(
    LENGTH_BUCKETS.map(({ name, least, most }) => {
      const own = runs.filter(({ trajectory: { steps } }) => steps.length >= least && steps.length <= most);
      return [
        name,
        {
          n: own.length,
          agent: rate(own, (run) => agentHit(run, said)),
          step: rate(own, (run) => stepHit(run, said)),
        },
      ];
    }),
  );
}

function costOf(runs: readonly LabelledRun[], said: Answers, prices: TokenPrices | undefined): Cost {
  const all = runs.map((run) => said.get(run.trajectory.trace_id));
  const input = mean(all.map((own) => own?.input_tokens ?? 0));
  const output = mean(all.map((own) => own?.output_tokens ?? 0));
  return {
    input_tokens: input,
    output_tokens: output,
    price: prices === undefined ? null : (input * prices.input + output * prices.output) / 1e6,
    seconds: mean(all.map((own) => own?.duration_ms ?? 0)) / 1000,
  };
}

function rate(runs: readonly LabelledRun[], hit: (run: LabelledRun) => boolean): Rate {
  return wilson(runs.filter(hit).length, runs.length);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Something of every subset, in the order of their names. */
export function bySubset<Run extends { subset: string }, T>(
  runs: readonly Run[],
  of: (own: Run[], subset: string) => T,
): Record<string, T> {
  const subsets = [...new Set(runs.map((run) => run.subset))].sort();
  return Object.fromEntries(
    subsets.map((subset) => [
      subset,
      of(
        runs.filter((run) => run.subset === subset),
        subset,
      ),
    ]),
  );
}
