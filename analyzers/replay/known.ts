import type { Replay, Step, Trajectory } from "@culprit/schemas";
import { actionOf, comparableAction } from "./action.ts";
import { canonicalJson } from "./canonical.ts";
import type { ReplayRunResult } from "./replay-run.ts";

/**
 * Stored replays of a run as a search can use them again. Whether one repeated the run to the letter is not stored: it
 * follows from the two runs' steps.
 *
 * @param read a stored run; null when it is not there
 */
export async function knownReplays(
  trajectory: Trajectory,
  replays: readonly Replay[],
  read: (traceId: string) => Promise<Trajectory | null>,
): Promise<ReplayRunResult[]> {
  const known: ReplayRunResult[] = [];
  const oldestFirst = [...replays].sort((left, right) => Date.parse(left.created_at) - Date.parse(right.created_at));
  for (const replay of oldestFirst) {
    const { intervention, replay_trace_id: made, status } = replay;
    if (status === "invalid" || status === "unknown") continue;
    // Only of placebos it is asked whether they repeated the run.
    const run = intervention.kind === "placebo" && made !== "" ? await read(made) : null;
    known.push({ replay, reproduced: run !== null && sameSteps(trajectory, run) });
  }
  return known;
}

/** The same actors did and saw the same, in whatever order parallel ones came. */
export function sameSteps(left: Trajectory, right: Trajectory): boolean {
  const lines = ({ steps }: Trajectory) => steps.map(stepLine).sort().join("\n");
  return left.steps.length === right.steps.length && lines(left) === lines(right);
}

function stepLine(step: Step): string {
  const did = step.role === "agent" ? comparableAction(actionOf(step)) : canonicalJson(step.result ?? step.content);
  return canonicalJson([step.role, step.agent, did]);
}
