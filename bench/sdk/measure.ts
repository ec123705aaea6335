import { median } from "../measure/statistics.ts";
import type { Comparison } from "./steps.ts";

export interface Cost {
  /** Microseconds a step. */
  micros: number;
  /** Bytes allocated on the JavaScript heap a step. */
  bytes: number;
}

export type Variant = "untraced" | "bare" | "wrapped";

/**
 * Medians over rounds in which the three take turns, so that whatever else the machine does hits all alike.
 *
 * @param drained resolves when nothing that was recorded waits to be sent
 */
export async function measure(
  comparison: Comparison,
  rounds: number,
  drained: () => Promise<void>,
): Promise<Record<Variant, Cost>> {
  const costs: Record<Variant, Cost[]> = { untraced: [], bare: [], wrapped: [] };
  const order: Variant[] = ["untraced", "bare", "wrapped"];
  for (let round = -2; round < rounds; round++) {
    for (const variant of order) {
      const cost = await once(comparison[variant], comparison.times);
      await drained();
      if (round >= 0) costs[variant].push(cost);
    }
    order.push(order.shift() as Variant);
  }
  const of = (all: readonly Cost[]): Cost => ({
    micros: median(all.map(({ micros }) => micros)),
    bytes: median(all.map(({ bytes }) => bytes)),
  });
  return { untraced: of(costs.untraced), bare: of(costs.bare), wrapped: of(costs.wrapped) };
}

/** CPU time, so that what else runs on the machine does not count. A young generation that is large enough lets the heap grow by what is allocated: nothing is collected meanwhile. */
async function once(step: () => unknown, times: number): Promise<Cost> {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const began = process.cpuUsage();
  for (let n = 0; n < times; n++) {
    const made = step();
    if (made instanceof Promise) await made;
  }
  const { user, system } = process.cpuUsage(began);
  return { micros: (user + system) / times, bytes: (process.memoryUsage().heapUsed - before) / times };
}
