import type { Any, Entry, PlainRecord, PlainRequest } from "./request.ts";

export const SIGNALS = ["traces", "logs"] as const;
export type FuzzedSignal = (typeof SIGNALS)[number];

/** A request as protobuf bytes. */
export function toProtobuf(signal: FuzzedSignal, request: PlainRequest): Buffer {
  const record = signal === "traces" ? spanMessage : logMessage;
  return message(
    request.groups.map((group) =>
      bytes(
        1,
        message([
          bytes(1, message(group.resource.map((entry) => bytes(1, entryMessage(entry))))),
          bytes(
            2,
            message([
              bytes(1, message([string(1, group.scope.name), string(2, group.scope.version)])),
              ...group.records.map((one) => bytes(2, record(one))),
            ]),
          ),
        ]),
      ),
    ),
  );
}

/** A request as OTLP/JSON text. */
export function toJson(signal: FuzzedSignal, request: PlainRequest): string {
  const traces = signal === "traces";
  return JSON.stringify({
    [traces ? "resourceSpans" : "resourceLogs"]: request.groups.map(({ resource, scope, records }) => ({
      resource: { attributes: resource.map(jsonEntry) },
      [traces ? "scopeSpans" : "scopeLogs"]: [
        { scope, [traces ? "spans" : "logRecords"]: records.map(traces ? jsonSpan : jsonLog) },
      ],
    })),
  });
}

function spanMessage(span: PlainRecord): Buffer {
  return message([
    bytes(1, span.traceId),
    bytes(2, span.spanId),
    bytes(4, span.parentSpanId),
    string(5, span.name),
    varint(6, BigInt(span.kind)),
    fixed64(7, span.start),
    fixed64(8, span.end),
    ...span.attributes.map((entry) => bytes(9, entryMessage(entry))),
    ...span.events.map((event) =>
      bytes(
        11,
        message([
          fixed64(1, event.time),
          string(2, event.name),
          ...event.attributes.map((entry) => bytes(3, entryMessage(entry))),
        ]),
      ),
    ),
    ...span.links.map((link) =>
      bytes(
        13,
        message([
          bytes(1, link.traceId),
          bytes(2, link.spanId),
          ...link.attributes.map((entry) => bytes(4, entryMessage(entry))),
        ]),
      ),
    ),
    ...(span.status ? [bytes(15, message([string(2, span.status.message), varint(3, BigInt(span.status.code))]))] : []),
  ]);
}

function logMessage(log: PlainRecord): Buffer {
  return message([
    fixed64(1, log.start),
    varint(2, BigInt(log.kind)),
    string(3, log.status?.message ?? ""),
    bytes(5, anyMessage(log.body)),
    ...log.attributes.map((entry) => bytes(6, entryMessage(entry))),
    bytes(9, log.traceId),
    bytes(10, log.spanId),
    fixed64(11, log.end),
  ]);
}

function entryMessage({ key, value }: Entry): Buffer {
  return message([string(1, key), ...(value === undefined ? [] : [bytes(2, anyMessage(value))])]);
}

function anyMessage(value: Any): Buffer {
  switch (value.kind) {
    case "none":
      return Buffer.alloc(0);
    case "string":
      return string(1, value.value);
    case "bool":
      return varint(2, value.value ? 1n : 0n);
    case "int":
      return varint(3, BigInt.asUintN(64, value.value));
    case "double": {
      const field = Buffer.alloc(9);
      field[0] = (4 << 3) | 1;
      field.writeDoubleLE(value.value, 1);
      return field;
    }
    case "array":
      return bytes(5, message(value.values.map((one) => bytes(1, anyMessage(one)))));
    case "kvlist":
      return bytes(6, message(value.entries.map((entry) => bytes(1, entryMessage(entry)))));
    case "bytes":
      return bytes(7, value.value);
  }
}

function message(fields: readonly Uint8Array[]): Buffer {
  return Buffer.concat(fields);
}

function bytes(field: number, content: Uint8Array): Buffer {
  return Buffer.concat([number(BigInt((field << 3) | 2)), number(BigInt(content.length)), content]);
}

function string(field: number, text: string): Buffer {
  return bytes(field, Buffer.from(text));
}

function varint(field: number, value: bigint): Buffer {
  return Buffer.concat([number(BigInt(field << 3)), number(value)]);
}

function fixed64(field: number, value: bigint): Buffer {
  const made = Buffer.alloc(9);
  made[0] = (field << 3) | 1;
  made.writeBigUInt64LE(value, 1);
  return made;
}

function number(value: bigint): Buffer {
  const made: number[] = [];
  let rest = value;
  for (; rest > 127n; rest >>= 7n) made.push(Number(rest & 127n) | 128);
  made.push(Number(rest));
  return Buffer.from(made);
}

function jsonSpan(span: PlainRecord): unknown {
  return {
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId),
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: String(span.start),
    endTimeUnixNano: String(span.end),
    attributes: span.attributes.map(jsonEntry),
    events: span.events.map((event) => ({
      timeUnixNano: String(event.time),
      name: event.name,
      attributes: event.attributes.map(jsonEntry),
    })),
    links: span.links.map((link) => ({
      traceId: hex(link.traceId),
      spanId: hex(link.spanId),
      attributes: link.attributes.map(jsonEntry),
    })),
    ...(span.status ? { status: span.status } : {}),
  };
}

function jsonLog(log: PlainRecord): unknown {
  return {
    timeUnixNano: String(log.start),
    observedTimeUnixNano: String(log.end),
    severityNumber: log.kind,
    severityText: log.status?.message ?? "",
    body: jsonAny(log.body),
    attributes: log.attributes.map(jsonEntry),
    traceId: hex(log.traceId),
    spanId: hex(log.spanId),
  };
}

function jsonEntry({ key, value }: Entry): unknown {
  return value === undefined ? { key } : { key, value: jsonAny(value) };
}

function jsonAny(value: Any): unknown {
  switch (value.kind) {
    case "none":
      return {};
    case "string":
      return { stringValue: value.value };
    case "bool":
      return { boolValue: value.value };
    case "int":
      return { intValue: String(value.value) };
    case "double":
      return {
        doubleValue:
          Number.isFinite(value.value) && !Object.is(value.value, -0) ? value.value : doubleText(value.value),
      };
    case "array":
      return { arrayValue: { values: value.values.map(jsonAny) } };
    case "kvlist":
      return { kvlistValue: { values: value.entries.map(jsonEntry) } };
    case "bytes":
      return { bytesValue: Buffer.from(value.value).toString("base64") };
  }
}

function doubleText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function hex(id: Uint8Array): string {
  return Buffer.from(id).toString("hex");
}
