import type { IngestHealth } from "../ingest/health.ts";
import { Counter, exposeAll, exposeHistogram, Gauge, Histogram, type Metric } from "./exposition.ts";

/** Seconds: from a group commit on a quiet machine to a store that is being waited for. */
const LATENCY_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * Why a whole request was refused; the label `cause` of `culprit_requests_refused_total`, beside the codes of those
 * the guard turned away (`unauthorized`, `forbidden_origin`, …).
 */
export type RefusedRequest =
  | "undecodable"
  | "too_large"
  | "unsupported"
  | "method"
  | "busy"
  | "limited"
  | "unavailable"
  | "self_traced"
  | "internal";

/** What a collector counts about itself, for `GET /metrics` and for its tests. */
export interface CollectorMetrics {
  requests: Counter;
  requestsRefused: Counter;
  bodyBytes: Counter;
  spansReceived: Counter;
  spansStored: Counter;
  spansRefused: Counter;
  logsReceived: Counter;
  logsStored: Counter;
  logsRefused: Counter;
  metricPointsDiscarded: Counter;
  attributesDropped: Counter;
  valuesTruncated: Counter;
  durableSeconds: Histogram;
  /** The Prometheus text of all of them. */
  expose(): string;
}

/** Values that others keep; each is asked for at every scrape. */
export interface Sources {
  inflightBytes(): number;
  inflightLimit: number;
  /** Undefined where spans go straight into the store. */
  ingest(): IngestHealth | undefined;
  ready(): boolean;
  /** How often each redaction rule struck. */
  redactions(): ReadonlyMap<string, number>;
}

export function createMetrics(sources: Sources): CollectorMetrics {
  const metrics = {
    requests: new Counter("culprit_requests_total", "OTLP requests answered, by signal, encoding and HTTP status."),
    requestsRefused: new Counter("culprit_requests_refused_total", "OTLP requests refused as a whole, by cause."),
    bodyBytes: new Counter("culprit_request_body_bytes_total", "Bytes of OTLP request bodies, decompressed."),
    spansReceived: new Counter("culprit_spans_received_total", "Spans that decoded, before any refusal."),
    spansStored: new Counter("culprit_spans_stored_total", "Spans acknowledged, by where they became durable."),
    spansRefused: new Counter("culprit_spans_refused_total", "Spans refused, by cause."),
    logsReceived: new Counter("culprit_log_records_received_total", "Log records that decoded, before any refusal."),
    logsStored: new Counter("culprit_log_records_stored_total", "Log records acknowledged."),
    logsRefused: new Counter("culprit_log_records_refused_total", "Log records refused, by cause."),
    metricPointsDiscarded: new Counter(
      "culprit_metric_points_discarded_total",
      "Data points of OTLP metrics accepted and not kept.",
    ),
    attributesDropped: new Counter(
      "culprit_attributes_dropped_total",
      "Attributes past a limit, left out and counted.",
    ),
    valuesTruncated: new Counter("culprit_values_truncated_total", "Values cut to max_value_bytes."),
    durableSeconds: new Histogram(
      "culprit_durable_seconds",
      "Time from a request's decoded spans or log records to their being durable.",
      LATENCY_BOUNDS,
    ),
  };
  const gauges: Metric[] = [
    new Gauge("culprit_inflight_bytes", "Memory reckoned for requests under way.", sources.inflightBytes),
    new Gauge("culprit_inflight_limit_bytes", "max_inflight_bytes.", () => sources.inflightLimit),
    ...ingestGauges(sources.ingest),
    redactionCounter(sources.redactions),
    new Gauge("culprit_ready", "Whether GET /readyz last said ready.", () => Number(sources.ready())),
    new Gauge("process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss()),
    new Gauge("nodejs_heap_used_bytes", "JavaScript heap in use.", () => process.memoryUsage().heapUsed),
    new Gauge("process_cpu_seconds_total", "CPU time, user and system.", cpuSeconds, "counter"),
    new Gauge("process_start_time_seconds", "Start of the process since 1970.", () => STARTED_SECONDS),
  ];
  return { ...metrics, expose: () => exposeAll([...Object.values(metrics), ...gauges]) };
}

function redactionCounter(redactions: Sources["redactions"]): Metric {
  return {
    name: "culprit_redactions_total",
    expose: () => {
      const counter = new Counter("culprit_redactions_total", "Secrets taken out before storage, by rule.");
      for (const [rule, count] of redactions()) counter.add(count, { rule });
      return counter.expose();
    },
  };
}

/** What the write path says of itself. */
function ingestGauges(health: () => IngestHealth | undefined): Metric[] {
  return [
    new Gauge("culprit_queue_spans", "Spans waiting for an insert.", () => health()?.queue_rows),
    new Gauge("culprit_queue_bytes", "Bytes of spans taken and not durable yet.", () => health()?.queue_bytes),
    new Gauge("culprit_queue_age_seconds", "Age of the oldest request that waits.", () => health()?.queue_age_seconds),
    new Gauge("culprit_spool_bytes", "Bytes of spans that wait on disk for the store.", () => health()?.spool_bytes),
    new Gauge("culprit_spool_limit_bytes", "Bytes the spool may take.", () => health()?.spool_limit_bytes),
    new Gauge("culprit_spooling", "Whether spans go to the spool now.", () => {
      const mode = health()?.mode;
      return mode === undefined ? undefined : Number(mode === "spool");
    }),
    new Gauge(
      "culprit_spans_drained_total",
      "Spans that went from the spool to the store.",
      () => health()?.spans_drained,
      "counter",
    ),
    {
      name: "culprit_insert_seconds",
      expose: () => {
        const insert = health()?.insert_seconds;
        return insert ? exposeHistogram("culprit_insert_seconds", "Time one insert into the store took.", insert) : "";
      },
    },
  ];
}

const STARTED_SECONDS = Date.now() / 1000 - process.uptime();

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
