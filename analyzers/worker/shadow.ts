import { type Attribution, type Config, describeError, type ShadowAttribution } from "@culprit/schemas";
import type { Store } from "@culprit/store";
import PQueue from "p-queue";
import { attributeTrajectory, isTransient } from "../attribution/attribute.ts";
import type { Strategy } from "../attribution/strategy.ts";
import { parseShard } from "./discover.ts";
import { keyOf } from "./inbox.ts";
import { silent, type WorkerLog } from "./log.ts";
import { readRunState } from "./run-state.ts";
import { createSleeper } from "./sleeper.ts";

export interface ShadowOptions {
  store: Store;
  config: Pick<Config, "poll_seconds" | "shard">;
  /** Of an endpoint of its own: neither slots, nor breaker, nor money are the main tracer's. */
  strategy: Strategy;
  /** `STRATEGY:MODEL`. */
  tracer: string;
  /** Runs asked about at a time. Default 2. */
  concurrency?: number | undefined;
  /** Share of the runs. Default 1. */
  share?: number | undefined;
  /** Runs attributed longer ago are left alone. Default 24 hours. */
  withinSeconds?: number | undefined;
  /** Wait after an endpoint that was away, doubled up to ten minutes. Default 5 s. */
  backoffMs?: number | undefined;
  log?: WorkerLog | undefined;
  now?: (() => number) | undefined;
}

/** A tracer that is asked about live failures after the main one has answered, and whose answers nobody is shown. */
export interface Shadow {
  /** Looks once and waits until everything that was found is answered; how many answers were saved. */
  tick(): Promise<number>;
  start(): void;
  /** Ends looking and aborts what is asked; it is asked again after a restart. */
  stop(): Promise<void>;
  /** Answers saved since it was made. */
  answered(): number;
}

const DAY_SECONDS = 86_400;
const MOST_BACKOFF_MS = 600_000;
/** Runs looked up beyond those there are slots for, so that some that wait for another try hide none. */
const MARGIN = 100;

/**
 * Creates the shadow of one shard. What it has to do it reads from the store, so it holds up nothing, survives restarts
 * and shares nothing with the worker but that. Errors are logged and tried again later.
 */
export function createShadow(options: ShadowOptions): Shadow {
  const { store, config, strategy, tracer, log = silent, now = Date.now, backoffMs = 5_000 } = options;
  const concurrency = options.concurrency ?? 2;
  const queue = new PQueue({ concurrency });
  const underWay = new Set<string>();
  const later = new Map<string, { tries: number; at: number }>();
  const shard = parseShard(config.shard);
  let aborter = new AbortController();
  let answered = 0;

  async function look(): Promise<void> {
    const free = 2 * concurrency - underWay.size;
    if (free <= 0) return;
    const found = await store.shadow.wanted({
      tracer,
      strategy_version: strategy.version,
      shard,
      within_seconds: options.withinSeconds ?? DAY_SECONDS,
      share: options.share ?? 1,
      limit: free + underWay.size + MARGIN,
    });
    const due = found.filter((run) => !underWay.has(keyOf(run)) && (later.get(keyOf(run))?.at ?? 0) <= now());
    for (const run of due.slice(0, free)) {
      const key = keyOf(run);
      underWay.add(key);
      void queue.add(async () => {
        try {
          await ask(run.project, run.trace_id, key);
        } catch (error) {
          if (!aborter.signal.aborted) postpone(key, describeError(error), run.trace_id);
        } finally {
          underWay.delete(key);
        }
      });
    }
  }

  async function ask(project: string, traceId: string, key: string): Promise<void> {
    const { signal } = aborter;
    signal.throwIfAborted();
    const state = await readRunState(store, project, traceId);
    if (state === null) return;
    const made = await attributeTrajectory(state.trajectory, strategy, { signal, now });
    if (isTransient(made)) return postpone(key, made.reason, traceId);
    await store.shadow.save([toShadow(made)]);
    later.delete(key);
    answered++;
    log("debug", "the shadow tracer answered", { trace_id: traceId, tracer, status: made.status });
  }

  function postpone(key: string, reason: string, trace_id: string): void {
    const tries = (later.get(key)?.tries ?? 0) + 1;
    later.set(key, { tries, at: now() + Math.min(MOST_BACKOFF_MS, backoffMs * 2 ** (tries - 1)) });
    if (tries === 1) log("warn", "the shadow tracer will be asked again", { trace_id, tracer, error: reason });
  }

  const toShadow = (made: Attribution): ShadowAttribution => ({ ...made, shadow: true, tracer });

  let running: Promise<void> | undefined;
  let stopping = false;
  const { sleep, wake } = createSleeper();
  async function poll(): Promise<void> {
    while (!stopping) {
      try {
        await look();
      } catch (error) {
        log("error", "the store does not answer the shadow tracer", { error: describeError(error) });
      }
      if (!stopping) await sleep(config.poll_seconds * 1000);
    }
  }

  return {
    answered: () => answered,
    async tick() {
      const before = answered;
      await look();
      await queue.onIdle();
      return answered - before;
    },
    start() {
      if (running !== undefined) return;
      stopping = false;
      aborter = new AbortController();
      running = poll();
    },
    async stop() {
      stopping = true;
      aborter.abort(new Error("the analyzer is stopping"));
      queue.clear();
      wake();
      await running;
      await queue.onIdle();
      underWay.clear();
      running = undefined;
    },
  };
}
