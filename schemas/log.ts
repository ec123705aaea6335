import { z } from "zod";
import { attributesSchema, attributeValueSchema, spanIdSchema, traceIdSchema, unixNanoSchema } from "./json.ts";
import type { SpanEvent } from "./span.ts";

/**
 * One OTLP log record of a trace. Many SDKs send the content of a model call this way, beside a span without any; it
 * belongs to the span of its `trace_id` and `span_id`.
 */
export const spanLogSchema = z.object({
  project: z.string(),
  trace_id: traceIdSchema,
  /** Empty for a record of the trace that names no span. */
  span_id: z.union([spanIdSchema, z.literal("")]),
  /** The same for a record that is sent again, so that it is kept once. */
  log_id: z.string(),
  /** Place in the request it came with: the order of records of one moment. */
  position: z.number().int().nonnegative(),
  /** When it happened; when it was observed, for a record that does not say. */
  time_unix_nano: unixNanoSchema,
  severity_number: z.number().int().nonnegative(),
  severity_text: z.string(),
  /** `LogRecord.event_name`, else the attribute `event.name`; empty for a record that is no event. */
  event_name: z.string(),
  body: attributeValueSchema,
  scope_name: z.string(),
  scope_version: z.string(),
  resource_attributes: attributesSchema,
  attributes: attributesSchema,
  dropped_attributes_count: z.number().int().nonnegative(),
});
export type SpanLog = z.infer<typeof spanLogSchema>;

/** A decoded log record before a project owns it. */
export type RawLog = Omit<SpanLog, "project">;

/**
 * A log record as an event of its span: the conventions give both the same names. The fields of a structured body
 * become attributes beside the record's own, which win; any other body is the attribute `body`.
 */
export function logEvent(log: RawLog): SpanEvent {
  const { body, attributes } = log;
  const structured = typeof body === "object" && body !== null && !Array.isArray(body);
  const fields = structured ? Object.entries(body) : body === null || body === "" ? [] : [["body", body] as const];
  return {
    name: log.event_name,
    time_unix_nano: log.time_unix_nano,
    // fromEntries defines properties, so a key such as __proto__ stays data.
    attributes: Object.fromEntries([...fields, ...Object.entries(attributes)]),
  };
}
