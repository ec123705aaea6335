import { type Attributes, type Span, SpanKind, SpanStatusCode, type Tracer } from "@opentelemetry/api";

export interface BareStep {
  name: string;
  kind?: SpanKind;
  attributes: Attributes;
}

/** A span around synchronous work, as one writes it with the OpenTelemetry API alone. */
export function bareSync<Result>(
  tracer: Tracer,
  { name, kind = SpanKind.INTERNAL, attributes }: BareStep,
  work: (span: Span) => Result,
): Result {
  return tracer.startActiveSpan(name, { kind, attributes }, (span) => {
    try {
      return work(span);
    } catch (error) {
      failed(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The same around work that takes a while. */
export function bareAsync<Result>(
  tracer: Tracer,
  { name, kind = SpanKind.INTERNAL, attributes }: BareStep,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  return tracer.startActiveSpan(name, { kind, attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      failed(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

function failed(span: Span, error: unknown): void {
  span.recordException(error instanceof Error ? error : String(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
}
