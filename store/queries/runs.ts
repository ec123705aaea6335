import type { BlamedAgent, RunSummary } from "@culprit/schemas";
import type { Connection } from "../connection.ts";
import { runTable } from "../rows/run.ts";
import type { BlameHour, Page, RunFilter, StoreCounts } from "../store.ts";
import type { SpanCounts } from "./counts.ts";
import { decodeCursor, type Position, pageOf } from "./cursor.ts";

/** Candidates looked at beside those of a page; each further look takes twice as many, up to the last. */
const SPARE = 10;
const LARGEST_LOOK = 10_000;

export async function readRun(connection: Connection, project: string, traceId: string): Promise<RunSummary | null> {
  const runs = await readRuns(connection, project, [traceId]);
  return runs[0] ?? null;
}

/** Runs by their ids, each as it was saved last, in no order. */
export async function readRuns(
  connection: Connection,
  project: string,
  traceIds: readonly string[],
): Promise<RunSummary[]> {
  return connection.read(
    runTable,
    `WHERE project = {project:String} AND trace_id IN {ids:Array(String)}
     ORDER BY saved_at DESC LIMIT 1 BY trace_id
     SETTINGS max_threads = 1`,
    { project, ids: [...traceIds] },
  );
}

/**
 * Newest first; a cursor stays valid while runs arrive. Throws `cursor_invalid`.
 *
 * `run_times` gives candidates in order, as many as are needed and no more; the runs themselves say which of them are
 * as asked.
 */
export async function listRuns(connection: Connection, filter: RunFilter): Promise<Page<RunSummary>> {
  const found: RunSummary[] = [];
  let after = decodeCursor(filter.cursor);
  for (let look = filter.limit + 1 + SPARE; ; look = Math.min(look * 2, LARGEST_LOOK)) {
    const candidates = await findCandidates(connection, filter, after, look);
    const runs = new Map(
      (
        await readRuns(
          connection,
          filter.project,
          candidates.map(({ id }) => id),
        )
      ).map((run) => [run.trace_id, run]),
    );
    for (const { id, time } of candidates) {
      const run = runs.get(id);
      if (run !== undefined && run.started_at === time && matches(run, filter)) found.push(run);
    }
    const last = candidates.at(-1);
    if (last === undefined || candidates.length < look || found.length > filter.limit) break;
    after = last;
  }
  return pageOf(found, filter.limit, (run) => ({ time: run.started_at, id: run.trace_id }));
}

/** Runs that are as asked, or once were, in order. */
async function findCandidates(
  connection: Connection,
  filter: RunFilter,
  after: Position,
  limit: number,
): Promise<Position[]> {
  return connection.select<Position & Record<string, unknown>>(
    `SELECT started_at AS time, trace_id AS id
     FROM run_times
     WHERE project = {project:String}
       AND ${SINCE}
       AND NOT gone
       AND ({outcome:String} = '' OR outcome = {outcome:String})
       AND (NOT {byAgent:Bool} OR blamed_agent = {agent:String})
       AND ({status:String} = '' OR status = {status:String})
       AND (NOT {bySource:Bool} OR source = {source:String})
       AND ({replays:Bool} OR NOT replay)
       AND ({afterTime:String} = ''
            OR started_at < parseDateTime64BestEffortOrZero({afterTime:String}, 3, 'UTC')
            OR (started_at = parseDateTime64BestEffortOrZero({afterTime:String}, 3, 'UTC') AND trace_id < {afterId:String}))
     ORDER BY project DESC, started_at DESC, trace_id DESC
     LIMIT 1 BY started_at, trace_id
     LIMIT {limit:UInt64}
     SETTINGS max_threads = 1, optimize_read_in_order = 1`,
    {
      project: filter.project,
      outcome: filter.outcome ?? "",
      byAgent: filter.blamed_agent !== undefined,
      agent: filter.blamed_agent ?? "",
      status: filter.status ?? "",
      bySource: filter.source !== undefined,
      source: filter.source ?? "",
      replays: filter.replays === "include",
      windowMs: windowMs(filter.since_seconds),
      afterTime: after.time,
      afterId: after.id,
      limit,
    },
  );
}

function matches(run: RunSummary, filter: RunFilter): boolean {
  return (
    (filter.outcome === undefined || run.outcome === filter.outcome) &&
    (filter.blamed_agent === undefined || run.blamed_agent === filter.blamed_agent) &&
    (filter.status === undefined || run.status === filter.status) &&
    (filter.source === undefined || run.source === filter.source) &&
    (filter.replays === "include" || run.replay_of === "")
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

/** A window as whole milliseconds; 10^10 seconds reach back past every time there is. */
export function windowMs(sinceSeconds: number): number {
  return Math.floor(Math.min(Math.max(sinceSeconds, 0), 1e10) * 1000);
}
