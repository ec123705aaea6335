import type { Attribution, Config, RunSummary } from "@culprit/schemas";
import type { Store } from "@culprit/store";
import PQueue from "p-queue";
import { attributeTrajectory, isTransient } from "../attribution/attribute.ts";
import type { Strategy } from "../attribution/strategy.ts";
import { createBatcher } from "./batcher.ts";
import type { Entry, Inbox } from "./inbox.ts";
import type { WorkerLog } from "./log.ts";
import { type RunState, readRunState, wantsAttribution } from "./run-state.ts";
import { summarise } from "./summarise.ts";

export interface AttributingOptions {
  store: Store;
  strategy: Strategy;
  fallback: Strategy | undefined;
  reattribute: Config["reattribute"] | undefined;
  /** Attributions at a time. */
  concurrency: number;
  log: WorkerLog;
  now: () => number;
  /** The inbox in use. */
  inbox(): Inbox;
  /** Called for every failure, with the store's time (0 where it does not answer). */
  failed(run: Pick<Entry, "project" | "trace_id">, nowMs: number, error: unknown): void;
}

/** The second half of the worker's work: runs that wait to be attributed, are asked about, and are saved. */
export interface Attributing {
  wants(state: RunState): boolean;
  /** Takes the run unless it is under way. */
  enqueue(run: Entry, state: RunState): void;
  /** The run was derived: what is under way for an older arrival of it is outdated. */
  derived(run: Entry): void;
  /** Keys of the runs under way, and when they arrived. */
  underWay(): { key: string; arrivedMs: number }[];
  /** How many were attributed. */
  attributed(): number;
  onIdle(): Promise<void>;
  /** Aborts what is asked; what waits is never asked. */
  abort(): void;
  /** After {@link abort}, once idle: nothing is under way. */
  forget(): void;
  /** After {@link abort}: takes runs again. */
  resume(): void;
}

/** Characters of runs kept in memory between deriving and attributing them; past it they are read again. */
const MOST_KEPT_CHARS = 32_000_000;
/** Runs that are read and saved beside those asked about: a store that takes its time leaves no slot empty. */
const SAVERS = 48;
/** Saves wait this long for others to join them. */
const LINGER_MS = 100;
/** Endpoint failures in a row, over all runs, that make an outage: what it parked is tried again after it. */
const OUTAGE = 5;

export function createAttributing(options: AttributingOptions): Attributing {
  const { store, strategy, fallback, log, now, concurrency, failed } = options;
  const attributing = new PQueue({ concurrency: 2 * concurrency + SAVERS });
  const asking = new PQueue({ concurrency });
  const saveAttribution = createBatcher<Attribution>((attributions) => store.saveAttributions(attributions), LINGER_MS);
  const saveRun = createBatcher<RunSummary>((runs) => store.saveRuns(runs), LINGER_MS);
  const underWays = new Map<string, UnderWay>();
  let aborter = new AbortController();
  let attributed = 0;
  let awayInARow = 0;
  let keptChars = 0;
  const wants = (state: RunState) => wantsAttribution(state, strategy, options.reattribute);

  function enqueue(run: Entry, state: RunState): void {
    if (underWays.has(run.key)) return;
    const underWay: UnderWay = { arrivedMs: run.touched_at_ms, outdated: false };
    underWays.set(run.key, underWay);
    const chars = charsOf(state);
    const kept = keptChars + chars <= MOST_KEPT_CHARS ? state : undefined;
    if (kept !== undefined) keptChars += chars;
    void attributing.add(async () => {
      try {
        await attribute(run, kept, underWay);
      } catch (error) {
        if (!aborter.signal.aborted) failed(run, await store.now().catch(() => 0), error);
      } finally {
        if (kept !== undefined) keptChars -= chars;
        underWays.delete(run.key);
      }
    });
  }

  async function attribute(
    { key, project, trace_id }: Entry,
    kept: RunState | undefined,
    underWay: UnderWay,
  ): Promise<void> {
    const state =
      kept === undefined || underWay.outdated || options.inbox().has(key)
        ? await readRunState(store, project, trace_id)
        : kept;
    if (state === null || !wants(state)) return;
    const { signal } = aborter;
    const attribution = await asking.add(() => {
      signal.throwIfAborted();
      return attributeTrajectory(state.trajectory, strategy, { fallback, signal, now });
    });
    await saveAttribution(attribution);
    attributed++;
    log("info", "attributed", {
      trace_id,
      status: attribution.status,
      agent: attribution.agent,
      step: attribution.step,
    });
    // An attribution can take minutes. What waits here is derived again by a scan; else what arrived meanwhile, or was
    // attributed by others while this one found nobody by itself, is read before the summary is saved.
    const inbox = options.inbox();
    if (!inbox.again(key)) {
      const known = !underWay.outdated && attribution.status === "attributed";
      const after = known ? { ...state, attributions: withOne(state.attributions, attribution) } : undefined;
      const current = after ?? (await readRunState(store, project, trace_id)) ?? state;
      await saveRun(summarise(current.trajectory, current.attributions, current.annotations, true));
    }
    if (isTransient(attribution)) {
      awayInARow++;
      failed({ project, trace_id }, await store.now(), attribution.reason);
      return;
    }
    inbox.succeeded(key);
    if (awayInARow >= OUTAGE && inbox.unpark() > 0) log("info", "the endpoint is back: parked runs are tried again");
    awayInARow = 0;
  }

  return {
    wants,
    enqueue,
    derived({ key, touched_at_ms }) {
      const underWay = underWays.get(key);
      if (underWay !== undefined && underWay.arrivedMs !== touched_at_ms) underWay.outdated = true;
    },
    underWay: () => [...underWays].map(([key, { arrivedMs }]) => ({ key, arrivedMs })),
    attributed: () => attributed,
    async onIdle() {
      await attributing.onIdle();
    },
    abort() {
      aborter.abort(new Error("the analyzer is stopping"));
      attributing.clear();
    },
    resume() {
      if (!aborter.signal.aborted) return;
      aborter = new AbortController();
    },
    forget() {
      underWays.clear();
      keptChars = 0;
    },
  };
}

/** A run queued or asked about. */
interface UnderWay {
  /** The arrival it was derived for. */
  arrivedMs: number;
  /** Derived again for a newer one since. */
  outdated: boolean;
}

function withOne(attributions: readonly Attribution[], made: Attribution): Attribution[] {
  const replaced = ({ strategy, strategy_version }: Attribution) =>
    strategy === made.strategy && strategy_version === made.strategy_version;
  return [...attributions.filter((other) => !replaced(other)), made];
}

function charsOf({ trajectory }: RunState): number {
  let chars = 0;
  for (const { content, input } of trajectory.steps) {
    chars += content.length;
    for (const { parts } of input) for (const part of parts) chars += String(part.content ?? "").length;
  }
  return chars;
}
