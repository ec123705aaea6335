import type { Annotation, Attribution, Trajectory } from "@culprit/schemas";
import type { Store } from "@culprit/store";
import { isTransient } from "../attribution/attribute.ts";
import type { Strategy } from "../attribution/strategy.ts";
import { buildTrajectory } from "../trajectory/build.ts";
import { resolveOutcome } from "../trajectory/outcome.ts";

/** Everything stored about one run, its trajectory derived. */
export interface RunState {
  trajectory: Trajectory;
  attributions: Attribution[];
  annotations: Annotation[];
}

/** Reads and derives one run; null when no span of it has arrived. */
export async function readRunState(store: Store, project: string, traceId: string): Promise<RunState | null> {
  const [spans, outcomes, attributions, annotations] = await Promise.all([
    store.readSpans(project, traceId),
    store.readOutcomes(project, traceId),
    store.readAttributions(project, traceId),
    store.readAnnotations(project, traceId),
  ]);
  if (spans.length === 0) return null;
  return { trajectory: buildTrajectory(spans, resolveOutcome(spans, outcomes)), attributions, annotations };
}

/**
 * Whether a settled run still wants an attribution by this strategy and version: it failed, is no replay, and the
 * one there is, if any, came from an endpoint that was away or no longer fits the run (steps arrived late).
 *
 * @param reattribute whether one by another strategy or version is no reason to leave it alone
 */
export function wantsAttribution(
  { trajectory, attributions }: RunState,
  strategy: Strategy,
  reattribute = true,
): boolean {
  if (trajectory.outcome.outcome !== "failure" || trajectory.replay_of !== "") return false;
  const own = attributions.find(
    (attribution) => attribution.strategy === strategy.name && attribution.strategy_version === strategy.version,
  );
  if (own !== undefined) return isTransient(own) || !stillFits(own, trajectory);
  return reattribute || !attributions.some((other) => !isTransient(other) && stillFits(other, trajectory));
}

function stillFits({ status, agent, step }: Attribution, trajectory: Trajectory): boolean {
  const hasAgentStep = trajectory.steps.some(({ role }) => role === "agent");
  if (status === "no_agent_step" || !hasAgentStep) return (status === "no_agent_step") === !hasAgentStep;
  if (agent === null || step === null) return true;
  return trajectory.steps[step]?.role === "agent" && trajectory.agents.includes(agent);
}
