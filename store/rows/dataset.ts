import type { DatasetVersion } from "@culprit/schemas";
import { asText, joinKey, type Table } from "./table.ts";
import { isoTime, json, text, uint32 } from "./values.ts";

export type StoredDataset = DatasetVersion & { project: string };

export const datasetTable: Table<StoredDataset> = {
  name: "datasets",
  key: (row) => joinKey(row.project, row.name, String(row.version)),
  columns: [
    ["project", (row) => text(row.project)],
    ["name", (row) => text(row.name)],
    ["version", (row) => uint32(row.version)],
    ["hash", (row) => text(row.hash)],
    ["created_at", (row) => isoTime(row.created_at)],
    ["card", ({ project: _, ...card }) => text(json(card, "{}"))],
  ],
  read: (row) => ({
    ...(JSON.parse(asText(row["card"])) as DatasetVersion),
    project: asText(row["project"]),
  }),
};
