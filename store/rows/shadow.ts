import type { ShadowAttribution } from "@culprit/schemas";
import { attributionTable } from "./run.ts";
import { asText, joinKey, type Table } from "./table.ts";
import { text } from "./values.ts";

export const shadowTable: Table<ShadowAttribution> = {
  name: "shadow_attributions",
  key: (item) => joinKey(item.project, item.trace_id, item.tracer, item.strategy_version),
  columns: [...attributionTable.columns, ["tracer", (item: ShadowAttribution) => text(item.tracer)]],
  read: (row) => ({ ...attributionTable.read(row), shadow: true, tracer: asText(row["tracer"]) }),
};
