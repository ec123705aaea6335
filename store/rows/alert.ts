import type { AlertDelivery, AlertEvent, AlertStanding } from "@culprit/schemas";
import { asNumber, asText, joinKey, type Table } from "./table.ts";
import { isoTime, json, text, uint32, uint64 } from "./values.ts";

type Details = Omit<
  AlertEvent,
  "event_id" | "project" | "rule" | "agent" | "state" | "count" | "window_seconds" | "runs" | "at"
>;

/** What events of before had not. */
const NO_DETAILS: Details = {
  kind: "failures",
  severity: "warning",
  subject: "",
  repeated: false,
  summary: "",
  value: 0,
  threshold: 1,
  sample: 0,
  url: "",
};

function detailsOf(event: AlertEvent): Details {
  const { kind, severity, subject, repeated, summary, value, threshold, sample, url } = event;
  return { kind, severity, subject, repeated, summary, value, threshold, sample, url };
}

export const alertEventTable: Table<AlertEvent> = {
  name: "alert_events",
  key: (event) => joinKey(event.project, event.event_id),
  columns: [
    ["project", (event) => text(event.project)],
    ["event_id", (event) => text(event.event_id)],
    ["rule", (event) => text(event.rule)],
    ["agent", (event) => text(event.agent)],
    ["state", (event) => event.state],
    ["count", (event) => uint64(event.count)],
    ["window_seconds", (event) => uint64(event.window_seconds)],
    ["runs", (event) => json(event.runs)],
    ["details", (event) => json(detailsOf(event), "{}")],
    ["at", (event) => isoTime(event.at)],
  ],
  read: (row) => ({
    ...NO_DETAILS,
    ...(JSON.parse(asText(row["details"]) || "{}") as Partial<Details>),
    project: asText(row["project"]),
    event_id: asText(row["event_id"]),
    rule: asText(row["rule"]),
    agent: asText(row["agent"]),
    state: row["state"] as AlertEvent["state"],
    count: asNumber(row["count"]),
    window_seconds: asNumber(row["window_seconds"]),
    runs: (JSON.parse(asText(row["runs"])) as AlertEvent["runs"]).map((run) => ({
      ...run,
      agent: run.agent ?? asText(row["agent"]),
    })),
    at: asText(row["at"]),
  }),
};

export const alertStandingTable: Table<AlertStanding> = {
  name: "alert_states",
  key: (row) => joinKey(row.project, row.rule, row.subject),
  columns: [
    ["project", (row) => text(row.project)],
    ["rule", (row) => text(row.rule)],
    ["subject", (row) => text(row.subject)],
    ["state", (row) => row.state],
    ["since", (row) => isoTime(row.since)],
    ["quiet_since", (row) => (row.quiet_since === null ? null : isoTime(row.quiet_since))],
    ["notified_at", (row) => (row.notified_at === null ? null : isoTime(row.notified_at))],
    ["last_event_id", (row) => row.last_event_id],
  ],
  read: (row) => ({
    project: asText(row["project"]),
    rule: asText(row["rule"]),
    subject: asText(row["subject"]),
    state: row["state"] as AlertStanding["state"],
    since: asText(row["since"]),
    quiet_since: row["quiet_since"] as string | null,
    notified_at: row["notified_at"] as string | null,
    last_event_id: asText(row["last_event_id"]),
  }),
};

/** A delivery with the project it is of. */
export type StoredDelivery = AlertDelivery & { project: string };

export const alertDeliveryTable: Table<StoredDelivery> = {
  name: "alert_deliveries",
  key: (row) => joinKey(row.project, row.event_id, row.target_id),
  columns: [
    ["project", (row) => text(row.project)],
    ["event_id", (row) => row.event_id],
    ["target_id", (row) => row.target_id],
    ["rule", (row) => text(row.rule)],
    ["target", (row) => text(row.target)],
    ["status", (row) => row.status],
    ["attempts", (row) => uint32(row.attempts)],
    ["next_at", (row) => isoTime(row.next_at)],
    ["error", (row) => text(row.error)],
    ["created_at", (row) => isoTime(row.created_at)],
  ],
  read: (row) => ({
    project: asText(row["project"]),
    event_id: asText(row["event_id"]),
    target_id: asText(row["target_id"]),
    rule: asText(row["rule"]),
    target: asText(row["target"]),
    status: row["status"] as AlertDelivery["status"],
    attempts: asNumber(row["attempts"]),
    next_at: asText(row["next_at"]),
    error: asText(row["error"]),
    created_at: asText(row["created_at"]),
  }),
};
