import type { Flow, FlowLink, TraceDetail } from "@culprit/schemas";
import { ask } from "./api.ts";
import type { Blame } from "./blame.ts";
import { usePolled } from "./polling.ts";

/** What a step brought in does not change once the run has settled. */
const pause = (): number => 60_000;

/**
 * Where what the blamed step brought in went; null where nobody is blamed, nothing follows, or it is not known; undefined
 * while it is looked for.
 */
export function useFlow(run: TraceDetail, blame: Blame | null): Flow | null | undefined {
  const step = blame === null || blame.step >= run.steps.length - 1 ? null : blame.step;
  const { data, failure } = usePolled(`flow ${run.trace_id} ${step} ${run.steps.length}`, pause, async (signal) =>
    step === null ? null : await ask("getFlow", { trace_id: run.trace_id, step }, signal),
  );
  return data === undefined && failure !== undefined ? null : data;
}

/** Links in the order they are told: what leads to the answer first, then by place. */
export function toldFirst(links: readonly FlowLink[]): FlowLink[] {
  return [...links].sort(
    (left, right) => Number(right.onward) - Number(left.onward) || left.to - right.to || left.from - right.from,
  );
}
