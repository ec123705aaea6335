import type { AlertDelivery, AlertEvent, AlertStanding, RunConditions, RunStatus, RunSummary } from "@culprit/schemas";
import type { Connection, Parameters } from "../connection.ts";
import { alertDeliveryTable, alertEventTable, alertStandingTable, type StoredDelivery } from "../rows/alert.ts";
import { runTable } from "../rows/run.ts";
import { columnList } from "../rows/table.ts";
import { rowConditions } from "./run-conditions.ts";

/** Runs started this long before a window are still looked at: a window goes by when a run ended. */
const LONGEST_RUN_MS = 86_400_000;
const MOST_STANDINGS = 100_000;

/** Runs that ended in a span of time, start excluded, as milliseconds since 1970. */
export interface EndedFilter {
  project: string;
  after_ms: number;
  until_ms: number;
  filter: RunConditions;
}

/** Failed runs that blame somebody. A refuted blame counts only where its status is asked for. */
export interface BlamedFilter extends EndedFilter {
  /** Of any agent when undefined. */
  agent?: string | undefined;
  status?: RunStatus | undefined;
  /** Of predictions only. */
  min_confidence: number;
}

/** What alert rules look at, at any moment of the past, and what they keep. */
export interface AlertStore {
  /** Projects with a run that started after a moment. */
  projects(afterMs: number): Promise<string[]>;
  /** Failed runs by blamed agent. */
  blamed(filter: BlamedFilter): Promise<{ agent: string; count: number }[]>;
  /** Those runs, the ones that ended last first. */
  blamedRuns(filter: BlamedFilter & { group?: string | undefined; limit: number }): Promise<RunSummary[]>;
  /** Runs of known outcome by the agents that act in them. */
  acting(filter: EndedFilter): Promise<{ agent: string; count: number }[]>;
  outcomes(filter: EndedFilter): Promise<{ success: number; failure: number }>;
  /** Groups whose first run ever ended in the time; ignored ones left out. */
  newGroups(filter: EndedFilter): Promise<{ group_id: string; agent: string; count: number }[]>;
  /** Resolved groups that came back in the time. */
  regressions(filter: EndedFilter): Promise<{ group_id: string; agent: string; at: string; count: number }[]>;
  /** Attributions in the time that the tracer did not answer since it last did. */
  tracerFailures(filter: Omit<EndedFilter, "filter">): Promise<number>;

  standings(): Promise<AlertStanding[]>;
  saveStandings(standings: readonly AlertStanding[]): Promise<void>;
  event(project: string, eventId: string): Promise<AlertEvent | null>;
  saveDeliveries(project: string, deliveries: readonly AlertDelivery[]): Promise<void>;
  /** Newest first; of every project when none is named. */
  deliveries(filter: {
    project?: string | undefined;
    status?: AlertDelivery["status"] | undefined;
    event_id?: string | undefined;
    limit: number;
  }): Promise<StoredDelivery[]>;
}

export function alertStore(connection: Connection): AlertStore {
  return {
    async projects(afterMs) {
      const rows = await connection.select<{ project: string }>(
        `SELECT DISTINCT project FROM run_times
         WHERE toUnixTimestamp64Milli(started_at) >= {after:Int64} AND NOT gone ORDER BY project`,
        { after: Math.trunc(afterMs) },
      );
      return rows.map(({ project }) => project);
    },
    async blamed(filter) {
      const { where, parameters } = blamedConditions(filter);
      return counted(
        await connection.select(
          `SELECT assumeNotNull(blamed_agent) AS agent, count() AS count FROM runs FINAL WHERE ${where}
           GROUP BY agent ORDER BY agent`,
          parameters,
        ),
      );
    },
    async blamedRuns({ group, limit, ...filter }) {
      const { where, parameters } = blamedConditions(
        group === undefined ? filter : { ...filter, filter: { ...filter.filter, group } },
      );
      const rows = await connection.select(
        `SELECT ${columnList(runTable)} FROM runs FINAL WHERE ${where}
         ORDER BY ended_at DESC, trace_id LIMIT {limit:UInt64}`,
        { ...parameters, limit },
      );
      return rows.map(runTable.read);
    },
    async acting(filter) {
      const { where, parameters } = endedConditions(filter);
      return counted(
        await connection.select(
          `SELECT arrayJoin(arrayDistinct(agents)) AS agent, count() AS count FROM runs FINAL
           WHERE ${where} AND outcome != 'unknown' GROUP BY agent ORDER BY agent`,
          parameters,
        ),
      );
    },
    async outcomes(filter) {
      const { where, parameters } = endedConditions(filter);
      const [row] = await connection.select<Record<"success" | "failure", string>>(
        `SELECT countIf(outcome = 'success') AS success, countIf(outcome = 'failure') AS failure FROM runs FINAL WHERE ${where}`,
        parameters,
      );
      return { success: Number(row?.success ?? 0), failure: Number(row?.failure ?? 0) };
    },
    async newGroups(filter) {
      const rows = await connection.select<{ group_id: string; agent: string; count: string }>(
        `SELECT g.group_id AS group_id, any(g.agent) AS agent, count() AS count
         FROM (SELECT trace_id, group_id, agent FROM run_groups FINAL WHERE project = {project:String}) AS g
         INNER JOIN (SELECT trace_id, blamed_agent, ended_at FROM runs FINAL
                     WHERE project = {project:String} AND outcome = 'failure' AND status != 'refuted' AND replay_of = '') AS r
           ON r.trace_id = g.trace_id
         WHERE r.blamed_agent = g.agent AND toUnixTimestamp64Milli(r.ended_at) <= {untilMs:Int64}
           AND g.group_id NOT IN (SELECT group_id FROM group_states WHERE project = {project:String}
                                  GROUP BY group_id HAVING argMax(state, (at, saved_at)) = 'ignored')
         GROUP BY g.group_id
         HAVING toUnixTimestamp64Milli(min(r.ended_at)) > {afterMs:Int64}
         ORDER BY group_id`,
        timesOf(filter),
      );
      return rows.map((row) => ({ ...row, count: Number(row.count) }));
    },
    async regressions(filter) {
      const rows = await connection.select<{ group_id: string; agent: string; at: string; count: string }>(
        `SELECT s.group_id AS group_id, any(g.agent) AS agent, s.at AS at,
                uniqExactIf(g.trace_id, toUnixTimestamp64Milli(r.ended_at) >= toUnixTimestamp64Milli(s.at)
                                        AND toUnixTimestamp64Milli(r.ended_at) <= {untilMs:Int64}) AS count
         FROM (SELECT group_id, at FROM group_states FINAL
               WHERE project = {project:String} AND changed_by = 'regression'
                 AND toUnixTimestamp64Milli(at) > {afterMs:Int64} AND toUnixTimestamp64Milli(at) <= {untilMs:Int64}) AS s
         INNER JOIN (SELECT trace_id, group_id, agent FROM run_groups FINAL WHERE project = {project:String}) AS g ON g.group_id = s.group_id
         INNER JOIN (SELECT trace_id, ended_at FROM runs FINAL WHERE project = {project:String} AND outcome = 'failure') AS r ON r.trace_id = g.trace_id
         GROUP BY s.group_id, s.at ORDER BY at, group_id`,
        timesOf(filter),
      );
      return rows.map((row) => ({ ...row, count: Number(row.count) }));
    },
    async tracerFailures(filter) {
      const [row] = await connection.select<{ failures: string }>(
        `WITH status = 'tracer_unavailable' OR ifNull(cause, '') = 'tracer_unavailable' AS away
         SELECT countIf(away AND created_at > answered) AS failures
         FROM (SELECT status, cause, created_at,
                      (SELECT max(created_at) FROM attributions
                       WHERE project = {project:String} AND strategy != 'ranker' AND status IN ('attributed', 'abstained')
                         AND toUnixTimestamp64Milli(created_at) <= {untilMs:Int64}) AS answered
               FROM attributions FINAL
               WHERE project = {project:String} AND toUnixTimestamp64Milli(created_at) > {afterMs:Int64}
                 AND toUnixTimestamp64Milli(created_at) <= {untilMs:Int64})`,
        timesOf(filter),
      );
      return Number(row?.failures ?? 0);
    },

    standings: () =>
      connection.read(alertStandingTable, "FINAL ORDER BY saved_at DESC LIMIT {most:UInt64}", { most: MOST_STANDINGS }),
    saveStandings: (standings) => connection.insert(alertStandingTable, standings),
    async event(project, eventId) {
      const condition = "FINAL WHERE project = {project:String} AND event_id = {eventId:String}";
      return (await connection.read(alertEventTable, condition, { project, eventId }))[0] ?? null;
    },
    saveDeliveries: (project, deliveries) =>
      connection.insert(
        alertDeliveryTable,
        deliveries.map((delivery) => ({ ...delivery, project })),
      ),
    deliveries: ({ project, status, event_id, limit }) =>
      connection.read(
        alertDeliveryTable,
        `FINAL WHERE (NOT {byProject:Bool} OR project = {project:String})
           AND ({status:String} = '' OR status = {status:String})
           AND ({eventId:String} = '' OR event_id = {eventId:String})
         ORDER BY created_at DESC, event_id, target_id LIMIT {limit:UInt64}`,
        {
          byProject: project !== undefined,
          project: project ?? "",
          status: status ?? "",
          eventId: event_id ?? "",
          limit,
        },
      ),
  };
}

function timesOf({ project, after_ms, until_ms }: Omit<EndedFilter, "filter">): Parameters {
  return { project, afterMs: Math.trunc(after_ms), untilMs: Math.trunc(until_ms) };
}

function endedConditions(filter: EndedFilter): { where: string; parameters: Parameters } {
  const { sql, parameters } = rowConditions({
    ...filter.filter,
    project: filter.project,
    since_seconds: 1e10,
    from: new Date(Math.max(filter.after_ms - LONGEST_RUN_MS, 0)).toISOString(),
    limit: 1,
  });
  const where = [
    ...sql,
    `trace_id IN (SELECT trace_id FROM run_times WHERE project = {project:String}
       AND toUnixTimestamp64Milli(started_at) BETWEEN {earliestMs:Int64} AND {untilMs:Int64})`,
    "toUnixTimestamp64Milli(ended_at) > {afterMs:Int64}",
    "toUnixTimestamp64Milli(ended_at) <= {untilMs:Int64}",
  ].join(" AND ");
  return {
    where,
    parameters: { ...parameters, ...timesOf(filter), earliestMs: Math.trunc(filter.after_ms - LONGEST_RUN_MS) },
  };
}

function blamedConditions(filter: BlamedFilter): { where: string; parameters: Parameters } {
  const { where, parameters } = endedConditions(filter);
  const more = [
    "outcome = 'failure'",
    "blamed_agent IS NOT NULL",
    "({ofAgent:String} = '' OR blamed_agent = {ofAgent:String})",
    "if({ofStatus:String} = '', status != 'refuted', status = {ofStatus:String})",
    "(status IN ('verified', 'human') OR ifNull(confidence, 0) >= {leastConfidence:Float64})",
  ];
  return {
    where: [where, ...more].join(" AND "),
    parameters: {
      ...parameters,
      ofAgent: filter.agent ?? "",
      ofStatus: filter.status ?? "",
      leastConfidence: filter.min_confidence,
    },
  };
}

function counted(rows: Record<string, unknown>[]): { agent: string; count: number }[] {
  return rows.map((row) => ({ agent: String(row["agent"]), count: Number(row["count"]) }));
}
