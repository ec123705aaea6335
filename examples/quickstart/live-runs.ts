import type { CodingTask } from "../coding-team/tasks.ts";
import { runTeam } from "../coding-team/team.ts";
import { type SeededTruth, seededTruth } from "../coding-team/truth.ts";
import type { Report } from "./report.ts";

/** One finished run with what is known about it by construction. */
export interface LiveRun {
  task: CodingTask;
  traceId: string;
  success: boolean | null;
  truth: SeededTruth;
}

/** Runs the team on every task, live, one after the other, and says how it went. */
export async function runLive(tasks: readonly CodingTask[], baseURL: string, report: Report): Promise<LiveRun[]> {
  const runs: LiveRun[] = [];
  for (const task of tasks) {
    const { traceId, outcome } = await runTeam({ task, baseURL });
    runs.push({ task, traceId, success: outcome.success, truth: seededTruth(task) });
  }
  const failed = runs.filter((run) => run.success === false);
  report.line(
    `${runs.length} tasks, ${runs.length - failed.length} solved, ${failed.length} failed their hidden tests.`,
  );
  return runs;
}
