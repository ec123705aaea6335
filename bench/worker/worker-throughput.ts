import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildTrajectory, createAnalyzer, createEndpoint, createTracer } from "@culprit/analyzers";
import { parseConfig } from "@culprit/schemas";
import { openEmbedded } from "@culprit/store";
import { failedRun } from "./failed-run.ts";

/** One measurement. Times in seconds. */
interface Measured {
  latency: number;
  runs: number;
  concurrency: number;
  /** From the start of the analyzer until the last run is attributed and summarised. */
  elapsed: number;
  /** When the endpoint is done if each request comes the moment a slot is free: what cannot be beaten. */
  ideal: number;
  /** ideal / elapsed. */
  share: number;
  /** The same without worker and store, just before: what this machine lets a client reach. */
  bare_share: number;
  /** Until the endpoint was asked for the first time, and from its last answer until all was saved. */
  start_seconds: number;
  end_seconds: number;
  /** ideal over the time between them. */
  steady_share: number;
  runs_per_second: number;
  most_under_way: number;
}

const { values: flags } = parseArgs({
  options: {
    latency: { type: "string", default: "0.3,1.5" },
    concurrency: { type: "string", default: "8" },
    seconds: { type: "string", default: "20" },
  },
});

interface Told {
  /** Milliseconds each request took at the endpoint, in the order they came. */
  served: number[];
  most: number;
  firstAt: number;
  lastAt: number;
}

/** Each request in the slot that is free first. */
function bestMs(served: readonly number[], concurrency: number): number {
  const slots = Array.from({ length: concurrency }, () => 0);
  for (const duration of served) {
    const free = slots.indexOf(Math.min(...slots));
    slots[free] = (slots[free] ?? 0) + duration;
  }
  return Math.max(...slots);
}

/** A scripted endpoint as a process, for as long as `use` takes. */
async function withEndpoint<Result>(
  latency: number,
  use: (url: string, tell: () => Promise<Told>) => Promise<Result>,
): Promise<Result> {
  const script = fileURLToPath(new URL("./scripted-endpoint.js", import.meta.url));
  const child = fork(script, [String(latency * 1000)]);
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  try {
    return await use(`http://127.0.0.1:${port}/v1`, async () => {
      const told = once(child, "message");
      child.send("tell");
      const [answer] = (await told) as [Told];
      return answer;
    });
  } finally {
    child.kill();
  }
}

/** The control: the same questions from bare lanes, without store and worker. */
async function bareShare(latency: number, concurrency: number, runs: number): Promise<number> {
  return await withEndpoint(latency, async (url, tell) => {
    const strategy = createTracer({ endpoint: createEndpoint({ url, model: "scripted", concurrency }) });
    const trajectories = Array.from({ length: runs }, (_, number) => buildTrajectory(failedRun(number)));
    const began = Date.now();
    const lane = async () => {
      for (let next = trajectories.pop(); next !== undefined; next = trajectories.pop()) await strategy.attribute(next);
    };
    await Promise.all(Array.from({ length: concurrency }, lane));
    const elapsed = Date.now() - began;
    return bestMs((await tell()).served, concurrency) / elapsed;
  });
}

async function measure(latency: number, concurrency: number, runs: number): Promise<Measured> {
  const bare_share = await bareShare(latency, concurrency, runs);
  const directory = await mkdtemp(join(tmpdir(), "culprit-bench-worker-"));
  const store = await openEmbedded(directory);
  try {
    for (let from = 0; from < runs; from += 100) {
      const some = Array.from({ length: Math.min(100, runs - from) }, (_, at) => failedRun(from + at));
      await store.insertSpans(some.flat());
    }
    const config = parseConfig({ settle_seconds: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    return await withEndpoint(latency, async (url, tell) => {
      const strategy = createTracer({ endpoint: createEndpoint({ url, model: "scripted", concurrency }) });
      const analyzer = createAnalyzer({ store, config, strategy, concurrency: 2 * concurrency });
      const began = Date.now();
      analyzer.start();
      while (analyzer.metrics().attributed_total < runs || analyzer.metrics().backlog > 0) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const ended = Date.now();
      await analyzer.stop();
      const { served, most, firstAt, lastAt } = await tell();
      const ideal = bestMs(served, concurrency) / 1000;
      const elapsed = (ended - began) / 1000;
      return {
        latency,
        runs,
        concurrency,
        elapsed,
        ideal,
        share: ideal / elapsed,
        bare_share,
        start_seconds: (firstAt - began) / 1000,
        end_seconds: (ended - lastAt) / 1000,
        steady_share: (ideal * 1000) / (lastAt - firstAt),
        runs_per_second: runs / elapsed,
        most_under_way: most,
      };
    });
  } finally {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}

const concurrency = Number(flags.concurrency);
for (const latency of flags.latency.split(",").map(Number)) {
  const runs = Math.max(4 * concurrency, Math.round((Number(flags.seconds) * concurrency) / latency));
  const measured = await measure(latency, concurrency, runs);
  process.stdout.write(`${JSON.stringify(measured)}\n`);
}
