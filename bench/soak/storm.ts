import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makePool } from "../load/pool.ts";
import { Random } from "../load/random.ts";
import { send } from "../load/send.ts";
import { residentBytes } from "../measure/processes.ts";
import { median, slope } from "../measure/statistics.ts";
import { temporaryDirectory } from "../systems/child.ts";
import { startCollector } from "../systems/culprit.ts";
import { enginePid, signal } from "./engine.ts";
import { Ledger } from "./ledger.ts";
import { type Verification, verify } from "./verify.ts";

export interface SoakOptions {
  seconds: number;
  seed: number;
  spansPerSecond: number;
  /** How long the store is well between two disturbances, seconds. */
  calmSeconds: number;
  /** Longest time the store hangs, seconds. */
  hangSeconds: number;
  say?: (line: string) => void;
}

/** One look at the processes. */
export interface MemorySample {
  second: number;
  collectorBytes: number;
  engineBytes: number;
  /** Everything in the data directory that is not the engine's. */
  spoolBytes: number;
  acknowledged: number;
}

export interface SoakReport extends Verification {
  seconds: number;
  /** Times the store was stopped and continued, and times it was killed. */
  hangs: number;
  kills: number;
  retried: Record<string, number>;
  p50Ms: number;
  p99Ms: number;
  samples: MemorySample[];
  memory: Record<"collector" | "engine", MemoryCurve>;
}

export interface MemoryCurve {
  peakBytes: number;
  /** Of the least-squares line through the second half, bytes a minute. */
  slopePerMinute: number;
  /** Median of the last third over the median of the middle third. */
  growth: number;
}

const LOAD = { encoding: "protobuf", spanBytes: 1_000, requestSpans: 50 } as const;

/** A steady load on one collector while its store hangs and dies from time to time. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { seconds, seed, spansPerSecond, say = () => {} } = options;
  const [data, remove] = temporaryDirectory("soak");
  const ledger = new Ledger();
  const mostRuns = Math.ceil((seconds + 60) * spansPerSecond);
  const collector = await startCollector(data);
  const { pid } = collector.child;
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  let over = false;
  const samples: MemorySample[] = [];
  const sampler = setInterval(() => {
    samples.push({
      second: elapsed(),
      collectorBytes: residentBytes(pid),
      engineBytes: residentBytes(enginePid(pid) ?? 0),
      spoolBytes: bytesBelow(data, "clickhouse"),
      acknowledged: ledger.spans,
    });
  }, 1_000);
  const load = send({
    url: () => `${collector.url}/v1/traces`,
    pool: makePool(LOAD, seed).slice(0, 64),
    concurrency: 8,
    firstRun: 0,
    runs: mostRuns,
    stopped: () => over,
    spansPerSecond,
    timeoutMs: 30_000,
    onAcknowledged: (firstRun, template) => ledger.note(firstRun, template),
  });
  load.catch(() => {});
  try {
    const { hangs, kills } = await disturb(options, pid, elapsed, say, () => ledger.spans);
    await sleep(Math.max(0, seconds - elapsed()) * 1000);
    over = true;
    const { retried, latencies } = await load;
    clearInterval(sampler);
    const sorted = latencies.toSorted((left, right) => left - right);
    if (collector.child.process.exitCode !== null) throw new Error(`The collector ended: ${collector.child.errors()}`);
    await collector.child.end(30_000);
    say("verifying");
    return {
      ...(await verify(data, ledger, mostRuns)),
      seconds: elapsed(),
      hangs,
      kills,
      retried,
      p50Ms: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
      p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
      samples,
      memory: {
        collector: curve(samples, ({ collectorBytes }) => collectorBytes),
        engine: curve(samples, ({ engineBytes }) => engineBytes),
      },
    };
  } finally {
    over = true;
    clearInterval(sampler);
    signal(enginePid(pid), "SIGCONT");
    signal(pid, "SIGKILL");
    await load.catch(() => {});
    remove();
  }
}

/** Two hangs to one kill, as long as there is time for the store to come back. */
async function disturb(
  { seconds, seed, calmSeconds, hangSeconds }: SoakOptions,
  pid: number,
  elapsed: () => number,
  say: (line: string) => void,
  acknowledged: () => number,
): Promise<{ hangs: number; kills: number }> {
  const random = new Random(seed);
  let hangs = 0;
  let kills = 0;
  while (elapsed() + calmSeconds + hangSeconds + 5 < seconds) {
    await sleep(calmSeconds * (700 + random.below(600)));
    const engine = enginePid(pid);
    if ((hangs + kills) % 3 === 2) {
      kills++;
      signal(engine, "SIGKILL");
      say(`${elapsed().toFixed(0)} s: store killed, ${acknowledged()} spans acknowledged`);
    } else {
      hangs++;
      const hang = hangSeconds * (0.3 + (0.7 * random.below(1000)) / 1000);
      signal(engine, "SIGSTOP");
      await sleep(hang * 1000);
      signal(engine, "SIGCONT");
      say(`${elapsed().toFixed(0)} s: store hung for ${hang.toFixed(1)} s, ${acknowledged()} spans acknowledged`);
    }
  }
  return { hangs, kills };
}

function curve(samples: readonly MemorySample[], value: (sample: MemorySample) => number): MemoryCurve {
  const alive = samples.filter((sample) => value(sample) > 0);
  const third = Math.floor(alive.length / 3);
  const points = alive.map((sample) => [sample.second / 60, value(sample)] as const);
  return {
    peakBytes: Math.max(0, ...alive.map(value)),
    slopePerMinute: slope(points.slice(points.length >> 1)),
    growth: median(alive.slice(-third).map(value)) / median(alive.slice(third, 2 * third).map(value)),
  };
}

function bytesBelow(directory: string, except: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.name === except) continue;
    const path = join(directory, entry.name);
    try {
      bytes += entry.isDirectory() ? bytesBelow(path, except) : statSync(path).size;
    } catch {
      // A file of the spool that has just been drained.
    }
  }
  return bytes;
}
