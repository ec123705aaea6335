import { type Attributes, type RawSpan, SPAN_KINDS, STATUS_CODES } from "@culprit/schemas";
import { addSpan, type DecodedTraces } from "./decoded.ts";
import { readAttributes } from "./json-attributes.ts";
import { readJsonEnvelope, type Surroundings } from "./json-envelope.ts";
import { count, enumName, type Fields, fieldsOf, hexId, listOf, nanos, text } from "./json-fields.ts";
import { parseJson } from "./json-parse.ts";
import { Allowance, COST, type Limits } from "./limits.ts";

const LEVELS = { groups: "resourceSpans", scopes: "scopeSpans", records: "spans" };

/**
 * Decodes an `ExportTraceServiceRequest` in OTLP/JSON: lowerCamelCase keys, ids as hex in any case, 64-bit integers
 * as strings or numbers, enums as numbers (names are understood too), null as absent, unknown fields ignored.
 *
 * Spans of one resource share one `resource_attributes` object; treat it as immutable.
 *
 * @throws UndecodableError when the text is not JSON, or a field has a type OTLP does not give it
 * @throws TooManyItemsError when it decodes to more than `limits.items`
 */
export function decodeTracesJson(body: string | Uint8Array, limits?: Limits): DecodedTraces {
  const allowance = new Allowance(limits);
  const decoded: DecodedTraces = { spans: [], refused: new Map(), items: 0, truncated: 0 };
  readJsonEnvelope(parseJson(body, limits), LEVELS, allowance, (span, surroundings) =>
    readSpan(span, surroundings, allowance, decoded),
  );
  decoded.items = allowance.spent;
  decoded.truncated = allowance.truncated;
  return decoded;
}

function readSpan(fields: Fields, surroundings: Surroundings, allowance: Allowance, decoded: DecodedTraces): void {
  allowance.spend(COST.record);
  const { limits } = allowance;
  const lostBefore = allowance.enter();
  const attributes: Attributes = {};
  readAttributes(fields, attributes, allowance);
  const status = fields["status"] == null ? {} : fieldsOf(fields["status"], "status");
  const events = listOf(fields, "events");
  const links = listOf(fields, "links");
  const span: RawSpan = {
    trace_id: "",
    span_id: "",
    parent_span_id: "",
    name: text(fields, "name", allowance),
    kind: enumName(fields, "kind", SPAN_KINDS, "SPAN_KIND_"),
    start_time_unix_nano: nanos(fields, "startTimeUnixNano"),
    end_time_unix_nano: nanos(fields, "endTimeUnixNano"),
    status_code: enumName(status, "code", STATUS_CODES, "STATUS_CODE_"),
    status_message: text(status, "message", allowance),
    trace_state: text(fields, "traceState", allowance),
    scope_name: surroundings.scope,
    scope_version: surroundings.version,
    resource_attributes: surroundings.resource,
    attributes,
    events: events.slice(0, limits.events).map((event) => readEvent(fieldsOf(event, "event"), allowance)),
    links: [],
    dropped_attributes_count: count(fields, "droppedAttributesCount"),
    dropped_events_count: count(fields, "droppedEventsCount") + Math.max(0, events.length - limits.events),
    dropped_links_count: count(fields, "droppedLinksCount"),
  };
  for (const link of links) if (!readLink(fieldsOf(link, "link"), span, allowance)) span.dropped_links_count++;
  span.dropped_attributes_count += allowance.leave(lostBefore);
  addSpan(decoded, span, {
    traceId: hexId(fields, "traceId", 32),
    spanId: hexId(fields, "spanId", 16),
    parentId: hexId(fields, "parentSpanId", 16),
  });
}

function readEvent(fields: Fields, allowance: Allowance): RawSpan["events"][number] {
  allowance.spend(COST.event);
  const lostBefore = allowance.enter();
  const attributes: Attributes = {};
  readAttributes(fields, attributes, allowance);
  const dropped = count(fields, "droppedAttributesCount") + allowance.leave(lostBefore);
  return {
    name: text(fields, "name", allowance),
    time_unix_nano: nanos(fields, "timeUnixNano"),
    attributes,
    ...(dropped > 0 ? { dropped_attributes_count: dropped } : {}),
  };
}

/** False when the link points nowhere, or there are too many. */
function readLink(fields: Fields, span: RawSpan, allowance: Allowance): boolean {
  if (span.links.length >= allowance.limits.links) return false;
  allowance.spend(COST.link);
  const traceId = hexId(fields, "traceId", 32);
  const spanId = hexId(fields, "spanId", 16);
  const lostBefore = allowance.enter();
  const attributes: Attributes = {};
  readAttributes(fields, attributes, allowance);
  const dropped = count(fields, "droppedAttributesCount") + allowance.leave(lostBefore);
  if (!traceId || !spanId) return false;
  span.links.push({
    trace_id: traceId,
    span_id: spanId,
    attributes,
    ...(dropped > 0 ? { dropped_attributes_count: dropped } : {}),
  });
  return true;
}
