import { CulpritError, describeError } from "@culprit/schemas";
import { type Attributes, context, type ProxyTracerProvider, propagation, type Span, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { NodeSDK } from "@opentelemetry/sdk-node";
import type { SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace-base";
import { type ContentOptions, configureContent } from "./content.ts";
import { installExitHooks } from "./exit-hooks.ts";
import { giveWay } from "./give-way.ts";
import { onLateOutcome } from "./late-outcome.ts";
import { RunSampler, type SamplingOptions } from "./run-sampler.ts";
import { printWarning, type QueueCounts, SpanQueue, type SpanQueueOptions } from "./span-queue.ts";
import { endStep, recordFailure } from "./step-span.ts";

export interface TracingOptions {
  /** The collector, such as `http://localhost:4318`. */
  url?: string;
  /** The bearer key the collector asks for. */
  apiKey?: string;
  /** Further headers of every export. */
  headers?: Record<string, string>;
  /** `service.name`; `OTEL_SERVICE_NAME` when not given. */
  serviceName?: string;
  /** Further resource attributes. */
  attributes?: Attributes;
  /** What of messages, arguments and results is recorded. */
  content?: ContentOptions;
  queue?: SpanQueueOptions;
  /** Which runs are sent; failed ones always are. All of them by default. */
  sampling?: SamplingOptions;
  /** Longest time `flush()` and `shutdown()` take. Default 5,000. */
  deadlineMs?: number;
  /** Where spans go instead of OTLP/HTTP. */
  exporter?: SpanExporter;
  /** `false` leaves signals, uncaught exceptions and `beforeExit` alone. */
  exitHooks?: boolean;
}

export interface Tracing {
  /** Sends what waits; resolves at the deadline at the latest, and never rejects. */
  flush(): Promise<void>;
  /** Sends what waits and stops; bounded like `flush`. Tracing can be started again afterwards. */
  shutdown(): Promise<void>;
  readonly counts: QueueCounts;
}

const DEFAULT_URL = "http://localhost:4318";
const LIMITS = { attributeCountLimit: 1024, eventCountLimit: 1024, linkCountLimit: 1024 };
/** Our queue tries again by itself, so one export is given up early. */
const EXPORT_TIMEOUT_MS = 3000;
const OFF: Tracing = {
  flush: async () => undefined,
  shutdown: async () => undefined,
  counts: { exported: 0, dropped: 0, waiting: 0, sampled_out: { runs: 0, spans: 0 } },
};

let started: Tracing | undefined;

/**
 * Starts OpenTelemetry tracing to a Culprit collector; a second call gives the first one's handle.
 *
 * Where spans go: `url`, `CULPRIT_URL`, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, `OTEL_EXPORTER_OTLP_ENDPOINT`,
 * http://localhost:4318, in this order. The key is `apiKey` or `CULPRIT_API_KEY`. The other `OTEL_*` variables
 * (service name, resource, sampler, limits, headers, compression, `OTEL_SDK_DISABLED`, `OTEL_TRACES_EXPORTER=none`)
 * keep their meaning. When a tracer provider is registered already, its spans are sent to Culprit as well and nothing
 * else of it changes; one that is registered later takes the place of ours, and is joined then. A collector that is down costs memory up to the queue's limit and nothing else.
 *
 * @throws CulpritError `tracing_taken` when a registered provider cannot be joined
 */
export function startTracing(options: TracingOptions = {}): Tracing {
  if (started !== undefined) return started;
  configureContent(options.content ?? {});
  if (isOff()) return OFF;
  const queue = newQueue(options);
  const deaf = onLateOutcome((traceId, success) => queue.outcome(traceId, success));
  const stop = joinExisting(queue) ?? startSdk(queue, options);
  const deadlineMs = options.deadlineMs ?? 5000;
  const flush = () => within(deadlineMs, () => queue.forceFlush());
  const removeHooks =
    options.exitHooks === false
      ? () => undefined
      : installExitHooks({
          flush,
          waiting: () => queue.counts.waiting,
          warn: options.queue?.warn ?? printWarning,
          interrupted: (reason) => queue.abandonOpenSpans((span) => endWith(span, reason)),
        });
  const tracing: Tracing = {
    flush,
    shutdown: async () => {
      removeHooks();
      deaf();
      if (started === tracing) started = undefined;
      await within(deadlineMs, stop);
    },
    get counts() {
      return queue.counts;
    },
  };
  started = tracing;
  return tracing;
}

/** For an OpenTelemetry set-up of your own: a span processor that sends to a Culprit collector. */
export function culpritSpanProcessor(options: TracingOptions = {}): SpanProcessor {
  if (options.content !== undefined) configureContent(options.content);
  const queue = newQueue(options);
  onLateOutcome((traceId, success) => queue.outcome(traceId, success));
  return queue;
}

function newQueue(options: TracingOptions): SpanQueue {
  const { queue, sampling } = options;
  const sampler = new RunSampler({ rate: sampleRate(queue?.warn), ...sampling });
  return new SpanQueue(options.exporter ?? otlpExporter(options), queue, sampler);
}

function sampleRate(warn = printWarning): number {
  const given = variable("CULPRIT_SAMPLE_RATE");
  const rate = Number(given ?? 1);
  if (rate >= 0 && rate <= 1) return rate;
  warn(`culprit: CULPRIT_SAMPLE_RATE is ${given}, not a number from 0 to 1; all runs are sent.`);
  return 1;
}

function startSdk(queue: SpanQueue, options: TracingOptions): () => Promise<void> {
  const sdk = new NodeSDK({
    spanProcessors: [queue as SpanProcessor],
    metricReaders: [],
    logRecordProcessors: [],
    resource: defaultResource().merge(resourceFromAttributes(options.attributes ?? {})),
    ...(variable("OTEL_NODE_RESOURCE_DETECTORS") ? {} : { resourceDetectors: [envDetector] }),
    ...(options.serviceName === undefined ? {} : { serviceName: options.serviceName }),
    spanLimits: {
      attributeCountLimit: count("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT") ?? LIMITS.attributeCountLimit,
      eventCountLimit: count("OTEL_SPAN_EVENT_COUNT_LIMIT") ?? LIMITS.eventCountLimit,
      linkCountLimit: count("OTEL_SPAN_LINK_COUNT_LIMIT") ?? LIMITS.linkCountLimit,
    },
  });
  sdk.start();
  let leave: (() => void) | undefined;
  const stay = giveWay(() => {
    try {
      leave = join(queue);
    } catch (error) {
      (options.queue?.warn ?? printWarning)(`culprit: ${describeError(error)}`);
    }
  });
  return async () => {
    const ownGlobals = leave === undefined && currentProvider() !== undefined;
    stay();
    leave?.();
    try {
      await sdk.shutdown();
    } finally {
      if (ownGlobals) {
        trace.disable();
        context.disable();
        propagation.disable();
      }
    }
  };
}

/** SDK 2.x has no way to add a processor to a provider, so its list is reached through its own field. */
interface ExistingProvider {
  _activeSpanProcessor?: { _spanProcessors?: SpanProcessor[] };
}

function joinExisting(queue: SpanQueue): (() => Promise<void>) | undefined {
  if (currentProvider() === undefined) return undefined;
  const leave = join(queue);
  return async () => {
    leave();
    await queue.shutdown();
  };
}

/** The registered tracer provider, if any. */
function currentProvider(): object | undefined {
  // Of whatever copy of the API it is: an application can hold several.
  const registered: object & Partial<ProxyTracerProvider> = trace.getTracerProvider();
  if (registered.getDelegate === undefined || registered.getDelegateTracer === undefined) return registered;
  return registered.getDelegateTracer("culprit") === undefined ? undefined : registered.getDelegate();
}

/** Adds the queue to the registered provider; returns what takes it out again. */
function join(queue: SpanQueue): () => void {
  const processors = (currentProvider() as ExistingProvider)._activeSpanProcessor?._spanProcessors;
  if (!Array.isArray(processors)) {
    throw new CulpritError("tracing_taken", "Another tracer provider is registered and cannot be joined.", {
      mend: "Add culpritSpanProcessor() to the span processors of that provider instead of calling startTracing().",
    });
  }
  processors.push(queue);
  return () => {
    const at = processors.indexOf(queue);
    if (at >= 0) processors.splice(at, 1);
  };
}

function otlpExporter(options: TracingOptions): SpanExporter {
  const base = options.url ?? variable("CULPRIT_URL");
  const named = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") ?? variable("OTEL_EXPORTER_OTLP_ENDPOINT");
  const timed = variable("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT") ?? variable("OTEL_EXPORTER_OTLP_TIMEOUT");
  const key = options.apiKey ?? variable("CULPRIT_API_KEY");
  return new OTLPTraceExporter({
    ...(base === undefined && named !== undefined ? {} : { url: tracesUrl(base ?? DEFAULT_URL) }),
    ...(timed === undefined ? { timeoutMillis: EXPORT_TIMEOUT_MS } : {}),
    headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...options.headers },
  });
}

function tracesUrl(base: string): string {
  return `${base.replace(/\/+$/, "")}/v1/traces`;
}

function isOff(): boolean {
  return variable("OTEL_SDK_DISABLED")?.toLowerCase() === "true" || variable("OTEL_TRACES_EXPORTER") === "none";
}

/** An environment variable; one that is set to nothing counts as not set. */
function variable(name: string): string | undefined {
  return process.env[name] || undefined;
}

function count(name: string): number | undefined {
  const value = Number(variable(name) ?? Number.NaN);
  return Number.isInteger(value) && value >= 0 ? value : undefined;
}

function endWith(span: Span, reason: unknown): void {
  recordFailure(span, reason);
  endStep(span);
}

async function within(deadlineMs: number, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  try {
    await Promise.race([work().catch(() => undefined), deadline]);
  } finally {
    clearTimeout(timer);
  }
}
