import { setTimeout as sleep } from "node:timers/promises";
import { prepareLoad } from "../load/order.ts";
import type { Load } from "../load/pool.ts";
import { SPANS_PER_RUN } from "../load/workload.ts";
import type { System } from "../systems/system.ts";
import { Meter } from "./processes.ts";

/** What one load did to one system. */
export interface IngestMeasurement {
  spans: number;
  /** From the first request until every span was acknowledged and could be queried. */
  seconds: number;
  spansPerSecond: number;
  megabytesPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Largest sum of resident memory of the system's processes. */
  peakBytes: number;
  /** Until the last answer. */
  cpuSecondsPerMillion: number;
  /** Until the system was idle again: merges, flushes and indexes included. */
  settledCpuSecondsPerMillion: number;
  /** Of the settled ones, those of the collector's own process; the rest is its engine's. */
  ownCpuSecondsPerMillion: number;
  /** Of one core; near 1 the generator itself is the limit. */
  generatorBusy: number;
  retried: Record<string, number>;
  /** Spans that could be queried at the end, less those that were sent; 0 is right. */
  surplus: number | undefined;
}

export interface IngestLoad extends Load {
  spans: number;
  concurrency: number;
}

const WARM_UP = { spans: 4_000, seconds: 3 };
const QUERYABLE_LIMIT_MS = 90_000;
const SETTLE_LIMIT_MS = 20_000;

/** Warms a fresh system up, sends it one load and looks at what it cost. */
export async function measureIngest(system: System, load: IngestLoad): Promise<IngestMeasurement> {
  const order = { ...load, url: system.url };
  const warmUp = Math.min(WARM_UP.spans, Math.ceil(load.spans / 10));
  const warm = await (await prepareLoad({ ...order, spans: warmUp, firstRun: 0 })).start();
  await reached(system, warm.spans);
  const ready = await prepareLoad({ ...order, firstRun: Math.ceil(warm.spans / SPANS_PER_RUN) });
  const meter = new Meter(system.pids);
  try {
    const began = performance.now();
    const report = await ready.start();
    const answered = meter.usage();
    const stored = await reached(system, warm.spans + report.spans);
    const seconds = stored.waited ? (performance.now() - began) / 1000 : report.seconds;
    await meter.settled(SETTLE_LIMIT_MS);
    const settled = meter.usage();
    const perMillion = 1e6 / report.spans;
    return {
      spans: report.spans,
      seconds,
      spansPerSecond: report.spans / seconds,
      megabytesPerSecond: report.bytes / 1e6 / seconds,
      p50Ms: report.p50Ms,
      p99Ms: report.p99Ms,
      peakBytes: settled.peakBytes,
      cpuSecondsPerMillion: answered.cpuSeconds * perMillion,
      settledCpuSecondsPerMillion: settled.cpuSeconds * perMillion,
      ownCpuSecondsPerMillion: settled.ownCpuSeconds * perMillion,
      generatorBusy: report.cpuSeconds / report.seconds,
      retried: report.retried,
      surplus: stored.spans === undefined ? undefined : stored.spans - warm.spans - report.spans,
    };
  } finally {
    meter.stop();
  }
}

/** Waits until a number of spans can be queried; `waited` when they could not at once. */
async function reached(system: System, spans: number): Promise<{ spans: number | undefined; waited: boolean }> {
  const deadline = Date.now() + QUERYABLE_LIMIT_MS;
  for (let waited = false; ; waited = true) {
    const stored = await system.stored();
    if (stored === undefined || stored >= spans || Date.now() > deadline) return { spans: stored, waited };
    await sleep(100);
  }
}
