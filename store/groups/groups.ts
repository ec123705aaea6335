import { type FailureGroup, type GroupChange, type TimeWindow, TREND_PARTS } from "@culprit/schemas";
import type { Connection, Parameters } from "../connection.ts";
import { windowMs } from "../queries/run-conditions.ts";
import { readRuns } from "../queries/runs.ts";
import { type GroupChangeRow, groupStateTable } from "../rows/group.ts";
import { GroupKeeper } from "./catch-up.ts";
import { RecentLists } from "./recent.ts";

const TITLE_CHARACTERS = 300;
/** Groups looked at; there are as many as there are different failures. */
const MOST_GROUPS = 5_000;

/** Which groups: those with a run in the window. */
export interface GroupFilter extends TimeWindow {
  project: string;
  group?: string | undefined;
  agent?: string | undefined;
}

/**
 * Failed runs by what they have in common. Reads see every run that was saved before them; in a project with hundreds of
 * thousands of failures, those that were saved some seconds before. States of groups are always as they are.
 */
export interface GroupStore {
  /** Groups with a run in the window, most runs first. */
  list(filter: GroupFilter): Promise<FailureGroup[]>;
  /** How a group's state changed, newest first. */
  changes(project: string, groupId: string): Promise<GroupChange[]>;
  change(project: string, groupId: string, change: GroupChange): Promise<void>;
  /** Brings the groups up to the runs; every read does. */
  catchUp(): Promise<void>;
}

export function groupStore(connection: Connection): GroupStore & { forget(): void } {
  const keeper = new GroupKeeper(connection);
  const recent = new RecentLists<FailureGroup[]>(connection);
  return {
    catchUp: () => keeper.catchUp(),
    forget: () => {
      keeper.forget();
      recent.forget();
    },
    async list(filter) {
      await keeper.catchUp();
      const groups = await recent.get(filter.project, JSON.stringify(filter), () => listGroups(connection, filter));
      return await withStates(connection, filter.project, groups);
    },
    changes: async (project, groupId) => {
      await keeper.catchUp();
      const rows = await connection.read(
        groupStateTable,
        "FINAL WHERE project = {project:String} AND group_id = {groupId:String} ORDER BY at DESC, saved_at DESC",
        { project, groupId },
      );
      return rows.map(asChange);
    },
    change: (project, groupId, change) =>
      connection.insert(groupStateTable, [{ ...change, project, group_id: groupId }]),
  };
}

type GroupRow = Omit<FailureGroup, "title" | "trend" | "state" | "changed" | "representative_status"> & {
  trend: [number[], (number | string)[]];
  representative_status: FailureGroup["representative_status"];
};

async function listGroups(connection: Connection, filter: GroupFilter): Promise<FailureGroup[]> {
  const now = Date.now();
  const to = filter.to === undefined ? now : Date.parse(filter.to);
  const from = Math.max(filter.from === undefined ? now - windowMs(filter.since_seconds) : Date.parse(filter.from), 0);
  const parameters: Parameters = {
    project: filter.project,
    from,
    // Without an end, a run of a clock that is ahead counts too.
    to: filter.to === undefined ? MOST_MS : to,
    part: Math.max(1, Math.ceil(Math.max(to - from, 1) / TREND_PARTS)),
    parts: TREND_PARTS,
    byGroup: filter.group !== undefined,
    group: filter.group ?? "",
    byAgent: filter.agent !== undefined,
    agent: filter.agent ?? "",
    most: MOST_GROUPS,
  };
  const rows = await connection.select<GroupRow>(LIST, parameters);
  const runs = await readRuns(
    connection,
    filter.project,
    rows.map((row) => row.representative),
    TITLE_CHARACTERS,
  );
  const reasons = new Map(runs.map((run) => [run.trace_id, run.mistake ?? run.reason]));
  return rows.map((row) => toGroup(row, reasons.get(row.representative) ?? ""));
}

/** The last moment that DateTime64 holds. */
const MOST_MS = Date.UTC(2299, 11, 31);

const LIST = `
  WITH toUnixTimestamp64Milli(t.began) AS ms, ms >= {from:Int64} AND ms < {to:Int64} AS inside,
       (multiIf(t.status = 'human', 3, t.status = 'verified', 2, 1), ifNull(t.confidence, 0), t.began, t.run_id) AS firmness
  SELECT g.id AS group_id, any(g.blamed) AS agent, any(g.step_kind) AS kind,
         countIf(inside) AS count, count() AS total,
         countIf(inside AND t.status = 'predicted') AS predicted,
         countIf(inside AND t.status = 'verified') AS verified,
         countIf(inside AND t.status = 'human') AS human,
         avgIf(t.confidence, inside AND t.status = 'predicted') AS mean_confidence,
         min(t.began) AS first_seen, max(t.began) AS last_seen,
         sumMapIf([toUInt16(least({parts:UInt16} - 1, intDiv(greatest(ms - {from:Int64}, 0), {part:Int64})))],
                  [toUInt64(1)], inside) AS trend,
         argMaxIf(t.run_id, firmness, inside) AS representative,
         argMaxIf(t.status, firmness, inside) AS representative_status
  FROM (SELECT trace_id AS member, group_id AS id, agent AS blamed, kind AS step_kind FROM run_groups FINAL
        WHERE project = {project:String} AND (NOT {byGroup:Bool} OR group_id = {group:String})
          AND (NOT {byAgent:Bool} OR agent = {agent:String})) AS g
  INNER JOIN (SELECT trace_id AS run_id, started_at AS began, status, confidence, assumeNotNull(blamed_agent) AS guilty
              FROM run_times FINAL
              WHERE project = {project:String} AND outcome = 'failure' AND blamed_agent IS NOT NULL
                AND status != 'refuted' AND NOT replay AND NOT gone) AS t ON t.run_id = g.member
  WHERE t.guilty = g.blamed
  GROUP BY g.id
  HAVING count > 0
  ORDER BY count DESC, last_seen DESC, group_id
  LIMIT {most:UInt64}`;

function toGroup(row: GroupRow, title: string): FailureGroup {
  const trend = new Array<number>(TREND_PARTS).fill(0);
  const [parts, counts] = row.trend;
  for (const [index, part] of parts.entries()) trend[Number(part)] = Number(counts[index]);
  return {
    group_id: row.group_id,
    agent: row.agent,
    kind: row.kind,
    title,
    count: Number(row.count),
    total: Number(row.total),
    predicted: Number(row.predicted),
    verified: Number(row.verified),
    human: Number(row.human),
    mean_confidence: row.mean_confidence,
    first_seen: row.first_seen,
    last_seen: row.last_seen,
    trend,
    representative: row.representative,
    representative_status: row.representative_status,
    state: "open",
    changed: null,
  };
}

/** Groups as people, and failures that came back, left them. */
async function withStates(
  connection: Connection,
  project: string,
  groups: readonly FailureGroup[],
): Promise<FailureGroup[]> {
  if (groups.length === 0) return [];
  const rows = await connection.read(
    groupStateTable,
    `FINAL WHERE project = {project:String} ORDER BY group_id, at DESC, saved_at DESC LIMIT 1 BY group_id`,
    { project },
  );
  const last = new Map(rows.map((row) => [row.group_id, asChange(row)]));
  return groups.map((group) => {
    const changed = last.get(group.group_id) ?? null;
    return { ...group, state: changed?.state ?? "open", changed };
  });
}

function asChange({ state, changed_by, note, at }: GroupChangeRow): GroupChange {
  return { state, changed_by, note, at };
}
