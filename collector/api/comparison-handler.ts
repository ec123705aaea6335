import type { CompareRuns, RunComparison, Trajectory } from "@culprit/schemas";
import type { Store } from "@culprit/store";

export interface ComparisonOptions {
  store: Pick<Store, "readRun" | "readReplays">;
  readRun(project: string, traceId: string): Promise<Trajectory>;
  compareRuns: CompareRuns;
}

type Input = { params: { trace_id: string; other_id: string } };

/** Two runs side by side, and the replay that made one of the other. */
export function comparisonHandler({ store, readRun, compareRuns }: ComparisonOptions) {
  return async (
    { params: { trace_id, other_id } }: Input,
    { project }: { project: string },
  ): Promise<RunComparison> => {
    const ids = [trace_id, other_id];
    const [runs, summaries, replays] = await Promise.all([
      Promise.all(ids.map((id) => readRun(project, id))),
      Promise.all(ids.map((id) => store.readRun(project, id))),
      Promise.all(ids.map((id) => store.readReplays(project, id))),
    ]);
    const [left, right] = runs as [Trajectory, Trajectory];
    const changes = compareRuns(left, right);
    const apart = changes.findIndex(({ change }) => change !== "same");
    const side = (run: Trajectory, at: number): RunComparison["left"] => {
      const { blamed_agent: agent = null, blamed_step: step = null, status = "none" } = summaries[at] ?? {};
      return {
        trace_id: run.trace_id,
        outcome: run.outcome.outcome,
        steps: run.steps.length,
        agents: run.agents,
        blamed: agent === null || step === null ? null : { agent, step, status },
      };
    };
    const made = replays
      .flat()
      .find((replay) => ids.includes(replay.trace_id) && ids.includes(replay.replay_trace_id) && trace_id !== other_id);
    return {
      left: side(left, 0),
      right: side(right, 1),
      intervention: made?.intervention ?? null,
      same_steps: apart === -1 ? changes.length : apart,
      changes,
    };
  };
}
