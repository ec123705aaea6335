import { randomBytes } from "node:crypto";
import { CULPRIT, GEN_AI } from "@culprit/schemas";
import type { Attributes, Span } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";

/** What is said of a step before it ends; longer texts come with its span. */
const MOST_TEXT = 16_384;

/**
 * The record that a step has begun: a zero-length span, child of the step's own, with what is known of it so far. A
 * span, not a log record: it takes the same way in the same order as the spans, through every collector in between,
 * and a run of which nothing else ever arrives can be read. Undefined for spans that are no step, and for ended ones.
 */
export function startedRecord(live: Span): ReadableSpan | undefined {
  const step = live as Span & ReadableSpan;
  const { traceId, traceFlags, traceState } = step.spanContext();
  if (!step.isRecording() || (traceFlags & 1) === 0 || step.attributes?.[GEN_AI.operationName] === undefined) {
    return undefined;
  }
  const own = { traceId, traceFlags, spanId: randomBytes(8).toString("hex"), ...(traceState && { traceState }) };
  return {
    name: step.name,
    kind: step.kind,
    spanContext: () => own,
    parentSpanContext: step.spanContext(),
    startTime: step.startTime,
    endTime: step.startTime,
    duration: [0, 0],
    ended: true,
    status: { code: 0 },
    attributes: { ...short(step.attributes), [CULPRIT.started]: true },
    links: step.parentSpanContext === undefined ? [] : [{ context: step.parentSpanContext }],
    events: [],
    resource: step.resource,
    instrumentationScope: step.instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function short(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).filter(([, value]) => typeof value !== "string" || value.length <= MOST_TEXT),
  );
}
