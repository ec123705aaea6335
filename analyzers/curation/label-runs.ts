import { CulpritError, describeError } from "@culprit/schemas";
import PQueue from "p-queue";
import type { ReplayBudget } from "../replay/budget.ts";
import { RefusedIntervention } from "../replay/intervention.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import { type LabelledRun, type LabelRunOptions, labelRun, notReplayable, type OpenRun } from "./label-run.ts";

export interface LabelRunsOptions extends Omit<LabelRunOptions, "budget"> {
  /** In the order they are tried. */
  traceIds: readonly string[];
  /** Opens a run for `work` and closes it after. */
  withRun: <Value>(traceId: string, work: (run: OpenRun) => Promise<Value>) => Promise<Value>;
  journal: Journal;
  /** Names what the labels depend on, besides the run: an entry of other settings does not count. */
  settings: string;
  /** Runs at a time. Default 1. The system must stand being run that often at once. */
  parallel?: number;
  /** What all runs together may spend; a run is not started after it. */
  budget?: ReplayBudget;
  onProgress?: (progress: LabelProgress) => void;
  /** Told what went wrong with a run that could not be tried at all. */
  onProblem?: (traceId: string, problem: string) => void;
  signal?: AbortSignal;
}

/** How far the labelling of many runs is. */
export interface LabelProgress {
  runs: number;
  of: number;
  /** Of them done before, as the journal says. */
  before: number;
  labelled: number;
  replays: number;
  model_calls: number;
  tokens: number;
  cost: number;
  seconds: number;
}

export interface LabelledRuns extends LabelProgress {
  /** One a run, in the order given; runs past the budget have none. */
  entries: JournalEntry[];
  /** The budget ended it. */
  spent_out: boolean;
}

/** Labels many runs, several at a time. Each is journalled when it is done, and not tried again. */
export async function labelRuns(options: LabelRunsOptions): Promise<LabelledRuns> {
  const { traceIds, journal, settings, budget = {}, onProgress } = options;
  const began = performance.now();
  const progress: LabelProgress = {
    runs: 0,
    of: traceIds.length,
    before: 0,
    labelled: 0,
    replays: 0,
    model_calls: 0,
    tokens: 0,
    cost: 0,
    seconds: 0,
  };
  const entries = new Map<string, JournalEntry>();
  let spentOut = false;
  const over = () =>
    progress.replays >= (budget.replays ?? Number.POSITIVE_INFINITY) ||
    progress.model_calls >= (budget.calls ?? Number.POSITIVE_INFINITY) ||
    progress.cost >= (budget.cost ?? Number.POSITIVE_INFINITY) ||
    performance.now() - began >= (budget.wallMs ?? Number.POSITIVE_INFINITY);
  const note = (entry: JournalEntry) => {
    entries.set(entry.trace_id, entry);
    progress.runs++;
    progress.labelled += entry.labelled.length;
    onProgress?.({ ...progress, seconds: (performance.now() - began) / 1000 });
  };
  const one = async (traceId: string) => {
    options.signal?.throwIfAborted();
    const before = journal.find(traceId, settings);
    if (before !== undefined) {
      progress.before++;
      note(before);
      return;
    }
    if (over()) {
      spentOut = true;
      return;
    }
    const entry = await label(traceId, options, progress);
    progress.replays += entry.replays;
    progress.model_calls += entry.model_calls;
    progress.tokens += entry.tokens;
    progress.cost += entry.cost;
    await journal.add(entry);
    note(entry);
  };
  const queue = new PQueue({ concurrency: options.parallel ?? 1 });
  try {
    await queue.addAll(traceIds.map((traceId) => () => one(traceId)));
  } finally {
    // Where one failed for good, the others that are under way may end, and none is begun.
    queue.clear();
    await queue.onIdle();
  }
  return {
    ...progress,
    seconds: (performance.now() - began) / 1000,
    entries: traceIds.flatMap((traceId) => entries.get(traceId) ?? []),
    spent_out: spentOut,
  };
}

async function label(
  traceId: string,
  { withRun, settings, budget = {}, onProblem, ...options }: LabelRunsOptions,
  spent: LabelProgress,
): Promise<JournalEntry> {
  const began = performance.now();
  const left = {
    replays: remaining(budget.replays, spent.replays),
    calls: remaining(budget.calls, spent.model_calls),
    cost: remaining(budget.cost, spent.cost),
    ...(budget.prices === undefined ? {} : { prices: budget.prices }),
  };
  let opened = false;
  let made: LabelledRun;
  try {
    made = await withRun(traceId, (run) => {
      opened = true;
      return labelRun(run, { ...options, budget: left });
    });
  } catch (error) {
    // The system of this run can't be opened: the others may be of another one.
    if (opened || (error instanceof CulpritError && !(error instanceof RefusedIntervention))) throw error;
    onProblem?.(traceId, describeError(error));
    made = notReplayable();
  }
  const { labelled, left_out, faults, spent: used } = made;
  return {
    trace_id: traceId,
    settings,
    labelled,
    left_out,
    faults,
    replays: used.replays,
    model_calls: used.calls,
    tokens: used.tokens,
    cost: used.cost,
    seconds: (performance.now() - began) / 1000,
  };
}

function remaining(most: number | undefined, used: number): number {
  return most === undefined ? Number.POSITIVE_INFINITY : Math.max(0, most - used);
}
