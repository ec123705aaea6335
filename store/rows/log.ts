import type { Attributes, AttributeValue, SpanLog } from "@culprit/schemas";
import { asNumber, asText, joinKey, type StoredRow, type Table } from "./table.ts";
import { json, text, uint32 } from "./values.ts";

function readLog(row: StoredRow): SpanLog {
  return {
    project: asText(row["project"]),
    trace_id: asText(row["trace_id"]),
    span_id: asText(row["span_id"]),
    log_id: asText(row["log_id"]),
    position: asNumber(row["position"]),
    time_unix_nano: asText(row["time_unix_nano"]),
    severity_number: asNumber(row["severity_number"]),
    severity_text: asText(row["severity_text"]),
    event_name: asText(row["event_name"]),
    body: JSON.parse(asText(row["body"])) as AttributeValue,
    scope_name: asText(row["scope_name"]),
    scope_version: asText(row["scope_version"]),
    resource_attributes: JSON.parse(asText(row["resource_attributes"])) as Attributes,
    attributes: JSON.parse(asText(row["attributes"])) as Attributes,
    dropped_attributes_count: asNumber(row["dropped_attributes_count"]),
  };
}

/** How a log record is kept; `ingested_at` is the engine's own. */
export const logTable: Table<SpanLog> = {
  name: "logs",
  key: (log) => joinKey(log.project, log.trace_id, log.span_id, log.log_id),
  read: readLog,
  columns: [
    ["project", (log) => text(log.project)],
    ["trace_id", (log) => log.trace_id],
    ["span_id", (log) => log.span_id],
    ["log_id", (log) => log.log_id],
    ["position", (log) => uint32(log.position)],
    ["time_unix_nano", (log) => log.time_unix_nano],
    ["severity_number", (log) => Math.min(log.severity_number, 255)],
    ["severity_text", (log) => text(log.severity_text)],
    ["event_name", (log) => text(log.event_name)],
    ["body", (log) => json(log.body, "null")],
    ["scope_name", (log) => text(log.scope_name)],
    ["scope_version", (log) => text(log.scope_version)],
    ["resource_attributes", (log) => json(log.resource_attributes, "{}")],
    ["attributes", (log) => json(log.attributes, "{}")],
    ["dropped_attributes_count", (log) => uint32(log.dropped_attributes_count)],
  ],
};
