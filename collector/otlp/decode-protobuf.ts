import { type Attributes, type RawSpan, SPAN_KINDS, STATUS_CODES } from "@culprit/schemas";
import { addSpan, type DecodedTraces } from "./decoded.ts";
import { Allowance, COST, type Limits } from "./limits.ts";
import { readEnvelope } from "./protobuf-envelope.ts";
import { readAttributeWithin } from "./protobuf-values.ts";
import { field, WIRE, WireReader } from "./wire-reader.ts";

const STATUS = { message: field(2, WIRE.bytes), code: field(3, WIRE.varint) } as const;

/**
 * Decodes the bytes of an `ExportTraceServiceRequest` of OTLP 1.11 straight into spans: there is no object for a
 * request, a resource, a scope, a key-value pair or a value on the way. Unknown fields and fields with a foreign wire
 * type are passed over, as protobuf asks.
 *
 * Spans of one resource share one `resource_attributes` object; treat it as immutable.
 *
 * @throws UndecodableError when the bytes are not a protobuf message
 * @throws TooManyItemsError when they decode to more than `limits.items`
 */
export function decodeTracesProtobuf(bytes: Uint8Array, limits?: Limits): DecodedTraces {
  const reader = new WireReader(bytes, new Allowance(limits));
  const decoded: DecodedTraces = { spans: [], refused: new Map(), items: 0, truncated: 0 };
  readEnvelope(reader, decoded.spans, (resource) => readSpan(reader, decoded, resource));
  decoded.items = reader.allowance.spent;
  decoded.truncated = reader.allowance.truncated;
  return decoded;
}

function readSpan(reader: WireReader, decoded: DecodedTraces, resource: Attributes): void {
  const { allowance } = reader;
  allowance.spend(COST.record);
  const lostBefore = allowance.enter();
  const outer = reader.enter();
  let traceId: string | undefined = "";
  let spanId: string | undefined = "";
  let parentId: string | undefined = "";
  let kept = 0;
  const span: RawSpan = {
    trace_id: "",
    span_id: "",
    parent_span_id: "",
    name: "",
    kind: "unspecified",
    start_time_unix_nano: "0",
    end_time_unix_nano: "0",
    status_code: "unset",
    status_message: "",
    trace_state: "",
    scope_name: "",
    scope_version: "",
    resource_attributes: resource,
    attributes: {},
    events: [],
    links: [],
    dropped_attributes_count: 0,
    dropped_events_count: 0,
    dropped_links_count: 0,
  };
  let lostEvents = 0;
  let lostLinks = 0;
  while (reader.position < reader.limit) {
    const tag = reader.tag();
    switch (tag) {
      case field(1, WIRE.bytes):
        traceId = reader.id(16);
        break;
      case field(2, WIRE.bytes):
        spanId = reader.id(8);
        break;
      case field(3, WIRE.bytes):
        span.trace_state = reader.string();
        break;
      case field(4, WIRE.bytes):
        parentId = reader.id(8);
        break;
      case field(5, WIRE.bytes):
        span.name = reader.name();
        break;
      case field(6, WIRE.varint):
        span.kind = SPAN_KINDS[reader.uint32()] ?? "unspecified";
        break;
      case field(7, WIRE.fixed64):
        span.start_time_unix_nano = reader.fixed64();
        break;
      case field(8, WIRE.fixed64):
        span.end_time_unix_nano = reader.fixed64();
        break;
      case field(9, WIRE.bytes):
        readAttributeWithin(reader, tag, kept++, span.attributes);
        break;
      case field(10, WIRE.varint):
        span.dropped_attributes_count = reader.uint32();
        break;
      case field(11, WIRE.bytes):
        if (span.events.length < allowance.limits.events) readEvent(reader, span);
        else {
          lostEvents++;
          reader.skip(tag);
        }
        break;
      case field(12, WIRE.varint):
        span.dropped_events_count = reader.uint32();
        break;
      case field(13, WIRE.bytes):
        if (span.links.length >= allowance.limits.links) {
          lostLinks++;
          reader.skip(tag);
        } else if (!readLink(reader, span)) lostLinks++;
        break;
      case field(14, WIRE.varint):
        span.dropped_links_count = reader.uint32();
        break;
      case field(15, WIRE.bytes):
        readStatus(reader, span);
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  span.dropped_attributes_count += allowance.leave(lostBefore);
  span.dropped_events_count += lostEvents;
  span.dropped_links_count += lostLinks;
  addSpan(decoded, span, { traceId, spanId, parentId });
}

function readEvent(reader: WireReader, span: RawSpan): void {
  const { allowance } = reader;
  allowance.spend(COST.event);
  const lostBefore = allowance.enter();
  const outer = reader.enter();
  const event: RawSpan["events"][number] = { name: "", time_unix_nano: "0", attributes: {} };
  let kept = 0;
  let dropped = 0;
  while (reader.position < reader.limit) {
    const tag = reader.tag();
    if (tag === field(1, WIRE.fixed64)) event.time_unix_nano = reader.fixed64();
    else if (tag === field(2, WIRE.bytes)) event.name = reader.name();
    else if (tag === field(3, WIRE.bytes)) readAttributeWithin(reader, tag, kept++, event.attributes);
    else if (tag === field(4, WIRE.varint)) dropped = reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  dropped += allowance.leave(lostBefore);
  if (dropped > 0) event.dropped_attributes_count = dropped;
  span.events.push(event);
}

/** False when the link points nowhere. */
function readLink(reader: WireReader, span: RawSpan): boolean {
  const { allowance } = reader;
  allowance.spend(COST.link);
  const lostBefore = allowance.enter();
  const outer = reader.enter();
  let traceId: string | undefined = "";
  let spanId: string | undefined = "";
  const attributes: Attributes = {};
  let kept = 0;
  let dropped = 0;
  while (reader.position < reader.limit) {
    const tag = reader.tag();
    if (tag === field(1, WIRE.bytes)) traceId = reader.id(16);
    else if (tag === field(2, WIRE.bytes)) spanId = reader.id(8);
    else if (tag === field(4, WIRE.bytes)) readAttributeWithin(reader, tag, kept++, attributes);
    else if (tag === field(5, WIRE.varint)) dropped = reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  dropped += allowance.leave(lostBefore);
  if (!traceId || !spanId) return false;
  const link: RawSpan["links"][number] = { trace_id: traceId, span_id: spanId, attributes };
  if (dropped > 0) link.dropped_attributes_count = dropped;
  span.links.push(link);
  return true;
}

function readStatus(reader: WireReader, span: RawSpan): void {
  const outer = reader.enter();
  while (reader.position < reader.limit) {
    const tag = reader.tag();
    if (tag === STATUS.message) span.status_message = reader.string();
    else if (tag === STATUS.code) span.status_code = STATUS_CODES[reader.uint32()] ?? "unset";
    else reader.skip(tag);
  }
  reader.leave(outer);
}
