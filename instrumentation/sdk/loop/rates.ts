import type { LoopResult } from "./loop.ts";

/** How many tasks were solved by the end of a round. */
export interface SuccessRate {
  /** 0-based. */
  round: number;
  /** Loops that made an attempt in this round. */
  attempted: number;
  /** Tasks solved in this round or an earlier one. */
  solved: number;
  /** Of all tasks. */
  rate: number;
}

/** The success rates of many tasks by round, as figure 3 of the AgenTracer paper counts them: a solved task stays so. */
export function successRates(results: readonly LoopResult<unknown>[]): SuccessRate[] {
  const most = Math.max(0, ...results.map(({ rounds }) => rounds.length));
  return Array.from({ length: most }, (_, round) => {
    const attempted = results.filter(({ rounds }) => rounds.length > round).length;
    const solved = results.filter(({ rounds }) =>
      rounds.some(({ index, success }) => success && index <= round),
    ).length;
    return { round, attempted, solved, rate: solved / results.length };
  });
}
