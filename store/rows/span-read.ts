import type { Attributes, AttributeValue, RawSpan, Span, SpanEvent, SpanLink, SpanReading } from "@culprit/schemas";
import { CONTENT_MARK, VALUE_TYPES } from "./span.ts";

/** The reading of a raw span, messages and all; the collector's dialects. */
export type ReadSpan = (raw: RawSpan) => SpanReading;

/** What a reference stands for, or undefined when that is not there any more. */
export type Dereference = (reference: string) => string | undefined;

/** Stands where content was: its rows have been deleted, and the span's have not. */
const GONE = "(content no longer kept)";

/** What a read of spans selects, in the order of {@link SpanTuple}. */
export const SPAN_SELECTION = `span_id, parent_span_id, name, kind, start_unix_nano, end_unix_nano, status_code,
  status_message, scope_name, scope_version, resource_attributes, mapKeys(attributes), mapValues(attributes),
  attribute_types, events, links, extra, reading, toUnixTimestamp64Micro(ingested_at)`;

/** A selected span as JSONCompactEachRow gives it. */
export type SpanTuple = [
  spanId: string,
  parentSpanId: string,
  name: string,
  kind: Span["kind"],
  start: string,
  end: string,
  statusCode: Span["status_code"],
  statusMessage: string,
  scopeName: string,
  scopeVersion: string,
  resource: string,
  keys: string[],
  values: string[],
  types: string,
  events: string,
  links: string,
  extra: string,
  reading: string,
  ingestedMicros: string,
];

type Extra = Pick<RawSpan, "trace_state" | "dropped_attributes_count" | "dropped_events_count" | "dropped_links_count">;
const NO_EXTRA: Extra = {
  trace_state: "",
  dropped_attributes_count: 0,
  dropped_events_count: 0,
  dropped_links_count: 0,
};

/** The newest row of each span. */
export function newestOfEach(rows: readonly SpanTuple[]): SpanTuple[] {
  const newest = new Map<string, SpanTuple>();
  for (const row of rows) {
    const other = newest.get(row[0]);
    if (other === undefined || Number(other[18]) <= Number(row[18])) newest.set(row[0], row);
  }
  return [...newest.values()];
}

/** Whether a row holds references into `contents`. */
export function hasReferences(row: SpanTuple): boolean {
  return /[A-Z]/.test(row[13]) || [row[14], row[15], row[17]].some((text) => text.startsWith(CONTENT_MARK));
}

/** A stored row as the span it was. */
export function spanOf(
  { project, traceId }: { project: string; traceId: string },
  row: SpanTuple,
  dereference: Dereference,
  read: ReadSpan,
): Span {
  const raw: RawSpan = {
    trace_id: traceId,
    span_id: row[0],
    parent_span_id: row[1],
    name: row[2],
    kind: row[3],
    start_time_unix_nano: row[4],
    end_time_unix_nano: row[5],
    status_code: row[6],
    status_message: row[7],
    scope_name: row[8],
    scope_version: row[9],
    resource_attributes: row[10] === "" ? {} : (JSON.parse(row[10]) as Attributes),
    attributes: attributesOf(row[11], row[12], row[13], dereference),
    events: listOf<SpanEvent>(row[14], dereference),
    links: listOf<SpanLink>(row[15], dereference),
    ...(row[16] === "" ? NO_EXTRA : (JSON.parse(row[16]) as Extra)),
  };
  const reading = whole(row[17], dereference);
  return { project, ...raw, reading: reading === "" ? read(raw) : (JSON.parse(reading) as SpanReading) };
}

function listOf<Item>(text: string, dereference: Dereference): Item[] {
  const list = whole(text, dereference);
  return list === "" ? [] : (JSON.parse(list) as Item[]);
}

/** The text of a column; empty when its content is gone. */
function whole(text: string, dereference: Dereference): string {
  return text.startsWith(CONTENT_MARK) ? (dereference(text.slice(CONTENT_MARK.length)) ?? "") : text;
}

/** The attributes a map's keys and values and their type letters stand for; a key called `__proto__` stays data. */
export function attributesOf(
  keys: readonly string[],
  values: readonly string[],
  types: string,
  dereference: Dereference,
): Attributes {
  return Object.fromEntries(
    keys.map((key, index) => [
      key,
      attributeOf(values[index] as string, types[index] ?? VALUE_TYPES.text, dereference),
    ]),
  );
}

function attributeOf(kept: string, type: string, dereference: Dereference): AttributeValue {
  const letter = type.toLowerCase();
  const value = letter === type ? kept : dereference(kept);
  if (value === undefined) return GONE;
  if (letter === VALUE_TYPES.number) return Number(value);
  if (letter === VALUE_TYPES.boolean) return value === "true";
  if (letter === VALUE_TYPES.null) return null;
  if (letter === VALUE_TYPES.json) return JSON.parse(value) as AttributeValue;
  return value;
}
