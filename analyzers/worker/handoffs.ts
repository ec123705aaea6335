import type { Handoff, Step } from "@culprit/schemas";

/** Pairs of agents kept of one run, the most frequent; a run of hundreds of agents is not a graph that anybody reads. */
const MOST = 200;

/**
 * Which agent acted after which; who goes on by itself hands nothing over.
 *
 * @param blamed the blamed step of a run that failed, else null
 */
export function handoffsOf(steps: readonly Step[], blamed: number | null): Handoff[] {
  const found = new Map<string, Handoff>();
  let before: Step | undefined;
  for (const step of steps) {
    if (step.role !== "agent") continue;
    if (before !== undefined && before.agent !== step.agent) {
      const key = JSON.stringify([before.agent, step.agent]);
      const known = found.get(key) ?? { from: before.agent, to: step.agent, passes: 0, carried: 0 };
      known.passes += 1;
      if (blamed !== null && before.index >= blamed) known.carried += 1;
      found.set(key, known);
    }
    before = step;
  }
  return [...found.values()].sort((left, right) => right.passes - left.passes).slice(0, MOST);
}
