import { type PlainSpan, RESOURCE, SCOPE } from "./workload.ts";

export const ENCODINGS = ["protobuf", "json"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** One export request, encoded once; ids and times are placeholders until {@link stamp} writes them. */
export interface Template {
  encoding: Encoding;
  bytes: Buffer;
  /** Where each span begins in `bytes`. */
  spanAt: number[];
  /** Position of each span in its run. */
  indexes: number[];
  /** Position of each span's parent in its run, -1 for a root. */
  parents: number[];
  runs: number;
}

/** Encodes whole runs as one OTLP request. */
export function encodeTemplate(encoding: Encoding, runs: readonly PlainSpan[][]): Template {
  const spans = runs.flat();
  const { bytes, spanAt } = encoding === "protobuf" ? encodeProtobuf(spans) : encodeJson(spans);
  return {
    encoding,
    bytes,
    spanAt,
    indexes: spans.map(({ index }) => index),
    parents: spans.map(({ parent }) => parent),
    runs: runs.length,
  };
}

/** Offsets of the fixed-width fields at the head of a protobuf span; a root has no parent field. */
export const PROTOBUF_AT = { trace: 2, span: 20, parent: 30, times: 38, timesOfRoot: 28 } as const;

function encodeProtobuf(spans: readonly PlainSpan[]): { bytes: Buffer; spanAt: number[] } {
  const encoded = spans.map((span) => {
    const parent = span.parent < 0 ? [] : [Buffer.from([0x22, 8]), Buffer.alloc(8)];
    const head = [Buffer.from([0x0a, 16]), Buffer.alloc(16), Buffer.from([0x12, 8]), Buffer.alloc(8), ...parent];
    const times = [Buffer.from([0x39]), Buffer.alloc(8), Buffer.from([0x41]), Buffer.alloc(8)];
    const attributes = span.attributes.map(([key, value]) => delimited(9, keyValue(key, value)));
    const status = delimited(15, Buffer.from([0x18, span.status]));
    return Buffer.concat([
      ...head,
      ...times,
      delimited(5, Buffer.from(span.name)),
      Buffer.from([0x30, 1]),
      ...attributes,
      status,
    ]);
  });
  const scope = delimited(
    1,
    Buffer.concat([delimited(1, Buffer.from(SCOPE.name)), delimited(2, Buffer.from(SCOPE.version))]),
  );
  const resource = delimited(1, Buffer.concat(RESOURCE.map(([key, value]) => delimited(1, keyValue(key, value)))));
  const fields = encoded.map((span) => delimited(2, span));
  const scopeSpans = delimited(2, Buffer.concat([scope, ...fields]));
  const bytes = delimited(1, Buffer.concat([resource, scopeSpans]));
  // Everything before the first span is what is left when the spans are taken away.
  let at = bytes.length - fields.reduce((sum, field) => sum + field.length, 0);
  const spanAt = fields.map((field, position) => {
    const start = at + field.length - (encoded[position] as Buffer).length;
    at += field.length;
    return start;
  });
  return { bytes, spanAt };
}

function keyValue(key: string, value: string | number): Buffer {
  const any =
    typeof value === "string" ? delimited(1, Buffer.from(value)) : Buffer.concat([Buffer.from([0x18]), varint(value)]);
  return Buffer.concat([delimited(1, Buffer.from(key)), delimited(2, any)]);
}

function delimited(field: number, content: Buffer): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

const ZERO = { trace: "0".repeat(32), span: "0".repeat(16), time: "0".repeat(19) };
const JSON_HEAD = `{"traceId":"${ZERO.trace}","spanId":"${ZERO.span}","parentSpanId":"${ZERO.span}","startTimeUnixNano":"${ZERO.time}","endTimeUnixNano":"${ZERO.time}",`;
const JSON_ROOT_HEAD = JSON_HEAD.replace(`"parentSpanId":"${ZERO.span}",`, "");

/** Offsets of the fixed-width fields at the head of a JSON span; a root has no parent field. */
export const JSON_AT = { child: jsonOffsets(JSON_HEAD), root: jsonOffsets(JSON_ROOT_HEAD) };

function jsonOffsets(head: string): Record<"trace" | "span" | "parent" | "start" | "end", number> {
  const after = (key: string) => head.indexOf(`"${key}":"`) + key.length + 4;
  return {
    trace: after("traceId"),
    span: after("spanId"),
    parent: after("parentSpanId"),
    start: after("startTimeUnixNano"),
    end: after("endTimeUnixNano"),
  };
}

function encodeJson(spans: readonly PlainSpan[]): { bytes: Buffer; spanAt: number[] } {
  const texts = spans.map((span) => {
    const rest = JSON.stringify({
      name: span.name,
      kind: 1,
      attributes: span.attributes.map(([key, value]) => ({ key, value: anyValue(value) })),
      status: { code: span.status },
    });
    return (span.parent < 0 ? JSON_ROOT_HEAD : JSON_HEAD) + rest.slice(1);
  });
  const resource = { attributes: RESOURCE.map(([key, value]) => ({ key, value: anyValue(value) })) };
  const opening = `{"resourceSpans":[{"resource":${JSON.stringify(resource)},"scopeSpans":[{"scope":${JSON.stringify(SCOPE)},"spans":[`;
  let at = Buffer.byteLength(opening);
  const spanAt = texts.map((text) => {
    const start = at;
    at += Buffer.byteLength(text) + 1;
    return start;
  });
  return { bytes: Buffer.from(`${opening}${texts.join(",")}]}]}]}`), spanAt };
}

function anyValue(value: string | number): Record<string, string> {
  return typeof value === "string" ? { stringValue: value } : { intValue: String(value) };
}
