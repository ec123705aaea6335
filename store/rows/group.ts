import type { BlamedKind, GroupChange } from "@culprit/schemas";
import { asText, joinKey, type Table } from "./table.ts";
import { isoTime, text } from "./values.ts";

/** What `run_groups` holds: where a run's blame belongs. */
export interface RunGroup {
  project: string;
  trace_id: string;
  group_id: string;
  agent: string;
  kind: BlamedKind;
  shape: string;
  /** As the engine gave it, to the microsecond. */
  run_saved_at: string;
}

export const runGroupTable: Table<RunGroup> = {
  name: "run_groups",
  key: (row) => joinKey(row.project, row.trace_id),
  columns: [
    ["project", (row) => text(row.project)],
    ["trace_id", (row) => row.trace_id],
    ["group_id", (row) => row.group_id],
    ["agent", (row) => text(row.agent)],
    ["kind", (row) => row.kind],
    ["shape", (row) => text(row.shape)],
    ["run_saved_at", (row) => row.run_saved_at],
  ],
  read: (row) => ({
    project: asText(row["project"]),
    trace_id: asText(row["trace_id"]),
    group_id: asText(row["group_id"]),
    agent: asText(row["agent"]),
    kind: row["kind"] as BlamedKind,
    shape: asText(row["shape"]),
    run_saved_at: asText(row["run_saved_at"]),
  }),
};

/** A change of a group's state with the group it is of. */
export interface GroupChangeRow extends GroupChange {
  project: string;
  group_id: string;
}

export const groupStateTable: Table<GroupChangeRow> = {
  name: "group_states",
  key: (row) => joinKey(row.project, row.group_id, row.at, row.changed_by),
  columns: [
    ["project", (row) => text(row.project)],
    ["group_id", (row) => row.group_id],
    ["state", (row) => row.state],
    ["changed_by", (row) => text(row.changed_by)],
    ["note", (row) => text(row.note)],
    ["at", (row) => isoTime(row.at)],
  ],
  read: (row) => ({
    project: asText(row["project"]),
    group_id: asText(row["group_id"]),
    state: row["state"] as GroupChange["state"],
    changed_by: asText(row["changed_by"]),
    note: asText(row["note"]),
    at: asText(row["at"]),
  }),
};
