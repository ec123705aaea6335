import { createRequire } from "node:module";
import protobuf from "protobufjs";

// Without its own `long` package, protobufjs rounds 64-bit integers; as an ES module it does not find it by itself.
const own = createRequire(createRequire(import.meta.url).resolve("protobufjs"));
const long = own("long") as { default?: typeof protobuf.util.Long };
protobuf.util.Long = long.default ?? (long as unknown as typeof protobuf.util.Long);
protobuf.configure();

type FieldRow = [name: string, id: number, type: string, repeated?: "repeated"];

/** The OTLP messages by field number, written apart from the decoder under test: the oracle's own view of the wire. */
const MESSAGES: Record<string, FieldRow[]> = {
  AnyValue: [
    ["stringValue", 1, "string"],
    ["boolValue", 2, "bool"],
    ["intValue", 3, "int64"],
    ["doubleValue", 4, "double"],
    ["arrayValue", 5, "ArrayValue"],
    ["kvlistValue", 6, "KeyValueList"],
    ["bytesValue", 7, "bytes"],
  ],
  ArrayValue: [["values", 1, "AnyValue", "repeated"]],
  KeyValueList: [["values", 1, "KeyValue", "repeated"]],
  KeyValue: [
    ["key", 1, "string"],
    ["value", 2, "AnyValue"],
  ],
  Scope: [
    ["name", 1, "string"],
    ["version", 2, "string"],
    ["attributes", 3, "KeyValue", "repeated"],
  ],
  Resource: [
    ["attributes", 1, "KeyValue", "repeated"],
    ["droppedAttributesCount", 2, "uint32"],
  ],
  Status: [
    ["message", 2, "string"],
    ["code", 3, "int32"],
  ],
  Event: [
    ["timeUnixNano", 1, "fixed64"],
    ["name", 2, "string"],
    ["attributes", 3, "KeyValue", "repeated"],
    ["droppedAttributesCount", 4, "uint32"],
  ],
  Link: [
    ["traceId", 1, "bytes"],
    ["spanId", 2, "bytes"],
    ["traceState", 3, "string"],
    ["attributes", 4, "KeyValue", "repeated"],
    ["flags", 6, "fixed32"],
  ],
  Span: [
    ["traceId", 1, "bytes"],
    ["spanId", 2, "bytes"],
    ["traceState", 3, "string"],
    ["parentSpanId", 4, "bytes"],
    ["name", 5, "string"],
    ["kind", 6, "int32"],
    ["startTimeUnixNano", 7, "fixed64"],
    ["endTimeUnixNano", 8, "fixed64"],
    ["attributes", 9, "KeyValue", "repeated"],
    ["droppedAttributesCount", 10, "uint32"],
    ["events", 11, "Event", "repeated"],
    ["droppedEventsCount", 12, "uint32"],
    ["links", 13, "Link", "repeated"],
    ["droppedLinksCount", 14, "uint32"],
    ["status", 15, "Status"],
    ["flags", 16, "fixed32"],
  ],
  ScopeSpans: [
    ["scope", 1, "Scope"],
    ["spans", 2, "Span", "repeated"],
    ["schemaUrl", 3, "string"],
  ],
  ResourceSpans: [
    ["resource", 1, "Resource"],
    ["scopeSpans", 2, "ScopeSpans", "repeated"],
    ["schemaUrl", 3, "string"],
  ],
  Request: [["resourceSpans", 1, "ResourceSpans", "repeated"]],
  LogRecord: [
    ["timeUnixNano", 1, "fixed64"],
    ["severityNumber", 2, "int32"],
    ["severityText", 3, "string"],
    ["body", 5, "AnyValue"],
    ["attributes", 6, "KeyValue", "repeated"],
    ["droppedAttributesCount", 7, "uint32"],
    ["flags", 8, "fixed32"],
    ["traceId", 9, "bytes"],
    ["spanId", 10, "bytes"],
    ["observedTimeUnixNano", 11, "fixed64"],
    ["eventName", 12, "string"],
  ],
  ScopeLogs: [
    ["scope", 1, "Scope"],
    ["logRecords", 2, "LogRecord", "repeated"],
  ],
  ResourceLogs: [
    ["resource", 1, "Resource"],
    ["scopeLogs", 2, "ScopeLogs", "repeated"],
  ],
  LogsRequest: [["resourceLogs", 1, "ResourceLogs", "repeated"]],
  NumberDataPoint: [
    ["timeUnixNano", 3, "fixed64"],
    ["asDouble", 4, "double"],
  ],
  NumberDataPoints: [["dataPoints", 1, "NumberDataPoint", "repeated"]],
  Metric: [
    ["name", 1, "string"],
    ["gauge", 5, "NumberDataPoints"],
    ["sum", 7, "NumberDataPoints"],
  ],
  ScopeMetrics: [
    ["scope", 1, "Scope"],
    ["metrics", 2, "Metric", "repeated"],
  ],
  ResourceMetrics: [
    ["resource", 1, "Resource"],
    ["scopeMetrics", 2, "ScopeMetrics", "repeated"],
  ],
  MetricsRequest: [["resourceMetrics", 1, "ResourceMetrics", "repeated"]],
  RpcStatus: [
    ["code", 1, "int32"],
    ["message", 2, "string"],
  ],
  PartialSuccess: [
    ["rejectedSpans", 1, "int64"],
    ["errorMessage", 2, "string"],
  ],
  Response: [["partialSuccess", 1, "PartialSuccess"]],
};

const root = new protobuf.Root();
for (const [name, fields] of Object.entries(MESSAGES)) {
  const type = new protobuf.Type(name);
  for (const [field, id, kind, rule] of fields) type.add(new protobuf.Field(field, id, kind, rule));
  if (name === "AnyValue") {
    type.add(
      new protobuf.OneOf(
        "value",
        fields.map(([field]) => field),
      ),
    );
  }
  root.add(type);
}

/** An OTLP request as plain data: camelCase fields, 64-bit integers as decimal strings, ids as bytes. */
export interface PlainRequest {
  resourceSpans: unknown[];
}

export function encodeRequest(request: PlainRequest): Uint8Array {
  return encodeMessage("Request", { ...request });
}

/** Any of {@link MESSAGES} as bytes. */
export function encodeMessage(name: string, message: Record<string, unknown>): Uint8Array {
  const type = root.lookupType(name);
  return type.encode(type.fromObject(message)).finish();
}

/** protobufjs' reading of bytes, 64-bit integers as strings and bytes as base64. */
export function decodeMessage(name: string, bytes: Uint8Array): Record<string, unknown> {
  const type = root.lookupType(name);
  return type.toObject(type.decode(bytes), { longs: String, bytes: String });
}
