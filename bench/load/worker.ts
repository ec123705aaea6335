/** The load generator as a process of its own: takes one {@link LoadOrder} over IPC, answers `ready`, then a {@link LoadReport}. */
import { percentile } from "../measure/statistics.ts";
import type { LoadOrder, LoadReport } from "./order.ts";
import { makePool } from "./pool.ts";
import { send } from "./send.ts";
import { SPANS_PER_RUN } from "./workload.ts";

process.once("message", (order: LoadOrder) => {
  const pool = makePool(order);
  process.send?.("ready");
  process.once("message", () => {
    void run(order, pool).then(
      (report) => process.send?.(report, () => process.disconnect()),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
});

async function run(order: LoadOrder, pool: ReturnType<typeof makePool>): Promise<LoadReport> {
  const cpu = process.cpuUsage();
  const result = await send({
    url: () => order.url,
    pool,
    concurrency: order.concurrency,
    firstRun: order.firstRun,
    runs: Math.ceil(order.spans / SPANS_PER_RUN),
  });
  const used = process.cpuUsage(cpu);
  const sorted = result.latencies.toSorted((left, right) => left - right);
  return {
    spans: result.spans,
    bytes: result.bytes,
    seconds: result.seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    requests: sorted.length,
    retried: result.retried,
    cpuSeconds: (used.user + used.system) / 1e6,
  };
}
