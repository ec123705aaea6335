import type { TraceDetail, Trajectory } from "@culprit/schemas";

const NO_TIME = "1970-01-01T00:00:00.000Z";

/** The trajectory inside what the API answers for a run, for work done away from the store (replay, curation). */
export function trajectoryOfDetail(detail: TraceDetail): Trajectory {
  const { summary, steps } = detail;
  return {
    project: summary?.project ?? "default",
    trace_id: detail.trace_id,
    task: detail.task,
    task_id: detail.task_id,
    ground_truth: detail.ground_truth,
    source: detail.source,
    started_at: summary?.started_at ?? steps[0]?.started_at ?? NO_TIME,
    ended_at: summary?.ended_at ?? steps.at(-1)?.started_at ?? NO_TIME,
    complete: detail.complete,
    outcome: detail.outcome_detail,
    agents: detail.agents,
    steps,
    replay_of: summary?.replay_of ?? "",
    ...(detail.exit_status === undefined ? {} : { exit_status: detail.exit_status }),
    ...(detail.cost_usd === undefined ? {} : { cost_usd: detail.cost_usd }),
  };
}
