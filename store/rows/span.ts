import {
  type Attributes,
  type AttributeValue,
  type IncomingSpan,
  SPAN_KINDS,
  type SpanReading,
  STATUS_CODES,
} from "@culprit/schemas";
import { encodeBlock } from "../native/block.ts";
import type { ByteWriter } from "../native/byte-writer.ts";
import { decimalColumn, enumColumn, type NativeColumn, textColumn, uint64Column } from "../native/columns.ts";
import { attributeText, json } from "./values.ts";

/** What a value was before it became text, one letter an attribute in the order of the map. */
export const VALUE_TYPES = { text: "s", number: "n", boolean: "b", null: "0", json: "j" } as const;
/** Beside a type letter's upper case stands a reference into `contents` in place of the value: `S`, `J`. */
export const CONTENT_MARK = "@";

/** Takes large texts out of a block's rows. */
export interface ContentSink {
  /** A reference to be kept in place of the text, or undefined for a text that stays where it is. */
  put(span: IncomingSpan, text: string): string | undefined;
}

/** A span with everything that is not a plain field already in the text its column takes. */
interface SpanRow {
  span: IncomingSpan;
  keys: string[];
  values: string[];
  types: string;
  resource: string;
  events: string;
  links: string;
  reading: string;
}

const columns: readonly NativeColumn<SpanRow>[] = [
  textColumn("project", (row) => row.span.project),
  textColumn("trace_id", (row) => row.span.trace_id),
  textColumn("span_id", (row) => row.span.span_id),
  textColumn("parent_span_id", (row) => row.span.parent_span_id),
  textColumn("name", (row) => row.span.name),
  enumColumn("kind", SPAN_KINDS, (row) => row.span.kind),
  decimalColumn("start_unix_nano", (row) => row.span.start_time_unix_nano),
  decimalColumn("end_unix_nano", (row) => row.span.end_time_unix_nano),
  enumColumn("status_code", STATUS_CODES, (row) => row.span.status_code),
  textColumn("status_message", (row) => row.span.status_message),
  textColumn("scope_name", (row) => row.span.scope_name),
  textColumn("scope_version", (row) => row.span.scope_version),
  textColumn("resource_attributes", (row) => row.resource),
  { name: "attributes", type: "Map(String, String)", write: writeMaps },
  textColumn("attribute_types", (row) => row.types),
  textColumn("events", (row) => row.events),
  textColumn("links", (row) => row.links),
  textColumn("extra", (row) => extraOf(row.span)),
  textColumn("dialect", (row) => row.span.reading.dialect),
  textColumn("operation", (row) => row.span.reading.operation),
  textColumn("agent", (row) => row.span.reading.agent),
  textColumn("tool", (row) => row.span.reading.tool),
  textColumn("model", (row) => row.span.reading.model),
  uint64Column("input_tokens", (row) => row.span.reading.input_tokens),
  uint64Column("output_tokens", (row) => row.span.reading.output_tokens),
  textColumn("conversation_id", (row) => row.span.reading.conversation_id),
  textColumn("reading", (row) => row.reading),
];

/** The columns an insert of spans names; `ingested_at` is the engine's own. */
export const SPAN_COLUMNS = columns.map(({ name }) => name);

/** Spans as one Native block; texts that `contents` takes leave a reference behind. */
export function encodeSpanBlock(spans: readonly IncomingSpan[], contents: ContentSink): Buffer {
  const resources = new Map<Attributes, string>();
  return encodeBlock(
    columns,
    spans.map((span) => toRow(span, contents, resources)),
  );
}

function toRow(span: IncomingSpan, contents: ContentSink, resources: Map<Attributes, string>): SpanRow {
  const keys = Object.keys(span.attributes);
  const values: string[] = [];
  let types = "";
  let plain = true;
  for (const key of keys) {
    const value = span.attributes[key] as AttributeValue;
    const type = typeOf(value);
    const text = typeof value === "string" ? value : attributeText(value);
    const reference = contents.put(span, text);
    values.push(reference ?? text);
    types += reference === undefined ? type : type.toUpperCase();
    plain &&= type === VALUE_TYPES.text && reference === undefined;
  }
  const { reading } = span;
  return {
    span,
    keys,
    values,
    types: plain ? "" : types,
    resource: resourceText(span.resource_attributes, resources),
    events: column(span, list(span.events), contents),
    links: column(span, list(span.links), contents),
    // The head of a reading leaves the column empty: the whole is read out of the span.
    reading: "input" in reading ? column(span, readingText(reading), contents) : "",
  };
}

function typeOf(value: AttributeValue): string {
  if (typeof value === "string") return VALUE_TYPES.text;
  if (typeof value === "number") return VALUE_TYPES.number;
  if (typeof value === "boolean") return VALUE_TYPES.boolean;
  return value === null ? VALUE_TYPES.null : VALUE_TYPES.json;
}

/** Spans of one resource share its object, so its text is made once. */
function resourceText(attributes: Attributes, known: Map<Attributes, string>): string {
  let text = known.get(attributes);
  if (text === undefined) {
    text = json(attributes, "{}");
    known.set(attributes, text);
  }
  return text;
}

/** A reading whose messages are nested past the stack's depth keeps its head. */
function readingText(reading: SpanReading): string {
  return json(reading, "") || JSON.stringify({ ...reading, input: [], output: [] });
}

function extraOf(span: IncomingSpan): string {
  const { trace_state, dropped_attributes_count, dropped_events_count, dropped_links_count } = span;
  if (trace_state === "" && dropped_attributes_count + dropped_events_count + dropped_links_count === 0) return "";
  return JSON.stringify({ trace_state, dropped_attributes_count, dropped_events_count, dropped_links_count });
}

function list(items: readonly unknown[]): string {
  return items.length === 0 ? "" : json(items);
}

/** JSON text never begins with the mark of a reference. */
function column(span: IncomingSpan, text: string, contents: ContentSink): string {
  const reference = text === "" ? undefined : contents.put(span, text);
  return reference === undefined ? text : CONTENT_MARK + reference;
}

/** Native keeps a map as where each row's entries end, then all keys, then all values. */
function writeMaps(out: ByteWriter, rows: readonly SpanRow[]): void {
  let end = 0;
  for (const row of rows) {
    end += row.keys.length;
    out.uint64(end);
  }
  for (const row of rows) for (const key of row.keys) out.text(key);
  for (const row of rows) for (const value of row.values) out.text(value);
}
