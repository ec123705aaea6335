import { type Attribution, type Config, describeError, type RunSummary } from "@culprit/schemas";
import type { Store } from "@culprit/store";
import PQueue from "p-queue";
import { attributeTrajectory, isTransient } from "../attribution/attribute.ts";
import type { Strategy } from "../attribution/strategy.ts";
import { createBatcher } from "./batcher.ts";
import { createDiscovery, parseShard } from "./discover.ts";
import { createInbox, type Entry, isQuiet } from "./inbox.ts";
import { silent, type WorkerLog } from "./log.ts";
import { type RunState, readRunState, wantsAttribution } from "./run-state.ts";
import { summarise } from "./summarise.ts";

export interface AnalyzerOptions {
  store: Store;
  config: Pick<Config, "settle_seconds" | "poll_seconds" | "shard"> & Partial<Pick<Config, "reattribute">>;
  strategy: Strategy;
  /** Answers where the strategy fails. */
  fallback?: Strategy | undefined;
  log?: WorkerLog | undefined;
  /** Milliseconds since 1970, for the time an attribution is stamped with. */
  now?: (() => number) | undefined;
  /** Attributions at a time. */
  concurrency?: number | undefined;
  /** Wait after a failure, doubled up to `maxTries` failures in a row, after which a run is parked. */
  backoffMs?: number | undefined;
  maxTries?: number | undefined;
}

export interface TickResult {
  /** Runs derived and summarised. */
  derived: number;
  /** Attributions saved. */
  attributed: number;
  /** Runs that only wait to become quiet. */
  waiting: number;
}

/** What a collector shows as gauges and counters; counts since the analyzer was made. */
export interface AnalyzerMetrics {
  /** Runs that something arrived for and that are not derived, settled and attributed yet. */
  backlog: number;
  /** Since the oldest arrival of them, by this process's clock; 0 without a backlog. */
  oldest_age_seconds: number;
  attributed_total: number;
  /** Errors and endpoints that were away; each try counts. */
  failed_total: number;
  /** Runs given up until something new arrives for them. */
  parked: number;
}

/** The worker: derives trajectories of runs that something arrived for, and attributes those that failed. */
export interface Analyzer {
  /** One round: derives at most one batch, then waits for every attribution under way. Throws what the store throws. */
  tick(): Promise<TickResult>;
  /** Ticks until no run waits to settle and nothing is left to attribute; retries of failures are not waited for. */
  drain(): Promise<void>;
  /** Polls until {@link stop}; attributions do not hold up the polling. */
  start(): void;
  metrics(): AnalyzerMetrics;
  /** Ends polling and aborts attributions under way; they are made again after a restart. */
  stop(): Promise<void>;
}

const BATCH = 200;
const READERS = 4;
const MOST_BACKLOG = 5_000;
/** Runs derived before they are summarised and handed on: the first few are asked about while the others are read. */
const FIRST_CHUNK = 2 * READERS;
const CHUNK = 50;
/** Characters of runs kept in memory between deriving and attributing them; past it they are read again. */
const MOST_KEPT_CHARS = 32_000_000;
/** Runs that are read and saved beside those asked about: a store that takes its time leaves no slot empty. */
const SAVERS = 48;
/** Saves wait this long for others to join them. */
const LINGER_MS = 100;
/** Endpoint failures in a row, over all runs, that make an outage: what it parked is tried again after it. */
const OUTAGE = 5;

/**
 * Creates the worker of one shard. Work done twice changes nothing: summaries are rebuilt whole, attributions are
 * keyed by run, strategy and version. An error of one run is logged and that run tried again later, then parked.
 */
export function createAnalyzer(options: AnalyzerOptions): Analyzer {
  const { store, config, strategy, fallback, log = silent, now = Date.now } = options;
  const settleMs = config.settle_seconds * 1000;
  const newInbox = () =>
    createInbox({ settleMs, backoffMs: options.backoffMs ?? 5_000, maxTries: options.maxTries ?? 5 });
  let inbox = newInbox();
  let discovery = createDiscovery(store, parseShard(config.shard));
  const readers = new PQueue({ concurrency: READERS });
  const concurrency = options.concurrency ?? 8;
  const attributing = new PQueue({ concurrency: 2 * concurrency + SAVERS });
  const asking = new PQueue({ concurrency });
  const saveAttribution = createBatcher<Attribution>((attributions) => store.saveAttributions(attributions), LINGER_MS);
  const saveRun = createBatcher<RunSummary>((runs) => store.saveRuns(runs), LINGER_MS);
  const inFlight = new Map<string, UnderWay>();
  let aborter = new AbortController();
  const counts = { attributed: 0, failed: 0 };
  let awayInARow = 0;
  let keptChars = 0;
  let clock = { store: 0, own: 0 };
  const wanted = (state: RunState) => wantsAttribution(state, strategy, config.reattribute);

  async function scan(): Promise<number> {
    const nowMs = await store.now();
    clock = { store: nowMs, own: performance.now() };
    const { fresh, backlog } = await discovery.next(nowMs, inbox.size() < MOST_BACKLOG);
    for (const touched of fresh) inbox.note(touched, false);
    for (const touched of backlog) inbox.note(touched, true);
    inbox.forget(discovery.horizonMs());
    const batch = inbox.due(nowMs, BATCH);
    let derived = 0;
    for (let from = 0, size = FIRST_CHUNK; from < batch.length; from += size, size = CHUNK) {
      derived += await derive(batch.slice(from, from + size), nowMs);
    }
    return derived;
  }

  async function derive(entries: readonly Entry[], nowMs: number): Promise<number> {
    const summaries: RunSummary[] = [];
    const done: { entry: Entry; state: RunState | undefined }[] = [];
    const read = async (entry: Entry) => {
      try {
        const state = await readRunState(store, entry.project, entry.trace_id);
        const settled = state?.trajectory.complete === true && isQuiet(entry, nowMs, settleMs);
        if (state !== null) {
          summaries.push(summarise(state.trajectory, state.attributions, state.annotations, settled));
        }
        done.push({ entry, state: state !== null && settled && wanted(state) ? state : undefined });
      } catch (error) {
        failed(entry, nowMs, error);
      }
    };
    await readers.addAll(entries.map((entry) => () => read(entry)));
    try {
      if (summaries.length > 0) await store.saveRuns(summaries);
    } catch (error) {
      for (const { entry } of done) failed(entry, nowMs, error);
      return 0;
    }
    for (const { entry, state } of done) {
      inbox.derived(entry, nowMs);
      const underWay = inFlight.get(entry.key);
      if (underWay !== undefined && underWay.arrivedMs !== entry.touched_at_ms) underWay.outdated = true;
      if (state !== undefined) enqueue(entry, state);
    }
    return done.length;
  }

  function enqueue(run: Entry, state: RunState): void {
    if (inFlight.has(run.key)) return;
    const underWay: UnderWay = { arrivedMs: run.touched_at_ms, outdated: false };
    inFlight.set(run.key, underWay);
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
        inFlight.delete(run.key);
      }
    });
  }

  async function attribute(
    { key, project, trace_id }: Entry,
    kept: RunState | undefined,
    underWay: UnderWay,
  ): Promise<void> {
    const state =
      kept === undefined || underWay.outdated || inbox.has(key) ? await readRunState(store, project, trace_id) : kept;
    if (state === null || !wanted(state)) return;
    const { signal } = aborter;
    const attribution = await asking.add(() => {
      signal.throwIfAborted();
      return attributeTrajectory(state.trajectory, strategy, { fallback, signal, now });
    });
    await saveAttribution(attribution);
    counts.attributed++;
    log("info", "attributed", {
      trace_id,
      status: attribution.status,
      agent: attribution.agent,
      step: attribution.step,
    });
    // An attribution can take minutes. What waits here is derived again by a scan; else what arrived meanwhile, or was
    // attributed by others while this one found nobody by itself, is read before the summary is saved.
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

  function failed(run: Pick<Entry, "project" | "trace_id">, nowMs: number, error: unknown): void {
    counts.failed++;
    const parked = inbox.postpone(run, nowMs);
    const details = { trace_id: run.trace_id, error: describeError(error) };
    if (parked) log("error", "parked a run until something new arrives for it", details);
    else log("warn", "a run will be tried again", details);
  }

  function metrics(): AnalyzerMetrics {
    const arrivals = [inbox.oldestMs(), ...[...inFlight.values()].map(({ arrivedMs }) => arrivedMs)].filter(
      (at) => at !== undefined,
    );
    const nowMs = clock.store + performance.now() - clock.own;
    return {
      backlog: inbox.size() + [...inFlight.keys()].filter((key) => !inbox.has(key)).length,
      oldest_age_seconds: arrivals.length === 0 ? 0 : Math.max(0, nowMs - Math.min(...arrivals)) / 1000,
      attributed_total: counts.attributed,
      failed_total: counts.failed,
      parked: inbox.parked(),
    };
  }

  let turn: Promise<unknown> = Promise.resolve();
  /** Scans never overlap, whoever asks for them. */
  function scanInTurn(): Promise<number> {
    const result = turn.then(scan, scan);
    turn = result.catch(() => {});
    return result;
  }

  async function tick(): Promise<TickResult> {
    const before = counts.attributed;
    const derived = await scanInTurn();
    await attributing.onIdle();
    return { derived, attributed: counts.attributed - before, waiting: inbox.waiting() };
  }

  let running: Promise<void> | undefined;
  let wake: () => void = () => {};
  let stopping = false;

  async function poll(): Promise<void> {
    const pollMs = config.poll_seconds * 1000;
    for (let failures = 0; !stopping; ) {
      let pause = pollMs;
      try {
        const derived = await scanInTurn();
        failures = 0;
        if (derived >= BATCH) pause = 0;
      } catch (error) {
        pause = Math.min(30_000, pollMs * 2 ** Math.min(++failures, 10));
        log("error", "the store does not answer the analyzer", { error: describeError(error) });
      }
      if (!stopping) await sleep(pause);
    }
  }

  function sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  return {
    tick,
    metrics,
    async drain() {
      for (;;) {
        const { derived, attributed: made, waiting } = await tick();
        if (derived === 0 && made === 0 && waiting === 0) return;
        if (derived === 0 && waiting > 0) await sleep(Math.min(settleMs / 4, 250));
      }
    },
    start() {
      if (running !== undefined) return;
      stopping = false;
      if (aborter.signal.aborted) {
        aborter = new AbortController();
        inbox = newInbox();
        discovery = createDiscovery(store, parseShard(config.shard));
      }
      running = poll();
    },
    async stop() {
      stopping = true;
      aborter.abort(new Error("the analyzer is stopping"));
      attributing.clear();
      wake();
      await running;
      await attributing.onIdle();
      await turn;
      inFlight.clear();
      keptChars = 0;
      running = undefined;
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
