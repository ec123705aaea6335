import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { encodeMessage } from "../unit/collector/otlp-messages.ts";
import { newIds } from "./collector-harness.ts";

export type SignalName = "traces" | "logs" | "metrics";
export type EncodingName = "json" | "protobuf";
export const SIGNALS: readonly SignalName[] = ["traces", "logs", "metrics"];
export const ENCODINGS: readonly EncodingName[] = ["json", "protobuf"];
export const MEDIA: Record<EncodingName, string> = { json: "application/json", protobuf: "application/x-protobuf" };

/** One good request of a signal, and the ids it carries. */
export interface Body {
  traceId: string;
  spanId: string;
  bytes: Buffer;
}

/** A request of one span, one log record or one data point, under ids of its own. */
export function bodyOf(signal: SignalName, encoding: EncodingName, ids = newIds()): Body {
  const at = "1544712660300000000";
  const hex = encoding === "json" ? ids : { traceId: bytes(ids.traceId), spanId: bytes(ids.spanId) };
  // Long enough that compression makes it shorter.
  const resource = { attributes: [{ key: "host.name", value: { stringValue: "testHost".repeat(50) } }] };
  const request = {
    traces: {
      resourceSpans: [{ resource, scopeSpans: [{ spans: [{ ...hex, name: "testSpan", startTimeUnixNano: at }] }] }],
    },
    logs: {
      resourceLogs: [
        { resource, scopeLogs: [{ logRecords: [{ ...hex, timeUnixNano: at, body: { stringValue: "hello" } }] }] },
      ],
    },
    metrics: {
      resourceMetrics: [
        {
          resource,
          scopeMetrics: [{ metrics: [{ name: "m", gauge: { dataPoints: [{ timeUnixNano: at, asDouble: 1 }] } }] }],
        },
      ],
    },
  }[signal];
  const message = { traces: "Request", logs: "LogsRequest", metrics: "MetricsRequest" }[signal];
  return {
    ...ids,
    bytes: encoding === "json" ? Buffer.from(JSON.stringify(request)) : Buffer.from(encodeMessage(message, request)),
  };
}

/** How a body may be compressed: the name of the row, the header, the bytes. */
export const COMPRESSIONS: readonly { name: string; header: string | undefined; pack(body: Buffer): Buffer }[] = [
  { name: "none", header: undefined, pack: (body) => body },
  { name: "identity", header: "identity", pack: (body) => body },
  { name: "gzip", header: "gzip", pack: (body) => gzipSync(body) },
  { name: "deflate (zlib)", header: "deflate", pack: (body) => deflateSync(body) },
  { name: "deflate (bare)", header: "deflate", pack: (body) => deflateRawSync(body) },
  { name: "zstd", header: "zstd", pack: zstdFrame },
];

/**
 * A Zstandard frame around one raw block (RFC 8878, 3.1): Node can't make one before 22.15.
 */
export function zstdFrame(body: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.byteLength);
  const block = Buffer.alloc(4);
  block.writeUInt32LE((body.byteLength << 3) | 1);
  // Magic number, then a descriptor: one segment whose size takes four bytes.
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0]), size, block.subarray(0, 3), body]);
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, "hex");
}
