import { startTracing, type TracingOptions } from "@culprit/instrumentation";
import { CULPRIT } from "@culprit/schemas";
import { InMemorySpanExporter, type ReadableSpan } from "@opentelemetry/sdk-trace-base";

/** Tracing through the real SDK into memory. */
export function recordSpans(options: TracingOptions = {}) {
  const exporter = new InMemorySpanExporter();
  // Whether a step that takes a moment is announced depends on the machine; span-queue.test.ts looks at it.
  const queue = { announceMs: false as const, ...options.queue };
  const tracing = startTracing({ exitHooks: false, exporter, ...options, queue });
  return {
    tracing,
    /** Every span ended so far, in the order they ended; records of steps that took long enough to be told of before are left out. */
    async spans(): Promise<ReadableSpan[]> {
      await tracing.flush();
      return exporter.getFinishedSpans().filter(({ attributes }) => attributes[CULPRIT.started] === undefined);
    },
    async span(name: string): Promise<ReadableSpan> {
      const named = (await this.spans()).filter((span) => span.name === name);
      if (named.length !== 1 || named[0] === undefined) throw new Error(`${named.length} spans are named ${name}.`);
      return named[0];
    },
  };
}

export type RecordedSpans = ReturnType<typeof recordSpans>;

/** `child ← parent ← … ← root`, by names. */
export function lineage(spans: ReadableSpan[], span: ReadableSpan): string[] {
  const parent = spans.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId);
  return [span.name, ...(parent === undefined ? [] : lineage(spans, parent))];
}

/** An attribute that holds a JSON document. */
export function json(span: ReadableSpan, key: string): unknown {
  const value = span.attributes[key];
  if (typeof value !== "string") throw new Error(`${span.name} has no ${key}.`);
  return JSON.parse(value);
}
