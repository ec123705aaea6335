import type { KeptSummary, RunSummary } from "@culprit/schemas";
import type { Connection } from "../connection.ts";
import { runTable } from "../rows/run.ts";
import { type RunTime, runTimeTable } from "../rows/run-time.ts";
import { columnList } from "../rows/table.ts";
import { isoTime } from "../rows/values.ts";

/** Runs looked up in one query. */
const LOOKUP_RUNS = 1_000;

/**
 * Saves runs, in `run_times` first: what a crash leaves there without its run is only a candidate, which every list
 * checks, and {@link rebuildRunTimes} mends.
 */
export async function saveRuns(connection: Connection, runs: readonly KeptSummary[]): Promise<void> {
  const moved = await movedStarts(connection, runs);
  await connection.insert(runTimeTable, [...moved, ...runs.map((run) => ({ ...run, gone: false }))]);
  await connection.insert(runTable, runs);
}

/** The old places of runs that are known to have started at another time. */
async function movedStarts(connection: Connection, runs: readonly RunSummary[]): Promise<RunTime[]> {
  const moved: RunTime[] = [];
  for (const [project, own] of byProject(runs)) {
    for (let start = 0; start < own.length; start += LOOKUP_RUNS) {
      const slice = new Map(own.slice(start, start + LOOKUP_RUNS).map((run) => [run.trace_id, run]));
      const known = await connection.select<{ trace_id: string; started_at: string }>(
        `SELECT DISTINCT trace_id, started_at FROM runs
         WHERE project = {project:String} AND trace_id IN {ids:Array(String)}`,
        { project, ids: [...slice.keys()] },
      );
      for (const { trace_id, started_at } of known) {
        const run = slice.get(trace_id);
        if (run !== undefined && isoTime(run.started_at) !== isoTime(started_at)) {
          moved.push({ ...run, started_at, gone: true });
        }
      }
    }
  }
  return moved;
}

function byProject(runs: readonly RunSummary[]): Map<string, RunSummary[]> {
  const projects = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const own = projects.get(run.project);
    if (own) own.push(run);
    else projects.set(run.project, [run]);
  }
  return projects;
}

const COLUMNS = columnList(runTimeTable);
const PRINT = "sum(cityHash64(project, started_at, trace_id, outcome, ifNull(blamed_agent, ''), status, settled))";

/**
 * Makes `run_times` what `runs` say, when it is not that already. Both may be written to meanwhile; done twice, it
 * changes nothing.
 *
 * @returns whether there was something to mend
 */
export async function rebuildRunTimes(connection: Connection): Promise<boolean> {
  const [prints] = await connection.select<{ same: boolean }>(
    `SELECT (SELECT (count(), ${PRINT}) FROM runs FINAL) = (SELECT (count(), ${PRINT}) FROM run_times FINAL WHERE NOT gone) AS same`,
  );
  if (prints?.same) return false;
  await connection.command(
    `INSERT INTO run_times (${COLUMNS})
     SELECT project, started_at, trace_id, outcome, blamed_agent, confidence, status, source, settled, true, true
     FROM run_times FINAL
     WHERE NOT gone
       AND (project, trace_id, started_at) NOT IN (SELECT project, trace_id, started_at FROM runs FINAL)`,
  );
  await connection.command(
    `INSERT INTO run_times (${COLUMNS})
     SELECT project, started_at, trace_id, outcome, blamed_agent, confidence, status, source, settled, replay_of != '', false
     FROM runs FINAL`,
  );
  return true;
}
