export { type Access, accessOf } from "./access/access.ts";
export { type CheckedAddress, checkedAddress, isPrivateAddress } from "./alerts/address.ts";
export { dryRun } from "./alerts/dry-run.ts";
export {
  type AlertStep,
  applyAlertState,
  type Limits,
  limitsOf,
  newStanding,
  type Observation,
} from "./alerts/state.ts";
export { type AlertOptions, type Alerts, startAlerts } from "./alerts/watch.ts";
export type { Attribute } from "./api/handlers.ts";
export { type Collector, type CollectorOptions, createCollector, GATEWAY_MOUNT } from "./collector.ts";
export type { Dialect } from "./dialects/dialect.ts";
export { readHead, readSpan } from "./dialects/read-span.ts";
export { createGatewayHost, type GatewayHost } from "./gateway-host.ts";
export type { Histogram, IngestHealth } from "./ingest/health.ts";
export { createIngest, type Ingest, type IngestOptions } from "./ingest/ingest.ts";
export { INGEST_LIMITS, type IngestLimits } from "./ingest/limits.ts";
export type { Log, LogLevel } from "./log.ts";
export { serveMcpStdio } from "./mcp/stdio.ts";
export { decodeTracesJson } from "./otlp/decode-json.ts";
export { decodeLogsJson } from "./otlp/decode-logs-json.ts";
export { decodeLogsProtobuf } from "./otlp/decode-logs-protobuf.ts";
export { decodeTracesProtobuf } from "./otlp/decode-protobuf.ts";
export { type DecodedTraces, TooManyItemsError, UndecodableError } from "./otlp/decoded.ts";
export { createPrivacy, type Privacy, type PrivacySettings } from "./privacy/privacy.ts";
export { type Retention, type RetentionOptions, startRetention } from "./privacy/retention.ts";
export { type Servable, type Served, serve } from "./serve.ts";
