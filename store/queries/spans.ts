import type { Span } from "@culprit/schemas";
import type { Connection } from "../connection.ts";
import { type ContentNode, ContentReader } from "../contents/nodes.ts";
import {
  hasReferences,
  newestOfEach,
  type ReadSpan,
  SPAN_SELECTION,
  type SpanTuple,
  spanOf,
} from "../rows/span-read.ts";
import type { Shard, Store, TouchedTrace } from "../store.ts";

/** Spans of one trace, each once (the newest copy), by start time. */
export async function readSpans(
  connection: Connection,
  { project, traceId, read }: { project: string; traceId: string; read: ReadSpan },
): Promise<Span[]> {
  // No FINAL: only this trace's granules are read, and copies in other partitions are seen too. One thread: there is
  // too little to read for more.
  const rows = newestOfEach(
    await connection.selectTuples<SpanTuple>(
      `SELECT ${SPAN_SELECTION} FROM spans
       WHERE project = {project:String} AND trace_id = {traceId:String}
       SETTINGS max_threads = 1`,
      { project, traceId },
    ),
  );
  const nodes = rows.some(hasReferences) ? await readContents(connection, project, traceId) : [];
  const contents = new ContentReader(nodes);
  const dereference = (reference: string): string | undefined => contents.read(reference);
  return rows.map((row) => spanOf({ project, traceId }, row, dereference, read)).sort(byStart);
}

/** How many rows a trace has, and when the last of them came. */
export async function traceStamp(connection: Connection, project: string, traceId: string): Promise<string> {
  const rows = await connection.selectTuples<string[]>(
    `SELECT 'spans', toString(count()), toString(max(ingested_at)) FROM spans
     WHERE project = {project:String} AND trace_id = {traceId:String}
     UNION ALL SELECT 'logs', toString(count()), toString(max(ingested_at)) FROM logs
     WHERE project = {project:String} AND trace_id = {traceId:String}
     UNION ALL SELECT 'contents', toString(count()), toString(max(ingested_at)) FROM contents
     WHERE project = {project:String} AND trace_id = {traceId:String}
     SETTINGS max_threads = 1`,
    { project, traceId },
  );
  return rows
    .map((row) => row.join(" "))
    .sort()
    .join(", ");
}

/** The content of one trace, a piece as often as it was written. */
async function readContents(connection: Connection, project: string, traceId: string): Promise<ContentNode[]> {
  const rows = await connection.selectTuples<[id: string, parent: string, text: string]>(
    `SELECT lower(hex(node)), lower(hex(parent)), text FROM contents
     WHERE project = {project:String} AND trace_id = {traceId:String}`,
    { project, traceId },
  );
  return rows.map(([id, parent, text]) => ({ id, parent, text }));
}

function byStart(left: Span, right: Span): number {
  const order = compareNano(left.start_time_unix_nano, right.start_time_unix_nano);
  return order !== 0 ? order : left.span_id < right.span_id ? -1 : 1;
}

/** Decimal strings without leading zeros, as the store gives them. */
function compareNano(left: string, right: string): number {
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * Traces that got spans, log records, outcomes, annotations or replays at or after `sinceMs`, oldest first; {@link Store.touchedTraces}
 * says how to page.
 */
export async function touchedTraces(
  connection: Connection,
  { sinceMs, shard, limit }: { sinceMs: number; shard: Shard; limit: number },
): Promise<TouchedTrace[]> {
  const rows = await connection.select<{ project: string; trace_id: string; touched: string }>(
    `WITH fromUnixTimestamp64Milli({sinceMs:Int64}, 'UTC') AS since
     SELECT project, trace_id, toUnixTimestamp64Milli(max(at)) AS touched
     FROM
     (
         SELECT project, trace_id, ingested_at AS at FROM spans WHERE ingested_at >= since
         UNION ALL SELECT project, trace_id, ingested_at AS at FROM logs WHERE ingested_at >= since
         UNION ALL SELECT project, trace_id, saved_at AS at FROM outcomes WHERE saved_at >= since
         UNION ALL SELECT project, trace_id, saved_at AS at FROM annotations WHERE saved_at >= since
         UNION ALL SELECT project, trace_id, saved_at AS at FROM replays WHERE saved_at >= since
     )
     WHERE cityHash64(trace_id) % {of:UInt64} = {index:UInt64}
     GROUP BY project, trace_id
     ORDER BY touched, project, trace_id
     LIMIT {limit:UInt64}`,
    { sinceMs: Math.max(0, Math.floor(sinceMs)), of: shard.of, index: shard.index, limit },
  );
  return rows.map((row) => ({ project: row.project, trace_id: row.trace_id, touched_at_ms: Number(row.touched) }));
}

/** Spans of a project, each counted once. */
export async function countSpans(connection: Connection, project: string): Promise<number> {
  const rows = await connection.select<{ spans: string }>(
    `SELECT sum(spans) AS spans FROM
     (SELECT uniqExact(span_id) AS spans FROM spans WHERE project = {project:String} GROUP BY trace_id)
     SETTINGS optimize_aggregation_in_order = 1`,
    { project },
  );
  return Number(rows[0]?.spans ?? 0);
}
