import { CulpritError } from "@culprit/schemas";
import type { LabelledRun } from "../../attribution/ranker/examples.ts";
import type { RankerWeights } from "../../attribution/ranker/weights.ts";
import { seededRandom } from "../../injection/random.ts";
import { type AnswerCache, openAnswerCache } from "../answer-cache.ts";
import { bootstrapDifference } from "../bootstrap.ts";
import { type Contestant, type Entered, enter } from "../contestant.ts";
import { agentHit, compareOn, LENGTH_BUCKETS, stepHit, subsetReport, type TokenPrices } from "../score.ts";
import { type LabelledSet, type LabelledSetOptions, loadLabelledSet, runDigest } from "./labelled-set.ts";
import {
  type ComparisonReport,
  type EntrantReport,
  type PairedReport,
  type PartReport,
  QUESTIONS,
  type Question,
} from "./report.ts";

/** One of the two. */
export interface Entrant {
  /** As the report calls it; also parts its kept answers from the other's. */
  name: string;
  contestant: Contestant;
  /** Of a ranker; the shipped ones by default. */
  weights?: RankerWeights | undefined;
  prices?: TokenPrices | undefined;
}

export interface CompareOptions extends LabelledSetOptions {
  a: Entrant;
  b: Entrant;
  /** Compare on so many runs, drawn by the seed. */
  limit?: number | undefined;
  seed?: number | undefined;
  /** Runs in flight. */
  concurrency?: number | undefined;
  /** File in which answers are kept: what was answered is not asked for again. */
  cache?: string | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((entrant: string, done: number, total: number) => void) | undefined;
}

const DEFAULT_SEED = 1;
const FEW_RUNS = 30;
const LEVEL = 0.05;
const MOST_AGENTS = 12;

/**
 * Puts the same labelled runs to two tracers and says who is right more often, and where. Neither sees a label or the
 * right answer of a task.
 *
 * @throws CulpritError `dataset_missing`, `dataset_unreadable`, `dataset_empty`, `dataset_one_class`; `comparison_incomplete`
 * when an endpoint did not answer for every run (kept answers are not asked for again); what `enter` throws
 */
export async function compareTracers(options: CompareOptions): Promise<ComparisonReport> {
  const seed = options.seed ?? DEFAULT_SEED;
  const set = await loadLabelledSet(options);
  const runs = drawn(set.runs, options.limit, seed);
  const cache = options.cache === undefined ? undefined : await openAnswerCache(options.cache);
  const a = await ask(options.a, runs, options, cache);
  const b = await ask(options.b, runs, options, cache);
  const tasks = new Set(runs.map(({ trajectory }) => trajectory.task_id)).size;
  return {
    dataset: {
      name: set.name,
      kind: set.kind,
      hash: set.hash,
      runs: runs.length,
      tasks,
      split: set.kind === "dataset" ? (options.split ?? "test") : null,
    },
    a: a.report,
    b: b.report,
    paired: pairedOn(runs, a.entered, b.entered, seed),
    where: partsOf(runs, a.entered, b.entered),
    baseline: { agent: commonest(runs.map(({ agent }) => agent)), step: commonest(runs.map(({ step }) => step)) },
    notes: notesOn(set, runs, options.limit),
  };
}

function drawn(runs: LabelledRun[], limit: number | undefined, seed: number): LabelledRun[] {
  return limit === undefined || limit >= runs.length
    ? runs
    : seededRandom("compare", seed).shuffled(runs).slice(0, limit);
}

function notesOn(set: LabelledSet, runs: readonly LabelledRun[], limit: number | undefined): string[] {
  return [
    ...set.notes,
    ...(limit !== undefined && set.runs.length > runs.length
      ? [`${runs.length} of ${set.runs.length} runs were drawn.`]
      : []),
    ...(runs.length < FEW_RUNS ? [`${runs.length} runs can only show large differences.`] : []),
  ];
}

async function ask(
  { name, contestant, weights, prices }: Entrant,
  runs: readonly LabelledRun[],
  options: CompareOptions,
  cache: AnswerCache | undefined,
): Promise<{ entered: Entered; report: EntrantReport }> {
  const own = cache === undefined ? undefined : ownAnswers(cache, name, runs);
  const entered = await enter(contestant, runs, {
    seed: options.seed ?? DEFAULT_SEED,
    roots: [options.dataset],
    concurrency: options.concurrency,
    cache: own?.cache,
    signal: options.signal,
    ...(weights === undefined ? {} : { weights }),
    onProgress: (done, total) => options.onProgress?.(name, done, total),
  });
  const away = [...entered.said.values()].filter((said) => said?.status === "tracer_unavailable").length;
  if (away > 0) {
    throw new CulpritError("comparison_incomplete", `${name} did not answer for ${away} of ${runs.length} runs.`, {
      mend:
        "See that its endpoint is up and its cost limit is not reached, then run the same command again: what was " +
        "answered is kept and not asked for again.",
    });
  }
  const { agent, step, no_blame, cost } = subsetReport(runs, entered.said, prices);
  const statuses: Record<string, number> = {};
  for (const said of entered.said.values()) {
    const status = said?.status ?? "abstained";
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  const report: EntrantReport = {
    name,
    strategy: entered.name,
    version: entered.version,
    setting: entered.setting,
    agent,
    step,
    no_blame,
    statuses,
    cost: {
      input_tokens: Math.round(cost.input_tokens * runs.length),
      output_tokens: Math.round(cost.output_tokens * runs.length),
      price: cost.price === null ? null : cost.price * runs.length,
      seconds: cost.seconds,
      from_cache: own?.used() ?? 0,
    },
    warnings:
      entered.setting === "seen"
        ? [`${entered.trainedOn} of ${runs.length} runs were in its training data: this comparison proves nothing.`]
        : entered.warnings,
  };
  return { entered, report };
}

/** A cache that knows apart what two endpoints with one model's name said, and what was said of a run before it changed. */
function ownAnswers(cache: AnswerCache, name: string, runs: readonly LabelledRun[]) {
  const digests = new Map(runs.map((run) => [run.trajectory.trace_id, runDigest(run)]));
  let used = 0;
  const own: AnswerCache = {
    get: (key) => {
      const said = cache.get(keyed(key));
      if (said !== undefined) used++;
      return said;
    },
    set: (key, said) => cache.set(keyed(key), said),
  };
  const keyed: (key: Parameters<AnswerCache["get"]>[0]) => Parameters<AnswerCache["get"]>[0] = (key) => ({
    ...key,
    version: JSON.stringify([key.version, name, digests.get(key.trace_id)]),
  });
  return { cache: own, used: () => used };
}

const HIT: Record<Question, typeof agentHit> = { agent: agentHit, step: stepHit };

function pairedOn(runs: readonly LabelledRun[], a: Entered, b: Entered, seed: number): Record<Question, PairedReport> {
  const counts = compareOn(runs, a.said, b.said);
  const paired = (question: Question): PairedReport => {
    const hit = HIT[question];
    const difference = bootstrapDifference(
      runs.map((run) => ({
        group: run.trajectory.task_id,
        difference: Number(hit(run, b.said)) - Number(hit(run, a.said)),
      })),
      { seed },
    );
    const { p } = counts[question];
    const evidence = a.setting !== "seen" && b.setting !== "seen";
    const shown = evidence && p < LEVEL && (difference.low > 0 || difference.high < 0);
    return { ...counts[question], difference, better: shown ? (difference.mean > 0 ? "b" : "a") : "undecided" };
  };
  return { agent: paired("agent"), step: paired("step") };
}

type By = PartReport["by"];

/** Into which part a run falls. */
const PARTS: Record<By, (run: LabelledRun) => string> = {
  position: ({ step, trajectory }) => {
    const third = Math.min(2, Math.floor((3 * step) / Math.max(1, trajectory.steps.length)));
    return ["first third", "middle third", "last third"][third] ?? "";
  },
  agent: ({ agent }) => agent,
  length: ({ trajectory: { steps } }) =>
    LENGTH_BUCKETS.find(({ least, most }) => steps.length >= least && steps.length <= most)?.name ?? "",
  subset: ({ subset }) => subset,
};

function partsOf(runs: readonly LabelledRun[], a: Entered, b: Entered): PartReport[] {
  return (Object.keys(PARTS) as By[]).flatMap((by) => {
    const parts = new Map<string, LabelledRun[]>();
    for (const run of runs) parts.set(PARTS[by](run), [...(parts.get(PARTS[by](run)) ?? []), run]);
    const rows = [...parts].sort(([, left], [, right]) => right.length - left.length);
    return rows
      .slice(0, by === "agent" ? MOST_AGENTS : rows.length)
      .map(([value, own]) => partOf(by, value, own, a, b));
  });
}

function partOf(by: By, value: string, own: readonly LabelledRun[], a: Entered, b: Entered): PartReport {
  const { step } = compareOn(own, a.said, b.said);
  const hits = (question: Question) => ({
    a: own.filter((run) => HIT[question](run, a.said)).length,
    b: own.filter((run) => HIT[question](run, b.said)).length,
  });
  const [agent, both] = QUESTIONS.map(hits) as [PartReport["agent"], PartReport["step"]];
  return { by, value, n: own.length, agent, step: both, only_a: step.only_first, only_b: step.only_second };
}

function commonest(values: readonly (string | number)[]): number {
  const counts = new Map<string | number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Math.max(0, ...counts.values()) / Math.max(1, values.length);
}
