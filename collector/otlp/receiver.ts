import {
  CulpritError,
  describeError,
  type IncomingSpan,
  type RawLog,
  type RawSpan,
  type SpanLog,
} from "@culprit/schemas";
import { type Context, Hono } from "hono";
import { accessOf, LimitError } from "../access/access.ts";
import { readHead } from "../dialects/read-span.ts";
import type { Log } from "../log.ts";
import type { CollectorMetrics, RefusedRequest } from "../observability/metrics.ts";
import type { SelfTracing } from "../observability/self-tracing.ts";
import type { Privacy } from "../privacy/privacy.ts";
import { readBody } from "./body.ts";
import { type Decoded, partialSuccess, TooManyItemsError, UndecodableError } from "./decoded.ts";
import { ACCEPTED_ENCODINGS, BodyError } from "./decompress.ts";
import { ITEM_BYTES, type Limits } from "./limits.ts";
import type { LogWriter } from "./log-writer.ts";
import { BusyError, type MemoryGate } from "./memory.ts";
import {
  CONTENT_TYPES,
  type Encoding,
  encodingOf,
  exportResponseBody,
  type Partial,
  RPC,
  statusBody,
} from "./responses.ts";
import { LOGS, METRICS, type Signal, TRACES } from "./signals.ts";

/** Seconds a client is asked to wait when the store can't take spans, and when too much is under way. */
const RETRY_AFTER = { unavailable: 2, busy: 1 } as const;

export interface ReceiverOptions {
  /** Makes spans durable; resolves once they are, and says where. */
  submitSpans(spans: IncomingSpan[]): Promise<"stored" | "spooled">;
  logs: Pick<LogWriter, "submit">;
  /** What is taken out before anything is stored. */
  privacy: Pick<Privacy, "spans" | "logs">;
  maxBodyBytes: number;
  limits: Limits;
  gate: MemoryGate;
  metrics: CollectorMetrics;
  selfTracing: Pick<SelfTracing, "step" | "isOwn">;
  log: Log;
}

/**
 * The OTLP/HTTP receiver, after opentelemetry-proto `docs/specification.md` 1.11.
 *
 * `POST /v1/traces` and `/v1/logs` answer 200 only once what they brought is durable. `POST /v1/metrics` answers 200 so
 * that exporters stay quiet; what it brings is checked, counted and NOT kept.
 */
export function createReceiver(options: ReceiverOptions): Hono {
  const { metrics } = options;
  const app = new Hono();

  route(app, options, TRACES, (context, { spans, refused }) => {
    metrics.spansReceived.add(spans.length + sum(refused));
    for (const [cause, count] of refused) metrics.spansRefused.add(count, { cause });
    const partial = partialSuccess(refused, "span");
    return spans.length === 0 ? partial : answered(storeSpans(options, context, spans), partial);
  });

  route(app, options, LOGS, (context, { logs, refused }) => {
    metrics.logsReceived.add(logs.length + sum(refused));
    for (const [cause, count] of refused) metrics.logsRefused.add(count, { cause });
    const partial = partialSuccess(refused, "log record");
    return logs.length === 0 ? partial : answered(storeLogs(options, context, logs), partial);
  });

  route(app, options, METRICS, (_context, { points }) => {
    metrics.metricPointsDiscarded.add(points);
    return undefined;
  });
  return app;
}

/**
 * Keeps what was decoded; its answer waits for the promise. Whatever awaits that must not hold on to the records as well
 * (an async function holds its arguments, a closure its scope): they are encoded and gone long before they are durable,
 * and thousands that live on would be most of what the garbage collector has to do.
 */
type Keep<Result> = (context: Context, decoded: Result) => Promise<Partial | undefined> | Partial | undefined;

async function answered(stored: Promise<void>, partial: Partial | undefined): Promise<Partial | undefined> {
  await stored;
  return partial;
}

function storeSpans(options: ReceiverOptions, context: Context, spans: RawSpan[]): Promise<void> {
  const { metrics, privacy, selfTracing, submitSpans } = options;
  const { project, spend } = accessOf(context);
  spend(spans.length);
  privacy.spans(project, spans);
  let dropped = 0;
  const owned: IncomingSpan[] = [];
  for (const span of spans) {
    dropped += span.dropped_attributes_count;
    owned.push(own(span, project));
  }
  metrics.attributesDropped.add(dropped);
  const began = performance.now();
  const submitted = selfTracing.step(context, "store spans", () => submitSpans(owned));
  return spansStored(metrics, { submitted, count: spans.length, began });
}

async function spansStored(
  metrics: CollectorMetrics,
  { submitted, count, began }: { submitted: Promise<"stored" | "spooled">; count: number; began: number },
): Promise<void> {
  const where = await timed(metrics, began, submitted);
  metrics.spansStored.add(count, { where });
}

function storeLogs(options: ReceiverOptions, context: Context, logs: RawLog[]): Promise<void> {
  const { metrics, privacy, selfTracing } = options;
  const { project, spend } = accessOf(context);
  spend(logs.length);
  privacy.logs(project, logs);
  const owned: SpanLog[] = logs.map((log) => ({ ...log, project }));
  const began = performance.now();
  const submitted = selfTracing.step(context, "store logs", () => options.logs.submit(owned));
  return logsStored(metrics, { submitted, count: logs.length, began });
}

async function logsStored(
  metrics: CollectorMetrics,
  { submitted, count, began }: { submitted: Promise<void>; count: number; began: number },
): Promise<void> {
  await timed(metrics, began, submitted);
  metrics.logsStored.add(count);
}

/** The span itself, now with its project and the head of its reading: nobody else holds what was just decoded. */
function own(raw: RawSpan, project: string): IncomingSpan {
  return Object.assign(raw, { project, reading: readHead(raw) });
}

function route<Result extends Decoded>(
  app: Hono,
  options: ReceiverOptions,
  signal: Signal<Result>,
  keep: Keep<Result>,
): void {
  const { metrics, log } = options;
  app.all(signal.path, async (context) => {
    const asked = encodingOf(context.req.header("content-type"));
    const encoding = asked ?? "json";
    let response: Response;
    try {
      if (context.req.method !== "POST") throw new Refusal(405, RPC.unimplemented, "method", "Use POST here.");
      if (!asked) {
        const message = "Send application/x-protobuf or application/json.";
        throw new Refusal(415, RPC.invalidArgument, "unsupported", message);
      }
      if (options.selfTracing.isOwn(context)) {
        const message = "This is the collector's own telemetry, come back to it.";
        throw new Refusal(400, RPC.invalidArgument, "self_traced", message);
      }
      const partial = await receive(context, encoding, signal, keep, options);
      response = answer(encoding, 200, exportResponseBody(encoding, signal.rejected, partial));
    } catch (error) {
      const refusal = refusalOf(error, signal);
      if (refusal.status === 500 || refusal.why === "unavailable") {
        log("error", `${signal.name} not stored`, { error: describeError(error) });
      }
      metrics.requestsRefused.add(1, { signal: signal.name, cause: refusal.why });
      response = answer(encoding, refusal.status, statusBody(encoding, refusal.rpc, refusal.message));
      for (const [name, value] of Object.entries(refusal.headers)) response.headers.set(name, value);
    }
    metrics.requests.add(1, { signal: signal.name, encoding: asked ?? "none", status: String(response.status) });
    return response;
  });
}

/** Reads, decodes and keeps one request; everything it holds is reckoned with until its answer is known. */
async function receive<Result extends Decoded>(
  context: Context,
  encoding: Encoding,
  signal: Signal<Result>,
  keep: Keep<Result>,
  { gate, maxBodyBytes, limits, metrics }: ReceiverOptions,
): Promise<Partial | undefined> {
  const reservation = gate.open();
  const take = (bytes: Uint8Array): ReturnType<Keep<Result>> => {
    metrics.bodyBytes.add(bytes.byteLength, { signal: signal.name });
    const decoded = signal[encoding](bytes, limits);
    reservation.grow(decoded.items * ITEM_BYTES);
    metrics.valuesTruncated.add(decoded.truncated);
    return keep(context, decoded);
  };
  try {
    return await readBody(context, { limit: maxBodyBytes, reservation }).then(take);
  } finally {
    reservation.release();
  }
}

/** Why a request is answered with something else than 200. */
class Refusal extends Error {
  readonly status: number;
  readonly rpc: number;
  readonly why: RefusedRequest;
  readonly headers: Record<string, string>;

  constructor(status: number, rpc: number, why: RefusedRequest, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.rpc = rpc;
    this.why = why;
    this.headers = status === 405 ? { allow: "POST", ...headers } : headers;
  }
}

/** OTLP's answer to whatever went wrong. What passes by itself is 429 or 503, never 500: only those are sent again. */
function refusalOf(error: unknown, signal: Signal<Decoded>): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof BodyError) {
    const { status, message } = error;
    if (status === 413) return new Refusal(413, RPC.resourceExhausted, "too_large", message);
    if (status === 400) return new Refusal(400, RPC.invalidArgument, "undecodable", message);
    return new Refusal(415, RPC.invalidArgument, "unsupported", message, { "accept-encoding": ACCEPTED_ENCODINGS });
  }
  if (error instanceof UndecodableError) {
    const message = `The body is not an ${signal.message}: ${error.message}.`;
    return new Refusal(400, RPC.invalidArgument, "undecodable", message);
  }
  if (error instanceof TooManyItemsError) return new Refusal(413, RPC.resourceExhausted, "too_large", error.message);
  if (error instanceof BusyError) {
    return new Refusal(503, RPC.unavailable, "busy", error.message, retryAfter(RETRY_AFTER.busy));
  }
  if (error instanceof LimitError) {
    return new Refusal(
      429,
      RPC.resourceExhausted,
      "limited",
      describeError(error),
      retryAfter(error.retryAfterSeconds),
    );
  }
  if (error instanceof CulpritError) {
    const message = `The store can't take ${signal.name} now; send them again.`;
    return new Refusal(503, RPC.unavailable, "unavailable", message, retryAfter(RETRY_AFTER.unavailable));
  }
  return new Refusal(500, RPC.internal, "internal", "Something went wrong here; the collector's log has the details.");
}

function retryAfter(seconds: number): Record<string, string> {
  return { "retry-after": String(Math.max(1, Math.ceil(seconds))) };
}

function answer(encoding: Encoding, status: number, body: string | Uint8Array<ArrayBuffer>): Response {
  return new Response(body, { status, headers: { "content-type": CONTENT_TYPES[encoding] } });
}

async function timed<Result>(metrics: CollectorMetrics, began: number, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } finally {
    metrics.durableSeconds.observe((performance.now() - began) / 1000);
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
