import { type Config, describeError, type RunSummary } from "@culprit/schemas";
import type { Store } from "@culprit/store";
import PQueue from "p-queue";
import type { Strategy } from "../attribution/strategy.ts";
import { createAttributing } from "./attributing.ts";
import { createDiscovery, parseShard } from "./discover.ts";
import { createInbox, type Entry, isQuiet } from "./inbox.ts";
import { silent, type WorkerLog } from "./log.ts";
import { type RunState, readRunState } from "./run-state.ts";
import { createSleeper } from "./sleeper.ts";
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
  const attributing = createAttributing({
    store,
    strategy,
    fallback,
    reattribute: config.reattribute,
    concurrency: options.concurrency ?? 8,
    log,
    now,
    inbox: () => inbox,
    failed,
  });
  let failures = 0;
  let clock = { store: 0, own: 0 };

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
        done.push({ entry, state: state !== null && settled && attributing.wants(state) ? state : undefined });
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
      attributing.derived(entry);
      if (state !== undefined) attributing.enqueue(entry, state);
    }
    return done.length;
  }

  function failed(run: Pick<Entry, "project" | "trace_id">, nowMs: number, error: unknown): void {
    failures++;
    const parked = inbox.postpone(run, nowMs);
    const details = { trace_id: run.trace_id, error: describeError(error) };
    if (parked) log("error", "parked a run until something new arrives for it", details);
    else log("warn", "a run will be tried again", details);
  }

  function metrics(): AnalyzerMetrics {
    const underWay = attributing.underWay();
    const arrivals = [inbox.oldestMs(), ...underWay.map(({ arrivedMs }) => arrivedMs)].filter((at) => at !== undefined);
    const nowMs = clock.store + performance.now() - clock.own;
    return {
      backlog: inbox.size() + underWay.filter(({ key }) => !inbox.has(key)).length,
      oldest_age_seconds: arrivals.length === 0 ? 0 : Math.max(0, nowMs - Math.min(...arrivals)) / 1000,
      attributed_total: attributing.attributed(),
      failed_total: failures,
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
    const before = attributing.attributed();
    const derived = await scanInTurn();
    await attributing.onIdle();
    return { derived, attributed: attributing.attributed() - before, waiting: inbox.waiting() };
  }

  let running: Promise<void> | undefined;
  const { sleep, wake } = createSleeper();
  let stopping = false;
  let stopped = false;

  async function poll(): Promise<void> {
    const pollMs = config.poll_seconds * 1000;
    for (let silences = 0; !stopping; ) {
      let pause = pollMs;
      try {
        const derived = await scanInTurn();
        silences = 0;
        if (derived >= BATCH) pause = 0;
      } catch (error) {
        pause = Math.min(30_000, pollMs * 2 ** Math.min(++silences, 10));
        log("error", "the store does not answer the analyzer", { error: describeError(error) });
      }
      if (!stopping) await sleep(pause);
    }
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
      if (stopped) {
        stopped = false;
        attributing.resume();
        inbox = newInbox();
        discovery = createDiscovery(store, parseShard(config.shard));
      }
      running = poll();
    },
    async stop() {
      stopping = true;
      stopped = true;
      attributing.abort();
      wake();
      await running;
      await attributing.onIdle();
      await turn;
      attributing.forget();
      running = undefined;
    },
  };
}
