import { countMetricsJson, countMetricsProtobuf } from "./count-metrics.ts";
import { decodeTracesJson } from "./decode-json.ts";
import { decodeLogsJson } from "./decode-logs-json.ts";
import { decodeLogsProtobuf } from "./decode-logs-protobuf.ts";
import { decodeTracesProtobuf } from "./decode-protobuf.ts";
import type { Decoded, DecodedLogs, DecodedTraces } from "./decoded.ts";
import type { Limits } from "./limits.ts";
import type { RejectedField } from "./responses.ts";

/** One kind of telemetry: where it is sent and how its requests are decoded. */
export interface Signal<out Result extends Decoded> {
  /** What its records are called, to people and as a metric's label. */
  name: "spans" | "logs" | "metrics";
  path: string;
  /** The request message's name. */
  message: string;
  rejected: RejectedField;
  /** @throws UndecodableError, TooManyItemsError */
  protobuf(bytes: Uint8Array, limits: Limits): Result;
  /** @throws UndecodableError, TooManyItemsError */
  json(bytes: Uint8Array, limits: Limits): Result;
}

export const TRACES: Signal<DecodedTraces> = {
  name: "spans",
  path: "/v1/traces",
  message: "ExportTraceServiceRequest",
  rejected: "rejectedSpans",
  protobuf: decodeTracesProtobuf,
  json: decodeTracesJson,
};

export const LOGS: Signal<DecodedLogs> = {
  name: "logs",
  path: "/v1/logs",
  message: "ExportLogsServiceRequest",
  rejected: "rejectedLogRecords",
  protobuf: decodeLogsProtobuf,
  json: decodeLogsJson,
};

/** What a metrics request holds; nothing of it is kept. */
export interface DecodedMetrics extends Decoded {
  points: number;
}

export const METRICS: Signal<DecodedMetrics> = {
  name: "metrics",
  path: "/v1/metrics",
  message: "ExportMetricsServiceRequest",
  rejected: "rejectedDataPoints",
  protobuf: (bytes, limits) => counted(countMetricsProtobuf(bytes, limits)),
  json: (bytes, limits) => counted(countMetricsJson(bytes, limits)),
};

function counted(points: number): DecodedMetrics {
  return { points, refused: new Map(), items: 0, truncated: 0 };
}
