import type { ReplayJob } from "@culprit/schemas";
import { asNullableNumber, asNumber, asText, joinKey, type Table } from "./table.ts";
import { isoTime, json, text, uint32 } from "./values.ts";

export type StoredReplayJob = ReplayJob & { project: string };

export const replayJobTable: Table<StoredReplayJob> = {
  name: "replay_jobs",
  key: (row) => joinKey(row.project, row.trace_id, row.job_id),
  columns: [
    ["project", (row) => text(row.project)],
    ["trace_id", (row) => row.trace_id],
    ["job_id", (row) => row.job_id],
    ["step", (row) => uint32(row.step)],
    ["correction", (row) => (row.correction === null ? null : text(row.correction))],
    ["tool_calls", (row) => json(row.tool_calls)],
    ["k", (row) => (row.k === null ? null : uint32(row.k))],
    ["state", (row) => row.state],
    ["replays", (row) => uint32(row.replays)],
    ["most_replays", (row) => uint32(row.most_replays)],
    ["verdict", (row) => json(row.verdict, "null")],
    ["error", (row) => json(row.error, "null")],
    ["asked_by", (row) => text(row.asked_by)],
    ["created_at", (row) => isoTime(row.created_at)],
    ["updated_at", (row) => isoTime(row.updated_at)],
  ],
  read: (row) => ({
    project: asText(row["project"]),
    trace_id: asText(row["trace_id"]),
    job_id: asText(row["job_id"]),
    step: asNumber(row["step"]),
    correction: (row["correction"] ?? null) as string | null,
    tool_calls: JSON.parse(asText(row["tool_calls"]) || "[]") as ReplayJob["tool_calls"],
    k: asNullableNumber(row["k"]),
    state: row["state"] as ReplayJob["state"],
    replays: asNumber(row["replays"]),
    most_replays: asNumber(row["most_replays"]),
    verdict: JSON.parse(asText(row["verdict"]) || "null") as ReplayJob["verdict"],
    error: JSON.parse(asText(row["error"]) || "null") as ReplayJob["error"],
    asked_by: asText(row["asked_by"]),
    created_at: asText(row["created_at"]),
    updated_at: asText(row["updated_at"]),
  }),
};
