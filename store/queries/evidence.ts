import type { AlertEvent, Annotation, Replay } from "@culprit/schemas";
import type { Connection } from "../connection.ts";
import { alertEventTable } from "../rows/alert.ts";
import { annotationTable, replayTable } from "../rows/evidence.ts";
import type { Page } from "../store.ts";
import { decodeCursor, pageOf } from "./cursor.ts";
import { windowMs } from "./run-conditions.ts";

/** Replays of one run, oldest first. */
export function readReplays(connection: Connection, project: string, traceId: string): Promise<Replay[]> {
  return connection.read(
    replayTable,
    "FINAL WHERE project = {project:String} AND trace_id = {traceId:String} ORDER BY created_at, replay_id",
    { project, traceId },
  );
}

/** Annotations of one run, oldest first. */
export function readAnnotations(connection: Connection, project: string, traceId: string): Promise<Annotation[]> {
  return connection.read(
    annotationTable,
    "FINAL WHERE project = {project:String} AND trace_id = {traceId:String} ORDER BY created_at, annotation_id",
    { project, traceId },
  );
}

/** What {@link listAnnotations} lists. */
export interface AnnotationFilter {
  project: string;
  evidence?: Annotation["evidence"] | undefined;
  since_seconds: number;
  limit: number;
  cursor?: string | undefined;
}

/** Annotations of a project, newest first. Throws `cursor_invalid`. */
export async function listAnnotations(connection: Connection, filter: AnnotationFilter): Promise<Page<Annotation>> {
  const after = decodeCursor(filter.cursor);
  const rows = await connection.read(
    annotationTable,
    `FINAL
     WHERE project = {project:String}
       AND ({evidence:String} = '' OR evidence = {evidence:String})
       AND toUnixTimestamp64Milli(created_at) >= toUnixTimestamp64Milli(now64(3)) - {windowMs:Int64}
       AND ({afterTime:String} = ''
            OR (created_at, concat(trace_id, annotation_id))
               < (parseDateTime64BestEffortOrZero({afterTime:String}, 3, 'UTC'), {afterId:String}))
     ORDER BY created_at DESC, concat(trace_id, annotation_id) DESC
     LIMIT {limit:UInt64}`,
    {
      project: filter.project,
      evidence: filter.evidence ?? "",
      windowMs: windowMs(filter.since_seconds),
      afterTime: after.time,
      afterId: after.id,
      limit: filter.limit + 1,
    },
  );
  return pageOf(rows, filter.limit, (row) => ({ time: row.created_at, id: `${row.trace_id}${row.annotation_id}` }));
}

/** Alert events of a project, newest first. */
export function listAlertEvents(
  connection: Connection,
  project: string,
  sinceSeconds: number,
  limit: number,
): Promise<AlertEvent[]> {
  return connection.read(
    alertEventTable,
    `FINAL
     WHERE project = {project:String}
       AND toUnixTimestamp64Milli(at) >= toUnixTimestamp64Milli(now64(3)) - {windowMs:Int64}
     ORDER BY at DESC, event_id DESC
     LIMIT {limit:UInt64}`,
    { project, windowMs: windowMs(sinceSeconds), limit },
  );
}
