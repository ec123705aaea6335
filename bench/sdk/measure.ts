import { median } from "../measure/statistics.ts";
import type { Comparison } from "./steps.ts";

export interface Cost {
  /** Microseconds a step. */
  micros: number;
  /** Bytes allocated on the JavaScript heap a step. */
  bytes: number;
}

export type Variant = "untraced" | "bare" | "wrapped";

/** Rounds that are not counted: what runs often has been compiled by then. */
const WARM_UP = 5;
/** Steps whose allocations are counted: few enough for a young generation to hold all of them. */
const ALLOCATING = 200;

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
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const variant of order) {
      const step = comparison[variant];
      const bytes = await allocated(step);
      await drained();
      const micros = await taken(step, comparison.times);
      await drained();
      if (round >= 0) costs[variant].push({ micros, bytes });
    }
    order.push(order.shift() as Variant);
  }
  const of = (all: readonly Cost[]): Cost => ({
    micros: median(all.map(({ micros }) => micros)),
    bytes: median(all.map(({ bytes }) => bytes)),
  });
  return { untraced: of(costs.untraced), bare: of(costs.bare), wrapped: of(costs.wrapped) };
}

/** Microseconds of CPU time a step, collecting garbage included; what else runs on the machine does not count. */
async function taken(step: () => unknown, times: number): Promise<number> {
  const began = process.cpuUsage();
  await repeat(step, times);
  const { user, system } = process.cpuUsage(began);
  return (user + system) / times;
}

/** Bytes a step: nothing is collected meanwhile, so the heap grows by what is allocated. */
async function allocated(step: () => unknown): Promise<number> {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  await repeat(step, ALLOCATING);
  return (process.memoryUsage().heapUsed - before) / ALLOCATING;
}

async function repeat(step: () => unknown, times: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    const made = step();
    if (made instanceof Promise) await made;
  }
}
