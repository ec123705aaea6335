import { GEN_AI, logEvent, type Span, type SpanEvent, type SpanLog } from "@culprit/schemas";
import type { Connection } from "../connection.ts";
import { logTable } from "../rows/log.ts";
import type { ReadSpan } from "../rows/span-read.ts";

/**
 * The log records of one trace that are events of a span, each once, in the order they happened; verdicts on the trace
 * as a whole among them.
 */
export async function readEventLogs(connection: Connection, project: string, traceId: string): Promise<SpanLog[]> {
  return await connection.read(
    logTable,
    `WHERE project = {project:String} AND trace_id = {traceId:String} AND event_name != '' AND (span_id != '' OR event_name = {verdict:String})
     ORDER BY span_id, time_unix_nano, position, log_id LIMIT 1 BY span_id, log_id`,
    { project, traceId, verdict: GEN_AI.evaluationResultEvent },
  );
}

/**
 * Spans with their log records among their events. What a span itself says of its messages stands; what it does not
 * say is read out of it again, now with those events.
 */
export function joinLogs(spans: readonly Span[], logs: readonly SpanLog[], read: ReadSpan): Span[] {
  if (logs.length === 0) return [...spans];
  const events = new Map<string, SpanEvent[]>();
  // An evaluator that was not given a span, or whose own span is kept elsewhere, speaks of the run.
  const known = new Set(spans.map(({ span_id }) => span_id));
  const root = spans.find(({ parent_span_id }) => parent_span_id === "")?.span_id;
  for (const log of logs) {
    const aside = log.event_name === GEN_AI.evaluationResultEvent && !known.has(log.span_id);
    const of = aside && root !== undefined ? root : log.span_id;
    const own = events.get(of);
    if (own) own.push(logEvent(log));
    else events.set(of, [logEvent(log)]);
  }
  return spans.map((span) => {
    const added = events.get(span.span_id);
    return added ? withEvents(span, added, read) : span;
  });
}

function withEvents(span: Span, added: readonly SpanEvent[], read: ReadSpan): Span {
  const { project: _project, reading, ...raw } = span;
  const events = [...raw.events, ...added];
  if (reading.input.length > 0 && reading.output.length > 0) return { ...span, events };
  const again = read({ ...raw, events });
  const input = reading.input.length > 0 ? reading.input : again.input;
  const output = reading.output.length > 0 ? reading.output : again.output;
  return { ...span, events, reading: { ...(reading.operation === "" ? again : reading), input, output } };
}
