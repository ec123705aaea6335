import { clip } from "@culprit/cli/output";
import { type Client, hasBlame, type TraceDetail } from "@culprit/schemas";
import type { LiveRun } from "./live-runs.ts";
import type { Report } from "./report.ts";
import { getTraces } from "./wait.ts";

/** A failed run and everything the collector says of it. */
export interface FailedRun extends LiveRun {
  detail: TraceDetail;
}

/** Reads what the ranker said of the failed runs and prints it beside the seeded truth. */
export async function showBlame(client: Client, failed: readonly LiveRun[], report: Report) {
  const details = await getTraces(
    client,
    failed.map((run) => run.traceId),
  );
  const runs = failed.map((run, index): FailedRun => ({ ...run, detail: details[index] as TraceDetail }));
  const rows = runs.map(({ task, detail, truth }) => {
    const blame = detail.attributions.find(hasBlame);
    const hit = blame !== undefined && blame.step === truth.decisive?.step;
    return {
      hit,
      blame,
      cells: [
        task.id,
        blame?.agent ?? null,
        blame?.step ?? null,
        blame === undefined ? null : blame.confidence.toFixed(2),
        truth.decisive === null ? null : `${truth.decisive.agent} ${truth.decisive.step}`,
        hit ? "right" : "wrong",
        clip(truth.storyline, 64),
      ],
    };
  });
  report.table(
    ["failed task", "blamed", "step", "confidence", "truth", "ranker", "what really happened"],
    rows.map((row) => row.cells),
  );
  return {
    runs,
    attributed: rows.filter((row) => row.blame !== undefined).length,
    hits: rows.filter((row) => row.hit).length,
    constant: bestConstant(runs),
  };
}

/** The step that would be right most often if it were always said: what a prediction has to beat. */
function bestConstant(runs: readonly FailedRun[]): { step: number; hits: number } {
  const hits = new Map<number, number>();
  for (const { truth } of runs) {
    if (truth.decisive !== null) hits.set(truth.decisive.step, (hits.get(truth.decisive.step) ?? 0) + 1);
  }
  const [best] = [...hits].sort((left, right) => right[1] - left[1]);
  return { step: best?.[0] ?? 0, hits: best?.[1] ?? 0 };
}
