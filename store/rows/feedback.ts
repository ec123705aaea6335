import type { Comment, SavedQuery } from "@culprit/schemas";
import { asNullableNumber, asText, joinKey, type Table } from "./table.ts";
import { isoTime, json, text, uint32 } from "./values.ts";

/** A row that may be the mark of a deleted one. */
export type Kept<Item> = Item & { project: string; deleted: boolean };

export const savedQueryTable: Table<Kept<SavedQuery>> = {
  name: "saved_queries",
  key: (row) => joinKey(row.project, row.name),
  columns: [
    ["project", (row) => text(row.project)],
    ["name", (row) => text(row.name)],
    ["about", (row) => text(row.about)],
    ["filter", (row) => json(row.filter, "{}")],
    ["since", (row) => row.since],
    ["changed_by", (row) => text(row.changed_by)],
    ["changed_at", (row) => isoTime(row.changed_at)],
    ["deleted", (row) => row.deleted],
  ],
  read: (row) => ({
    project: asText(row["project"]),
    name: asText(row["name"]),
    about: asText(row["about"]),
    filter: JSON.parse(asText(row["filter"])) as SavedQuery["filter"],
    since: asText(row["since"]),
    changed_by: asText(row["changed_by"]),
    changed_at: asText(row["changed_at"]),
    deleted: row["deleted"] === true,
  }),
};

export const commentTable: Table<Kept<Comment>> = {
  name: "comments",
  key: (row) => joinKey(row.project, row.trace_id, row.comment_id),
  columns: [
    ["project", (row) => text(row.project)],
    ["trace_id", (row) => row.trace_id],
    ["comment_id", (row) => row.comment_id],
    ["author", (row) => text(row.author)],
    ["text", (row) => text(row.text)],
    ["step", (row) => (row.step === null ? null : uint32(row.step))],
    ["at", (row) => isoTime(row.at)],
    ["deleted", (row) => row.deleted],
  ],
  read: (row) => ({
    project: asText(row["project"]),
    trace_id: asText(row["trace_id"]),
    comment_id: asText(row["comment_id"]),
    author: asText(row["author"]),
    text: asText(row["text"]),
    step: asNullableNumber(row["step"]),
    at: asText(row["at"]),
    deleted: row["deleted"] === true,
  }),
};
