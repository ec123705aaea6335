import type { Attributes, RawLog } from "@culprit/schemas";

/** A log record before anything was read of it. */
export function newLog(resource: Attributes): RawLog {
  return {
    trace_id: "",
    span_id: "",
    log_id: "",
    position: 0,
    time_unix_nano: "0",
    severity_number: 0,
    severity_text: "",
    event_name: "",
    body: null,
    scope_name: "",
    scope_version: "",
    resource_attributes: resource,
    attributes: {},
    dropped_attributes_count: 0,
  };
}

/** The record's own event name, else the attribute that older SDKs write it to. */
export function eventNameOf(log: RawLog): string {
  if (log.event_name !== "") return log.event_name;
  const named = log.attributes["event.name"];
  return typeof named === "string" ? named : "";
}
