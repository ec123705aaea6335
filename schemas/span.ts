import { z } from "zod";
import { attributesSchema, spanIdSchema, traceIdSchema, unixNanoSchema } from "./json.ts";
import { messageSchema } from "./message.ts";

export const SPAN_KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;
export const STATUS_CODES = ["unset", "ok", "error"] as const;

export const spanEventSchema = z.object({
  name: z.string(),
  time_unix_nano: unixNanoSchema,
  attributes: attributesSchema,
  /** Present when attributes of it were lost, by its sender or to a limit. */
  dropped_attributes_count: z.number().int().positive().optional(),
});
export type SpanEvent = z.infer<typeof spanEventSchema>;

export const spanLinkSchema = z.object({
  trace_id: traceIdSchema,
  span_id: spanIdSchema,
  attributes: attributesSchema,
  /** Present when attributes of it were lost, by its sender or to a limit. */
  dropped_attributes_count: z.number().int().positive().optional(),
});
export type SpanLink = z.infer<typeof spanLinkSchema>;

/**
 * What a dialect read out of a span's attributes. Empty strings mean "this span does not say".
 * Derived: the raw attributes stay beside it and can be read again by a newer dialect.
 */
export const spanReadingSchema = z.object({
  /** Which dialect table read it (`genai`, `openinference`, …), `generic` when none did. */
  dialect: z.string(),
  /** `gen_ai.operation.name` as the conventions spell it; empty for spans that are not agent work. */
  operation: z.string(),
  agent: z.string(),
  tool: z.string(),
  model: z.string(),
  /** Messages the operation was given; tool arguments and plain text arrive as one message. */
  input: z.array(messageSchema),
  /** Messages the operation produced; a tool's result arrives as one `tool` message. */
  output: z.array(messageSchema),
  input_tokens: z.number().int().nonnegative(),
  output_tokens: z.number().int().nonnegative(),
  conversation_id: z.string(),
  /** One agent hands over to another; `from` is empty where the span does not say it. Absent: no handoff. */
  handoff: z.object({ from: z.string(), to: z.string() }).optional(),
});
export type SpanReading = z.infer<typeof spanReadingSchema>;

/** One OTLP span as delivered, with the identity it was stored under and its reading. */
export const spanSchema = z.object({
  project: z.string(),
  trace_id: traceIdSchema,
  span_id: spanIdSchema,
  /** Empty for a root. */
  parent_span_id: z.union([spanIdSchema, z.literal("")]),
  name: z.string(),
  kind: z.enum(SPAN_KINDS),
  start_time_unix_nano: unixNanoSchema,
  end_time_unix_nano: unixNanoSchema,
  status_code: z.enum(STATUS_CODES),
  status_message: z.string(),
  trace_state: z.string(),
  scope_name: z.string(),
  scope_version: z.string(),
  resource_attributes: attributesSchema,
  attributes: attributesSchema,
  events: z.array(spanEventSchema),
  links: z.array(spanLinkSchema),
  dropped_attributes_count: z.number().int().nonnegative(),
  dropped_events_count: z.number().int().nonnegative(),
  dropped_links_count: z.number().int().nonnegative(),
  reading: spanReadingSchema,
});
export type Span = z.infer<typeof spanSchema>;

/** A decoded span before a dialect has read it and before a project owns it. */
export type RawSpan = Omit<Span, "project" | "reading">;

/** A reading without its messages: those are read out of the raw span whenever it is read back. */
export type SpanHead = Omit<SpanReading, "input" | "output">;

/** A span as it is given to the store: with its whole reading, or with its head only. */
export type IncomingSpan = Omit<Span, "reading"> & { reading: SpanReading | SpanHead };
