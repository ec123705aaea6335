import type { RunSummary } from "@culprit/schemas";

/** Which predicted blames are worth a replay. Both conditions hold where both are given. */
export interface VerificationPolicy {
  /** At least this confidence, 0 to 1. */
  minConfidence?: number;
  /** The most confident ones of each blamed agent and UTC day. Those already verified count. */
  topPerAgentAndDay?: number;
}

/**
 * The runs to verify by replay, most confident first. Verified, refuted and human-confirmed runs are not among them,
 * but take up their place among the top of their agent and day.
 */
export function selectForVerification(runs: readonly RunSummary[], policy: VerificationPolicy): RunSummary[] {
  const { minConfidence = 0, topPerAgentAndDay = Number.POSITIVE_INFINITY } = policy;
  const settled = new Map<string, number>();
  const open: RunSummary[] = [];
  for (const run of runs) {
    if (run.outcome !== "failure" || run.replay_of !== "" || run.blamed_agent === null) continue;
    if (run.status === "predicted") open.push(run);
    else settled.set(keyOf(run), (settled.get(keyOf(run)) ?? 0) + 1);
  }
  return open
    .filter(({ confidence }) => (confidence ?? 0) >= minConfidence)
    .sort(
      (left, right) => (right.confidence ?? 0) - (left.confidence ?? 0) || (left.trace_id < right.trace_id ? -1 : 1),
    )
    .filter((run) => {
      const taken = settled.get(keyOf(run)) ?? 0;
      if (taken >= topPerAgentAndDay) return false;
      settled.set(keyOf(run), taken + 1);
      return true;
    });
}

function keyOf({ blamed_agent, started_at }: RunSummary): string {
  return JSON.stringify([blamed_agent, started_at.slice(0, 10)]);
}
