import {
  type Attributes,
  type Context,
  context,
  type Span,
  type SpanContext,
  type SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { now } from "./clock.ts";
import { maskedText } from "./content.ts";
import { currentRun } from "./scope.ts";

const SCOPE = "@culprit/instrumentation";
const SCOPE_VERSION = "0.1.0";

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
}

/** Starts a span that carries what every span of its run carries. */
export function startStepSpan({
  name,
  kind,
  attributes,
  base = context.active(),
  root = false,
  links = [],
  tracer = trace.getTracer(SCOPE, SCOPE_VERSION),
}: StepSpanOptions): Span {
  const shared = root ? {} : (currentRun(base)?.shared ?? {});
  const outer = root ? trace.getSpanContext(base) : undefined;
  const from = outer === undefined ? links : [outer, ...links];
  const span = tracer.startSpan(
    name,
    {
      kind,
      root,
      startTime: now(),
      attributes: { ...shared, ...attributes },
      ...(from.length === 0 ? {} : { links: from.map((each) => ({ context: each })) }),
    },
    base,
  );
  const end = span.end.bind(span);
  // A span with a start of its own would otherwise end by the tracer's coarser clock, even before it started.
  span.end = (time) => end(time ?? now());
  return span;
}

/** Sets an attribute unless there is nothing to say. */
export function setKnown(span: Span, key: string, value: string | number | string[] | undefined): void {
  if (value !== undefined) span.setAttribute(key, value);
}

/** Sets content that is only worked out when somebody records the span. */
export function setContent(span: Span, key: string, content: (key: string) => string | undefined): void {
  if (span.isRecording()) setKnown(span, key, content(key));
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
