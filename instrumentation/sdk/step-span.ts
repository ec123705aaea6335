import {
  type Attributes,
  type Context,
  context,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import { now } from "./clock.ts";
import { maskedText } from "./content.ts";
import { currentRun, type RunScope } from "./scope.ts";

const SCOPE = "@culprit/instrumentation";
const SCOPE_VERSION = "0.1.0";

const NONE: readonly SpanContext[] = [];

export interface StepSpanOptions {
  name: string;
  kind: SpanKind;
  attributes: Attributes;
  /** The context the span starts in; the active one by default. */
  base?: Context;
  root?: boolean;
  /** Spans it came from. */
  links?: readonly SpanContext[];
  /** Whose span it is; the registered provider's by default. */
  tracer?: Tracer;
  /** The run it belongs to; that of `base` by default. */
  run?: RunScope | undefined;
}

/** Starts a span that carries what every span of its run carries. */
export function startStepSpan({
  name,
  kind,
  attributes,
  base = context.active(),
  root = false,
  links = NONE,
  run = currentRun(base),
  tracer = ownTracer(),
}: StepSpanOptions): Span {
  const shared = root ? undefined : run?.shared;
  const outer = root ? trace.getSpanContext(base) : undefined;
  const from = outer === undefined ? links : [outer, ...links];
  const given: SpanOptions = {
    kind,
    root,
    startTime: now(),
    attributes: shared === undefined ? attributes : { ...shared, ...attributes },
  };
  if (from.length > 0) given.links = from.map((each) => ({ context: each }));
  return tracer.startSpan(name, given, base);
}

/**
 * Ends a span that {@link startStepSpan} started: one with a start of its own would otherwise end by the tracer's
 * coarser clock, even before it started.
 */
export function endStep(span: Span): void {
  span.end(now());
}

let known: { provider: object; tracer: Tracer } | undefined;

/** Ours, of whoever provides tracers now. */
function ownTracer(): Tracer {
  const registered: TracerProvider & { getDelegate?: () => TracerProvider } = trace.getTracerProvider();
  const provider = registered.getDelegate?.() ?? registered;
  if (known?.provider !== provider) known = { provider, tracer: registered.getTracer(SCOPE, SCOPE_VERSION) };
  return known.tracer;
}

/** Sets an attribute unless there is nothing to say. */
export function setKnown(span: Span, key: string, value: string | number | string[] | undefined): void {
  if (value !== undefined) span.setAttribute(key, value);
}

/** Sets content that is only worked out when somebody records the span. */
export function setContent<Value>(
  span: Span,
  key: string,
  value: Value,
  content: (key: string, value: Value) => string | undefined,
): void {
  if (span.isRecording()) setKnown(span, key, content(key, value));
}

/** Records what was thrown, as an exception event, an error status and `error.type`; its text is masked. */
export function recordFailure(span: Span, error: unknown): void {
  if (!span.isRecording()) return;
  const failure = error instanceof Error ? error : new Error(String(error));
  const type = error instanceof Error ? failure.name : typeof error;
  const message = maskedText("exception.message", failure.message);
  span.recordException({
    name: type,
    message,
    stack: maskedText("exception.stacktrace", failure.stack ?? ""),
  });
  span.setAttribute("error.type", type);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
