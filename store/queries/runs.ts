import { type BlamedAgent, type RunSummary, summaryMatches } from "@culprit/schemas";
import type { Connection } from "../connection.ts";
import { runTable } from "../rows/run.ts";
import { columnList } from "../rows/table.ts";
import type { BlameHour, Page, RunFilter, StoreCounts } from "../store.ts";
import type { SpanCounts } from "./counts.ts";
import { decodeCursor, type Position, pageOf } from "./cursor.ts";
import { type Conditions, runConditions, windowMs } from "./run-conditions.ts";

/** Candidates looked at beside those of a page; each further look takes twice as many, up to the last. */
const SPARE = 10;
const LARGEST_LOOK = 10_000;

export async function readRun(connection: Connection, project: string, traceId: string): Promise<RunSummary | null> {
  const runs = await readRuns(connection, project, [traceId]);
  return runs[0] ?? null;
}

/** Runs by their ids, each as it was saved last, in no order; tasks and reasons cut after so many characters. */
export async function readRuns(
  connection: Connection,
  project: string,
  traceIds: readonly string[],
  textCharacters?: number,
): Promise<RunSummary[]> {
  const runs: RunSummary[] = [];
  for (let start = 0; start < traceIds.length; start += MOST_IDS) {
    const rows = await connection.select(
      `SELECT ${textCharacters === undefined ? columnList(runTable) : CLIPPED_COLUMNS} FROM runs
       WHERE project = {project:String} AND trace_id IN {ids:Array(String)}
       ORDER BY saved_at DESC LIMIT 1 BY trace_id
       SETTINGS max_threads = 1`,
      { project, ids: traceIds.slice(start, start + MOST_IDS), most: textCharacters ?? 0 },
    );
    for (const row of rows) runs.push(runTable.read(row));
  }
  return runs;
}

/** A parameter of a query is at most 128 KiB, and an id in a list takes 35 bytes. */
const MOST_IDS = 3_000;

/** The columns of a run, its texts cut. */
const CLIPPED_COLUMNS = runTable.columns
  .map(([name]) => (name === "task" || name === "reason" || name === "mistake" ? clipped(name) : name))
  .join(", ");

function clipped(column: "task" | "reason" | "mistake"): string {
  return `if(lengthUTF8(${column}) > {most:UInt64}, concat(leftUTF8(${column}, {most:UInt64}), '…'), ${column}) AS ${column}`;
}

/**
 * Newest first; a cursor stays valid while runs arrive. Throws `cursor_invalid`.
 *
 * `run_times` gives candidates in order, as many as are needed and no more; the runs themselves say which of them are
 * as asked.
 */
export async function listRuns(connection: Connection, filter: RunFilter): Promise<Page<RunSummary>> {
  const found: RunSummary[] = [];
  const conditions = runConditions(filter);
  let after = decodeCursor(filter.cursor);
  for (let look = filter.limit + 1 + SPARE; ; look = Math.min(look * 2, LARGEST_LOOK)) {
    const candidates = await findCandidates(connection, conditions, after, look);
    const ids = candidates.map(({ id }) => id);
    const read = await readRuns(connection, filter.project, ids, filter.text_characters);
    const runs = new Map(read.map((run) => [run.trace_id, run]));
    for (const { id, time } of candidates) {
      const run = runs.get(id);
      if (run !== undefined && run.started_at === time && summaryMatches(run, filter)) found.push(run);
    }
    const last = candidates.at(-1);
    if (last === undefined || candidates.length < look || found.length > filter.limit) break;
    after = last;
  }
  return pageOf(found, filter.limit, (run) => ({ time: run.started_at, id: run.trace_id }));
}

/** A time by itself first: it is what the order of the table is used for. */
const AFTER = `AND started_at <= parseDateTime64BestEffortOrZero({afterTime:String}, 3, 'UTC')
       AND (started_at < parseDateTime64BestEffortOrZero({afterTime:String}, 3, 'UTC') OR trace_id < {afterId:String})`;

/** Runs that are as asked, or once were, in order. */
async function findCandidates(
  connection: Connection,
  { sql, parameters, dear }: Conditions,
  after: Position,
  limit: number,
): Promise<Position[]> {
  return connection.select<Position & Record<string, unknown>>(
    `SELECT started_at AS time, trace_id AS id
     FROM run_times
     WHERE ${sql.join("\n       AND ")}
       ${after.time === "" ? "" : AFTER}
     ORDER BY project DESC, started_at DESC, trace_id DESC
     LIMIT 1 BY started_at, trace_id
     LIMIT {limit:UInt64}
     SETTINGS optimize_read_in_order = 1${dear ? "" : ", max_threads = 1"}`,
    { ...parameters, afterTime: after.time, afterId: after.id, limit },
  );
}

/** Failed runs by the agent they are blamed on, most first; runs that replay another are left out. */
export async function blamedAgents(
  connection: Connection,
  project: string,
  sinceSeconds: number,
): Promise<BlamedAgent[]> {
  const rows = await connection.select<BlamedAgent & { failures: string; verified: string }>(
    `SELECT assumeNotNull(blamed_agent) AS agent,
            count() AS failures,
            countIf(status = 'verified') AS verified,
            avgIf(confidence, status = 'predicted') AS mean_confidence,
            max(started_at) AS last_seen
     FROM run_times FINAL
     WHERE ${BLAMED}
     GROUP BY agent
     ORDER BY failures DESC, agent`,
    { project, windowMs: windowMs(sinceSeconds) },
  );
  return rows.map((row) => ({ ...row, failures: Number(row.failures), verified: Number(row.verified) }));
}

/** Failed runs by the hour they started and the agent they are blamed on, newest hour first. */
export async function blameByHour(connection: Connection, project: string, sinceSeconds: number): Promise<BlameHour[]> {
  const rows = await connection.select<Record<"hour" | "agent" | "failures" | "verified", string>>(
    `SELECT formatDateTime(toStartOfHour(started_at), '%Y-%m-%dT%H:00:00.000Z', 'UTC') AS hour,
            assumeNotNull(blamed_agent) AS agent,
            count() AS failures,
            countIf(status = 'verified') AS verified
     FROM run_times FINAL
     WHERE ${BLAMED}
     GROUP BY hour, agent
     ORDER BY hour DESC, failures DESC, agent`,
    { project, windowMs: windowMs(sinceSeconds) },
  );
  return rows.map((row) => ({ ...row, failures: Number(row.failures), verified: Number(row.verified) }));
}

/** Times reach back to 1900 in the store; a window may be longer. */
const SINCE = `started_at >= fromUnixTimestamp64Milli(
         greatest(toUnixTimestamp64Milli(now64(3)) - {windowMs:Int64}, toInt64(-2208988800000)), 'UTC')`;
const BLAMED = `project = {project:String} AND ${SINCE}
       AND outcome = 'failure' AND blamed_agent IS NOT NULL AND NOT replay AND NOT gone`;

/** Figures of a project. Runs that replay another count only through their spans. */
export async function countAll(connection: Connection, project: string, spanCounts: SpanCounts): Promise<StoreCounts> {
  const [runs, spans] = await Promise.all([
    connection.select<Record<"runs" | "settled_runs" | "failed" | "backlog", string>>(
      `SELECT count() AS runs,
              countIf(settled) AS settled_runs,
              countIf(outcome = 'failure') AS failed,
              countIf(settled AND outcome = 'failure'
                AND trace_id NOT IN (SELECT trace_id FROM attributions WHERE project = {project:String})) AS backlog
       FROM run_times FINAL
       WHERE project = {project:String} AND NOT replay AND NOT gone`,
      { project },
    ),
    spanCounts.of(project),
  ]);
  return {
    runs: Number(runs[0]?.runs ?? 0),
    settled: Number(runs[0]?.settled_runs ?? 0),
    failed: Number(runs[0]?.failed ?? 0),
    backlog: Number(runs[0]?.backlog ?? 0),
    spans,
  };
}
