import type { RunSummary } from "@culprit/schemas";
import { asText, joinKey, type Table } from "./table.ts";
import { isoTime, text } from "./values.ts";

/** What `run_times` holds of a run, or that the run did not start then after all. */
export interface RunTime
  extends Pick<
    RunSummary,
    | "project"
    | "trace_id"
    | "started_at"
    | "outcome"
    | "blamed_agent"
    | "confidence"
    | "status"
    | "source"
    | "settled"
    | "replay_of"
  > {
  gone: boolean;
}

export const runTimeTable: Table<RunTime> = {
  name: "run_times",
  key: (run) => joinKey(run.project, run.started_at, run.trace_id),
  columns: [
    ["project", (run) => text(run.project)],
    ["started_at", (run) => isoTime(run.started_at)],
    ["trace_id", (run) => run.trace_id],
    ["outcome", (run) => run.outcome],
    ["blamed_agent", (run) => (run.blamed_agent === null ? null : text(run.blamed_agent))],
    ["confidence", (run) => run.confidence],
    ["status", (run) => run.status],
    ["source", (run) => text(run.source)],
    ["settled", (run) => run.settled],
    ["replay", (run) => run.replay_of !== ""],
    ["gone", (run) => run.gone],
  ],
  read: (row) => ({
    project: asText(row["project"]),
    started_at: asText(row["started_at"]),
    trace_id: asText(row["trace_id"]),
    outcome: row["outcome"] as RunSummary["outcome"],
    blamed_agent: row["blamed_agent"] as string | null,
    confidence: row["confidence"] as number | null,
    status: row["status"] as RunSummary["status"],
    source: asText(row["source"]),
    settled: row["settled"] === true,
    replay_of: "",
    gone: row["gone"] === true,
  }),
};
