import type { AppliedFeedback } from "@culprit/schemas";
import { asNullableNumber, asText, joinKey, type Table } from "./table.ts";
import { isoTime, text, uint32 } from "./values.ts";

/** An application of feedback and the project it happened in. */
export type KeptApplied = AppliedFeedback & { project: string };

export const appliedTable: Table<KeptApplied> = {
  name: "feedback_applied",
  key: (row) => joinKey(row.project, row.trace_id, row.applied_in),
  columns: [
    ["project", (row) => text(row.project)],
    ["trace_id", (row) => row.trace_id],
    ["applied_in", (row) => row.applied_in],
    ["told", (row) => row.told.map(text)],
    ["agent", (row) => (row.agent === null ? null : text(row.agent))],
    ["step", (row) => (row.step === null ? null : uint32(row.step))],
    ["told_by", (row) => text(row.by)],
    ["at", (row) => isoTime(row.at)],
  ],
  read: (row) => ({
    project: asText(row["project"]),
    trace_id: asText(row["trace_id"]),
    applied_in: asText(row["applied_in"]),
    told: row["told"] as string[],
    agent: row["agent"] as string | null,
    step: asNullableNumber(row["step"]),
    by: asText(row["told_by"]),
    at: asText(row["at"]),
  }),
};
