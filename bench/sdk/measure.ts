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
  const micros = await inTurns(comparison, rounds, drained, (step) => taken(step, comparison.times));
  // Apart: collecting everything before each count throws away much of what had been compiled.
  const bytes = await inTurns(comparison, rounds, drained, allocated);
  const of = (variant: Variant): Cost => ({ micros: median(micros[variant]), bytes: median(bytes[variant]) });
  return { untraced: of("untraced"), bare: of("bare"), wrapped: of("wrapped") };
}

async function inTurns(
  comparison: Comparison,
  rounds: number,
  drained: () => Promise<void>,
  once: (step: () => unknown) => Promise<number>,
): Promise<Record<Variant, number[]>> {
  const results: Record<Variant, number[]> = { untraced: [], bare: [], wrapped: [] };
  const order: Variant[] = ["untraced", "bare", "wrapped"];
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const variant of order) {
      const result = await once(comparison[variant]);
      await drained();
      if (round >= 0) results[variant].push(result);
    }
    order.push(order.shift() as Variant);
  }
  return results;
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
