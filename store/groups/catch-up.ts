import { type BlamedKind, isGrouped, type RunSummary } from "@culprit/schemas";
import type { Connection } from "../connection.ts";
import { groupStateTable, type RunGroup, runGroupTable } from "../rows/group.ts";
import { isoTime } from "../rows/values.ts";
import { GroupIndex, reasonShape } from "./shape.ts";
import { afterFailure } from "./state.ts";

/** Rows are stamped when their insert begins and seen when it ends: nothing takes longer than this. */
const OVERLAP_MS = 10_000;
const BATCH = 2_000;
/** Members of groups that are known again after a restart, the newest. */
const MOST_MEMBERS = 20_000;

type SavedRun = Pick<RunSummary, "project" | "trace_id" | "outcome" | "status" | "blamed_agent" | "replay_of"> & {
  blamed_kind: BlamedKind | "";
  /** What went wrong, in whose words it is known best. */
  told: string;
  ended_at: string;
  saved_at: string;
};

/** Keeps `run_groups` what `runs` say. Done twice, and by several processes, it changes nothing. */
export class GroupKeeper {
  readonly #connection: Connection;
  readonly #indexes = new Map<string, Promise<GroupIndex>>();
  #since: string | undefined;
  /** Rows of the overlap that are done. */
  readonly #done = new Map<string, string>();
  #running: Promise<void> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Resolves when every run that was saved before the call is in its group. */
  async catchUp(): Promise<void> {
    // One that began before the call may have looked past what the caller saved.
    while (this.#running !== undefined) await this.#running.catch(() => {});
    this.#running = this.#pass().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** What was known of groups may be gone. */
  forget(): void {
    this.#indexes.clear();
  }

  async #pass(): Promise<void> {
    this.#since ??= await this.#begin();
    // What was stamped longer ago than an insert takes is seen by now, or never was.
    const horizon = await this.#horizon();
    for (let after = this.#since; ; ) {
      const rows = await this.#savedAfter(after);
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.saved_at;
      const fresh = rows.filter((row) => (this.#done.get(keyOf(row)) ?? "") < row.saved_at);
      if (fresh.length > 0) await this.#group(fresh);
      for (const row of fresh) this.#done.set(keyOf(row), row.saved_at);
      if (rows.length < BATCH) break;
    }
    if (horizon > this.#since) this.#since = horizon;
    for (const [key, savedAt] of this.#done) if (savedAt < horizon) this.#done.delete(key);
  }

  async #horizon(): Promise<string> {
    const [row] = await this.#connection.select<{ at: string }>("SELECT now64(6, 'UTC') AS at");
    return new Date(Date.parse(row?.at ?? "") - OVERLAP_MS).toISOString();
  }

  /** What was grouped last, by whichever process. */
  async #begin(): Promise<string> {
    const [row] = await this.#connection.select<{ at: string }>(
      "SELECT max(run_saved_at) - INTERVAL 60 SECOND AS at FROM run_groups WHERE run_saved_at > toDateTime64(100, 6, 'UTC')",
    );
    const at = row?.at ?? "";
    return at < "1971" ? "1971-01-01T00:00:00.000Z" : at;
  }

  /** All that was saved in one moment, or none of it. */
  async #savedAfter(since: string): Promise<SavedRun[]> {
    const rows = await this.#connection.select<SavedRun>(
      `SELECT project, trace_id, outcome, status, blamed_agent, blamed_kind, replay_of, ended_at, saved_at,
              leftUTF8(if(mistake = '', reason, mistake), 2000) AS told
       FROM runs
       WHERE saved_at > parseDateTime64BestEffort({since:String}, 6, 'UTC') AND outcome = 'failure' AND blamed_agent IS NOT NULL
       ORDER BY saved_at
       LIMIT {batch:UInt64} WITH TIES`,
      { since, batch: BATCH },
    );
    return rows;
  }

  async #group(rows: readonly SavedRun[]): Promise<void> {
    const newest = new Map(rows.map((row) => [keyOf(row), row]));
    const grouped: (RunGroup & { ended_at: string })[] = [];
    for (const row of newest.values()) {
      if (!isGrouped(row) || row.blamed_agent === null) continue;
      const failure = {
        agent: row.blamed_agent,
        kind: row.blamed_kind || ("unknown" as const),
        shape: reasonShape(row.told),
      };
      const index = await this.#indexOf(row.project);
      grouped.push({
        ...failure,
        project: row.project,
        trace_id: row.trace_id,
        group_id: index.assign(failure),
        run_saved_at: row.saved_at,
        ended_at: row.ended_at,
      });
    }
    if (grouped.length === 0) return;
    // The state first: a crash between the two leaves the runs to be looked at again.
    await this.#reopen(grouped);
    await this.#connection.insert(runGroupTable, grouped);
  }

  async #reopen(grouped: readonly (RunGroup & { ended_at: string })[]): Promise<void> {
    for (const project of new Set(grouped.map((row) => row.project))) {
      const own = grouped.filter((row) => row.project === project);
      const resolved = await this.#connection.read(
        groupStateTable,
        `FINAL WHERE project = {project:String} AND group_id IN {ids:Array(String)}
         ORDER BY group_id, at DESC, saved_at DESC LIMIT 1 BY group_id`,
        { project, ids: [...new Set(own.map((row) => row.group_id))] },
      );
      for (const last of resolved) {
        const ends = own.filter((row) => row.group_id === last.group_id).map((row) => isoTime(row.ended_at));
        // The first that came back is what reopened it, whichever was saved first.
        const changes = ends.sort().flatMap((end) => afterFailure(last, end) ?? []);
        const [change] = changes;
        if (change) await this.#connection.insert(groupStateTable, [{ ...change, project, group_id: last.group_id }]);
      }
    }
  }

  #indexOf(project: string): Promise<GroupIndex> {
    const known = this.#indexes.get(project);
    if (known !== undefined) return known;
    const loading = this.#load(project);
    this.#indexes.set(project, loading);
    loading.catch(() => this.#indexes.delete(project));
    return loading;
  }

  async #load(project: string): Promise<GroupIndex> {
    const members = await this.#connection.select<RunGroup>(
      `SELECT agent, kind, shape, argMax(group_id, saved_at) AS group_id
       FROM run_groups WHERE project = {project:String}
       GROUP BY agent, kind, shape
       ORDER BY max(saved_at) DESC
       LIMIT {most:UInt64}`,
      { project, most: MOST_MEMBERS },
    );
    const index = new GroupIndex();
    for (const member of members) index.add(member, member.group_id);
    return index;
  }
}

function keyOf(row: { project: string; trace_id: string }): string {
  return `${row.project}/${row.trace_id}`;
}
