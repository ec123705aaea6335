import type { ApiKey, Scope } from "@culprit/schemas";
import { asNullableNumber, asNumber, asText, joinKey, type Table } from "./table.ts";
import { isoTime, text, uint64 } from "./values.ts";

/** A key as it is kept: everything but the key. */
export interface StoredKey extends Omit<ApiKey, "prefix" | "last_used_at" | "spans_today"> {
  /** SHA-256 of the whole key, in hex. */
  key_hash: string;
}

/** What one collector has taken from one key on one UTC day. */
export interface KeyUsage {
  project: string;
  key_id: string;
  /** `2026-11-20` */
  day: string;
  /** Which collector counted. */
  collector: string;
  requests: number;
  spans: number;
  last_used_at: string;
}

export const keyTable: Table<StoredKey> = {
  name: "api_keys",
  key: (key) => key.key_id,
  columns: [
    ["project", (key) => text(key.project)],
    ["key_id", (key) => key.key_id],
    ["key_hash", (key) => key.key_hash],
    ["scopes", (key) => key.scopes],
    ["name", (key) => text(key.name)],
    ["requests_per_second", (key) => key.limits.requests_per_second],
    ["spans_per_second", (key) => key.limits.spans_per_second],
    ["spans_per_day", (key) => key.limits.spans_per_day],
    ["created_at", (key) => isoTime(key.created_at)],
    ["revoked_at", (key) => (key.revoked_at === null ? null : isoTime(key.revoked_at))],
  ],
  read: (row) => ({
    project: asText(row["project"]),
    key_id: asText(row["key_id"]),
    key_hash: asText(row["key_hash"]),
    scopes: row["scopes"] as Scope[],
    name: asText(row["name"]),
    limits: {
      requests_per_second: asNullableNumber(row["requests_per_second"]),
      spans_per_second: asNullableNumber(row["spans_per_second"]),
      spans_per_day: asNullableNumber(row["spans_per_day"]),
    },
    created_at: asText(row["created_at"]),
    revoked_at: row["revoked_at"] === null ? null : asText(row["revoked_at"]),
  }),
};

export const keyUsageTable: Table<KeyUsage> = {
  name: "key_usage",
  key: (usage) => joinKey(usage.project, usage.key_id, usage.day, usage.collector),
  columns: [
    ["project", (usage) => text(usage.project)],
    ["key_id", (usage) => usage.key_id],
    ["day", (usage) => usage.day],
    ["collector", (usage) => usage.collector],
    ["requests", (usage) => uint64(usage.requests)],
    ["spans", (usage) => uint64(usage.spans)],
    ["last_used_at", (usage) => isoTime(usage.last_used_at)],
  ],
  read: (row) => ({
    project: asText(row["project"]),
    key_id: asText(row["key_id"]),
    day: asText(row["day"]),
    collector: asText(row["collector"]),
    requests: asNumber(row["requests"]),
    spans: asNumber(row["spans"]),
    last_used_at: asText(row["last_used_at"]),
  }),
};
