import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import { networkInterfaces } from "node:os";
import { CulpritError } from "@culprit/schemas";
import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { Context, MiddlewareHandler } from "hono";
import { isLoopback } from "../loopback.ts";
import { collectorVersion } from "../version.ts";

/** Marks what a collector exports of itself; carries which one. */
export const SELF_HEADER = "x-culprit-self-tracing";

/** Traces of a collector's own work, sent to another collector. */
export interface SelfTracing {
  /** Around every request but probes; another collector's self-tracing is not traced, so that two can't feed each other. */
  middleware: MiddlewareHandler;
  /** A part of a request's work as a span below it. */
  step<Result>(context: Context, name: string, work: () => Promise<Result>): Promise<Result>;
  /** Whether a request is this collector's own telemetry, come back. */
  isOwn(context: Context): boolean;
  /** @throws CulpritError `self_tracing_loop` when the configured address is the one this collector listens on */
  refuseOwnAddress(bound: { host: string; port: number }): Promise<void>;
  /** Sends what is left, within the bound its exporter has. */
  stop(): Promise<void>;
}

/** Asked all the time, and of no interest. */
const PROBES: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/metrics"]);
const SPAN_KEY = "culprit.self.span";
const EXPORT_TIMEOUT_MS = 5000;

/** Nothing is traced without a `url`. The provider is this collector's alone: no global one is set. */
export function createSelfTracing(url: string | undefined): SelfTracing {
  if (url === undefined) return OFF;
  const instance = randomBytes(8).toString("hex");
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      "service.name": "culprit-collector",
      "service.version": collectorVersion(),
      "service.instance.id": instance,
    }),
    spanProcessors: [
      new BatchSpanProcessor(
        new OTLPTraceExporter({
          url: tracesUrl(url),
          headers: { [SELF_HEADER]: instance },
          timeoutMillis: EXPORT_TIMEOUT_MS,
        }),
        { exportTimeoutMillis: EXPORT_TIMEOUT_MS },
      ),
    ],
  });
  const tracer = provider.getTracer("@culprit/collector", collectorVersion());
  return {
    middleware: traceRequests(tracer),
    step: (context, name, work) => traceStep(tracer, context, name, work),
    isOwn: (context) => context.req.header(SELF_HEADER) === instance,
    refuseOwnAddress: (bound) => refuseOwnAddress(url, bound),
    stop: async () => {
      await provider.shutdown().catch(() => {});
    },
  };
}

const OFF: SelfTracing = {
  middleware: async (_context, next) => {
    await next();
  },
  step: (_context, _name, work) => work(),
  isOwn: () => false,
  refuseOwnAddress: async () => {},
  stop: async () => {},
};

function tracesUrl(base: string): string {
  const trimmed = base.replace(/\/+$/, "");
  return trimmed.endsWith("/v1/traces") ? trimmed : `${trimmed}/v1/traces`;
}

function traceRequests(tracer: Tracer): MiddlewareHandler {
  return async (context, next) => {
    const { method, path } = context.req;
    if (context.req.header(SELF_HEADER) !== undefined || PROBES.has(path)) return void (await next());
    // A path is the client's text: only the collector's own routes are named.
    const route = /^\/v1\/(traces|logs|metrics)$/.test(path) ? path : path.startsWith("/api/") ? "/api/*" : "/*";
    const span = tracer.startSpan(
      `${method} ${route}`,
      { kind: SpanKind.SERVER, attributes: { "http.request.method": method, "http.route": route } },
      ROOT_CONTEXT,
    );
    context.set(SPAN_KEY, span);
    try {
      await next();
    } finally {
      span.setAttribute("http.response.status_code", context.res.status);
      if (context.res.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    }
  };
}

async function traceStep<Result>(
  tracer: Tracer,
  context: Context,
  name: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const parent = context.get(SPAN_KEY) as Span | undefined;
  if (!parent) return work();
  const span = tracer.startSpan(name, {}, trace.setSpan(ROOT_CONTEXT, parent));
  try {
    return await work();
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

async function refuseOwnAddress(url: string, { host, port }: { host: string; port: number }): Promise<void> {
  const target = new URL(url);
  const targetPort = Number(target.port || (target.protocol === "https:" ? 443 : 80));
  if (targetPort !== port) return;
  const name = target.hostname.replace(/^\[|\]$/g, "");
  const found = await lookup(name, { all: true }).catch(() => []);
  const addresses = [name, ...found.map(({ address }) => address)];
  const own = new Set(Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []));
  const isOwn = (address: string): boolean => isLoopback(address) || own.has(address) || address === host;
  if (!addresses.some((address) => isOwn(address) || address === "0.0.0.0" || address === "::")) return;
  throw new CulpritError("self_tracing_loop", "self_tracing_url is this collector's own address.", {
    mend: "Point it at another collector, or leave it out.",
  });
}
