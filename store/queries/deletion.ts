import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { CulpritError, type Deletion } from "@culprit/schemas";
import type { Connection, Parameters } from "../connection.ts";

/** How long a deletion is waited for; past it the engine goes on by itself. */
const PATIENCE_MS = 60_000;
/** Rows that arrive while a deletion runs are deleted by another round. */
const ROUNDS = 3;
/** How far replays of replays of a deleted run are followed. */
const REPLAY_DEPTH = 10;
/** Keep no row of a trace, but who may come in and what is to be deleted. */
const NOT_CONTENT: ReadonlySet<string> = new Set(["api_keys", "deletions"]);
/** Say nothing of a run, and stay as they are until their project goes. */
const SETTINGS_TABLES: ReadonlySet<string> = new Set([
  "alert_states",
  "key_usage",
  "group_states",
  "saved_queries",
  "datasets",
]);
const DELETED = "delete:";

/** Removes rows for good: the engine rewrites the parts that hold them. */
export interface DeletionStore {
  /** Runs, and the runs that replay them, with everything derived from them. What arrives late for them goes by {@link sweep}. */
  traces(project: string, traceIds: readonly string[]): Promise<Deletion>;
  /** Every row of a project but its keys. */
  project(project: string): Promise<Deletion>;
  /** Runs whose last span arrived before a moment, in milliseconds since 1970 by the store's clock. */
  expire(project: string, beforeMs: number): Promise<Deletion>;
  /** Rows that arrived after their run was deleted, for runs deleted in these last seconds or ever (in a week). */
  sweep(withinSeconds?: number): Promise<Deletion>;
  /** Every project that has rows. */
  projects(): Promise<string[]>;
}

/** The {@link DeletionStore} of a connection; `forget` is called when rows have gone that may be thought to be there. */
export function deletionStore(connection: Connection, forget: () => void): DeletionStore {
  return {
    traces: (project, traceIds) => deleteTraces(connection, project, traceIds).finally(forget),
    project: (project) => deleteProject(connection, project).finally(forget),
    expire: (project, beforeMs) => expire(connection, project, beforeMs).finally(forget),
    sweep: (withinSeconds) => sweep(connection, withinSeconds).finally(forget),
    projects: () => listProjects(connection),
  };
}

interface ProjectTable {
  table: string;
  columns: string[];
}

/**
 * The tables that hold rows of projects, as the store itself knows them: a table added by a later migration is deleted
 * from without a word here.
 */
async function projectTables(connection: Connection): Promise<ProjectTable[]> {
  const tables = await connection.select<ProjectTable>(
    `SELECT table, groupArray(name) AS columns
     FROM system.columns
     WHERE database = currentDatabase()
       AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree')
     GROUP BY table
     HAVING has(columns, 'project')
     ORDER BY table`,
  );
  return tables.filter(({ table }) => !NOT_CONTENT.has(table));
}

/** Which rows of which table go. The condition is constant text; its values travel as parameters. */
interface Doomed {
  table: string;
  condition: string;
  parameters: Parameters;
}

async function deleteTraces(connection: Connection, project: string, traceIds: readonly string[]): Promise<Deletion> {
  const ids = await withReplays(connection, project, traceIds);
  const batch = `${DELETED}${randomUUID()}`;
  await connection.command(
    `INSERT INTO deletions (project, trace_id, batch)
     SELECT {project:String}, arrayJoin({ids:Array(String)}), {batch:String}`,
    { project, ids, batch },
  );
  const traces = await countTraces(connection, project, batch);
  const tables = await projectTables(connection);
  const deletion = await remove(connection, batchRows(tables, project, batch));
  await forgetInAlerts(connection, project, ids);
  return { ...deletion, traces };
}

/** A replay repeats what its original said up to the replayed step, so it goes with it. */
async function withReplays(connection: Connection, project: string, traceIds: readonly string[]): Promise<string[]> {
  const ids = new Set(traceIds);
  for (let depth = 0; depth < REPLAY_DEPTH; depth++) {
    const rows = await connection.select<{ id: string }>(
      `SELECT DISTINCT id FROM
       (
           SELECT replay_trace_id AS id FROM replays
           WHERE project = {project:String} AND trace_id IN {ids:Array(String)}
           UNION ALL SELECT trace_id AS id FROM runs
           WHERE project = {project:String} AND replay_of IN {ids:Array(String)}
       )
       WHERE id != ''`,
      { project, ids: [...ids] },
    );
    const before = ids.size;
    for (const { id } of rows) ids.add(id);
    if (ids.size === before) break;
  }
  return [...ids];
}

async function countTraces(connection: Connection, project: string, batch: string): Promise<number> {
  const rows = await connection.select<{ traces: string }>(
    `SELECT uniqExact(trace_id) AS traces FROM spans WHERE project = {project:String}
       AND trace_id IN (SELECT trace_id FROM deletions WHERE project = {project:String} AND batch = {batch:String})`,
    { project, batch },
  );
  return Number(rows[0]?.traces ?? 0);
}

function batchRows(tables: readonly ProjectTable[], project: string, batch: string): Doomed[] {
  return tables
    .filter(({ columns }) => columns.includes("trace_id"))
    .map(({ table }) => ({
      table,
      condition: `project = {project:String} AND trace_id IN
        (SELECT trace_id FROM deletions WHERE project = {project:String} AND batch = {batch:String})`,
      parameters: { project, batch },
    }));
}

/** An alert names its runs with their tasks: the deleted ones are taken out of it. */
async function forgetInAlerts(connection: Connection, project: string, ids: readonly string[]): Promise<void> {
  const parameters = { project, ids };
  const rows = await connection.select<{ events: string }>(
    `SELECT count() AS events FROM alert_events
     WHERE project = {project:String}
       AND arrayExists(run -> has({ids:Array(String)}, JSONExtractString(run, 'trace_id')), JSONExtractArrayRaw(runs))`,
    parameters,
  );
  if (Number(rows[0]?.events ?? 0) === 0) return;
  await connection.command(
    `ALTER TABLE alert_events UPDATE runs = concat('[', arrayStringConcat(arrayFilter(
         run -> NOT has({ids:Array(String)}, JSONExtractString(run, 'trace_id')), JSONExtractArrayRaw(runs)), ','), ']')
     WHERE project = {project:String}
       AND arrayExists(run -> has({ids:Array(String)}, JSONExtractString(run, 'trace_id')), JSONExtractArrayRaw(runs))`,
    parameters,
  );
  await settled(connection, ["alert_events"], Date.now() + PATIENCE_MS);
}

async function deleteProject(connection: Connection, project: string): Promise<Deletion> {
  const counted = await connection.select<{ traces: string }>(
    "SELECT uniqExact(trace_id) AS traces FROM spans WHERE project = {project:String}",
    { project },
  );
  const tables = [...(await projectTables(connection)), { table: "deletions", columns: [] }];
  const condition = "project = {project:String}";
  const deletion = await remove(
    connection,
    tables.map(({ table }) => ({ table, condition, parameters: { project } })),
  );
  return { ...deletion, traces: Number(counted[0]?.traces ?? 0) };
}

async function expire(connection: Connection, project: string, beforeMs: number): Promise<Deletion> {
  const batch = `expire:${randomUUID()}`;
  const parameters = { project, before: Math.floor(beforeMs) };
  await connection.command(
    `INSERT INTO deletions (project, trace_id, batch)
     SELECT project, trace_id, {batch:String} FROM spans
     WHERE project = {project:String}
     GROUP BY project, trace_id
     HAVING max(ingested_at) < fromUnixTimestamp64Milli({before:Int64}, 'UTC')`,
    { ...parameters, batch },
  );
  const traces = await countTraces(connection, project, batch);
  const tables = await projectTables(connection);
  const doomed = traces > 0 ? batchRows(tables, project, batch) : [];
  const deletion = await remove(connection, [...doomed, ...tables.flatMap((table) => leftovers(table, parameters))]);
  return { ...deletion, traces };
}

/** Old rows that belong to no run: an outcome of a run that never came, an alert. */
function leftovers({ table, columns }: ProjectTable, parameters: Parameters): Doomed[] {
  const time = ["ingested_at", "saved_at"].find((name) => columns.includes(name));
  if (table === "spans" || SETTINGS_TABLES.has(table) || time === undefined) return [];
  // The column's name is one of the two constants above.
  const old = `project = {project:String} AND ${time} < fromUnixTimestamp64Milli({before:Int64}, 'UTC')`;
  const orphaned = " AND trace_id NOT IN (SELECT trace_id FROM spans WHERE project = {project:String})";
  return [{ table, condition: columns.includes("trace_id") ? old + orphaned : old, parameters }];
}

async function sweep(connection: Connection, withinSeconds = 1e9): Promise<Deletion> {
  const parameters = { deleted: DELETED, within: Math.floor(withinSeconds) };
  const recent = await connection.select<{ traces: string }>(
    `SELECT count() AS traces FROM deletions
     WHERE startsWith(batch, {deleted:String}) AND toUnixTimestamp(saved_at) >= toUnixTimestamp(now()) - {within:Int64}`,
    parameters,
  );
  if (Number(recent[0]?.traces ?? 0) === 0) return { traces: 0, rows: 0, finished: true };
  const tables = (await projectTables(connection)).filter(({ columns }) => columns.includes("trace_id"));
  return await remove(
    connection,
    tables.map(({ table }) => ({
      table,
      condition: `(project, trace_id) IN
        (SELECT project, trace_id FROM deletions WHERE startsWith(batch, {deleted:String})
           AND toUnixTimestamp(saved_at) >= toUnixTimestamp(now()) - {within:Int64})`,
      parameters,
    })),
  );
}

async function listProjects(connection: Connection): Promise<string[]> {
  const tables = await projectTables(connection);
  const names = new Set<string>();
  for (const { table } of tables) {
    const rows = await connection.select<{ project: string }>("SELECT DISTINCT project FROM {table:Identifier}", {
      table,
    });
    for (const { project } of rows) names.add(project);
  }
  return [...names].sort();
}

/**
 * Removes rows until none is left, or for as long as one is waited for.
 *
 * Throws `deletion_failed` when the engine could not rewrite a part.
 */
async function remove(connection: Connection, doomed: readonly Doomed[]): Promise<Deletion> {
  const deadline = Date.now() + PATIENCE_MS;
  let rows = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const found: Doomed[] = [];
    for (const rowsOf of doomed) {
      const counted = await count(connection, rowsOf);
      if (counted > 0) found.push(rowsOf);
      rows += counted;
    }
    if (found.length === 0) return { traces: 0, rows, finished: true };
    for (const { table, condition, parameters } of found) {
      await connection.command(
        `ALTER TABLE {table:Identifier} DELETE WHERE ${condition}
         SETTINGS mutations_sync = 0, allow_nondeterministic_mutations = 1`,
        { ...parameters, table },
      );
    }
    const tables = found.map(({ table }) => table);
    if (!(await settled(connection, tables, deadline))) return { traces: 0, rows, finished: false };
  }
  return { traces: 0, rows, finished: false };
}

async function count(connection: Connection, { table, condition, parameters }: Doomed): Promise<number> {
  const rows = await connection.select<{ rows: string }>(
    `SELECT count() AS rows FROM {table:Identifier} WHERE ${condition}`,
    { ...parameters, table },
  );
  return Number(rows[0]?.rows ?? 0);
}

/** Whether the rewriting of these tables came to its end before the deadline. */
async function settled(connection: Connection, tables: readonly string[], deadline: number): Promise<boolean> {
  for (let pause = 10; Date.now() < deadline; pause = Math.min(pause * 2, 500)) {
    const rows = await connection.select<{ table: string; failure: string }>(
      `SELECT table, latest_fail_reason AS failure FROM system.mutations
       WHERE database = currentDatabase() AND NOT is_done AND table IN {tables:Array(String)}`,
      { tables },
    );
    if (rows.length === 0) return true;
    const failed = rows.find(({ failure }) => failure !== "");
    if (failed) {
      throw new CulpritError("deletion_failed", `The store could not delete from ${failed.table}: ${failed.failure}`, {
        mend: "Mend the cause; the store tries again by itself.",
      });
    }
    await sleep(pause);
  }
  return false;
}
