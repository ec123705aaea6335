import { hash } from "node:crypto";
import type { RawLog, RawSpan } from "@culprit/schemas";

/** Why one record of a request was refused while the rest is stored. */
export type Refusal = "trace id" | "span id" | "parent span id";

/** What every decoder reports of a request body. */
export interface Decoded {
  /** Records refused, by the identifier that was missing or invalid. */
  refused: Map<Refusal, number>;
  /** What it decoded to, in the unit of `Limits.items`. */
  items: number;
  /** Values cut to their limit. */
  truncated: number;
}

/** What an `ExportTraceServiceRequest` decoded to. */
export interface DecodedTraces extends Decoded {
  spans: RawSpan[];
}

/** What an `ExportLogsServiceRequest` decoded to. */
export interface DecodedLogs extends Decoded {
  logs: RawLog[];
}

/** The body is not what its content type says; answered with 400. `message` is for the client's log. */
export class UndecodableError extends Error {
  override readonly name = "UndecodableError";
}

/** The body is small enough as bytes and still more than may be held once decoded; answered with 413. */
export class TooManyItemsError extends Error {
  override readonly name = "TooManyItemsError";

  constructor(limit: number) {
    super(`The request decodes to more than ${limit} items; send smaller batches or raise max_request_items.`);
  }
}

/** What was read where an identifier stands: "" for none or all zero, undefined for one of the wrong length. */
export interface Identity {
  traceId: string | undefined;
  spanId: string | undefined;
  parentId: string | undefined;
}

/** Adds a span under its identity, or counts it as refused when that is invalid. */
export function addSpan(decoded: DecodedTraces, span: RawSpan, { traceId, spanId, parentId }: Identity): void {
  if (!traceId) refuse(decoded, "trace id");
  else if (!spanId) refuse(decoded, "span id");
  else if (parentId === undefined) refuse(decoded, "parent span id");
  else {
    span.trace_id = traceId;
    span.span_id = spanId;
    span.parent_span_id = parentId;
    decoded.spans.push(span);
  }
}

/** Adds a log record under its identity; one of no trace is refused, for no run could ever show it. */
export function addLog(
  decoded: DecodedLogs,
  log: RawLog,
  { traceId, spanId }: Pick<Identity, "traceId" | "spanId">,
): void {
  if (!traceId) refuse(decoded, "trace id");
  else if (spanId === undefined) refuse(decoded, "span id");
  else {
    log.trace_id = traceId;
    log.span_id = spanId;
    log.position = decoded.logs.length;
    decoded.logs.push(log);
  }
}

/**
 * Gives log records, which have no identity of their own, one that a client's retry repeats: a hash of what they say,
 * and how many times the request said it before (a user may well say «yes» twice in one moment).
 */
export function identifyLogs(logs: readonly RawLog[]): void {
  const seen = new Map<string, number>();
  for (const log of logs) {
    const { span_id, time_unix_nano, severity_number, event_name, body, attributes, scope_name } = log;
    const said = JSON.stringify([span_id, time_unix_nano, severity_number, event_name, body, attributes, scope_name]);
    const digest = hash("sha256", said, "hex").slice(0, 32);
    const before = seen.get(digest) ?? 0;
    seen.set(digest, before + 1);
    log.log_id = before === 0 ? digest : `${digest}.${before}`;
  }
}

function refuse(decoded: Decoded, why: Refusal): void {
  decoded.refused.set(why, (decoded.refused.get(why) ?? 0) + 1);
}

/** `partial_success` of an answer, or undefined when every record was good. */
export function partialSuccess(
  refused: ReadonlyMap<Refusal, number>,
  noun = "span",
): { rejected: number; message: string } | undefined {
  let rejected = 0;
  const parts: string[] = [];
  for (const [why, count] of refused) {
    rejected += count;
    parts.push(`${count} with an invalid ${why}`);
  }
  if (rejected === 0) return undefined;
  return { rejected, message: `Refused ${rejected} ${noun}${rejected === 1 ? "" : "s"}: ${parts.join(", ")}.` };
}
