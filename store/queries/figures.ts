import {
  type AgentFigure,
  type CostFigure,
  type HandoffFigure,
  type RunFigure,
  type RunStatus,
  shareOf,
  type TeamMember,
  type TimeWindow,
} from "@culprit/schemas";
import type { Connection, Parameters } from "../connection.ts";
import type { BlameHour } from "../store.ts";
import { windowMs } from "./run-conditions.ts";

/** Which runs are counted: those of a project that started in a window; replays are left out. */
export interface FigureFilter extends TimeWindow {
  project: string;
}

/** Two strategies over the runs that both blamed somebody in; or one against what labels say. */
export interface Compared {
  left: string;
  right: string;
  runs: number;
  same_agent: number;
  same_step: number;
}

export interface FigureStore {
  /** Failures by part of the window and blamed agent, newest first. */
  blame(filter: FigureFilter & { part: "hour" | "day" }): Promise<BlameHour[]>;
  /** Each agent that acts in a run of known outcome, most failures first. */
  agents(filter: FigureFilter): Promise<AgentFigure[]>;
  runs(filter: FigureFilter): Promise<RunFigure>;
  /** By day and model, newest first; without what it cost. */
  tokens(filter: FigureFilter): Promise<Omit<CostFigure, "cost">[]>;
  /** Each pair of strategies with a run in common. */
  agreement(filter: FigureFilter): Promise<Compared[]>;
  /** Each strategy against labels; `right` is empty. */
  accuracy(filter: FigureFilter): Promise<Compared[]>;
  /** By strategy and tenth of confidence (9 holds 1 as well): blames of known truth, and how many were right. */
  calibration(filter: FigureFilter): Promise<ConfidenceBin[]>;
  /** Agents by how many runs they act in, and who acts after whom. */
  team(filter: FigureFilter): Promise<{ agents: TeamMember[]; handoffs: HandoffFigure[] }>;
}

/** Blames of one strategy at one tenth of confidence. */
export interface ConfidenceBin {
  strategy: string;
  tenth: number;
  runs: number;
  /** Sum of their confidences. */
  confidence: number;
  same_agent: number;
  same_step: number;
}

export function figureStore(connection: Connection): FigureStore {
  return {
    blame: (filter) => blame(connection, filter),
    agents: (filter) => agents(connection, filter),
    runs: (filter) => runs(connection, filter),
    tokens: (filter) => tokens(connection, filter),
    agreement: (filter) => agreement(connection, filter),
    accuracy: (filter) => accuracy(connection, filter),
    calibration: (filter) => calibration(connection, filter),
    team: (filter) => team(connection, filter),
  };
}

const INSIDE = `project = {project:String}
  AND toUnixTimestamp64Milli(started_at) >= {fromMs:Int64} AND toUnixTimestamp64Milli(started_at) < {toMs:Int64}`;
/** Runs of the project that started in the window and replay none; takes {@link figureParameters}. */
export const COUNTED = `${INSIDE} AND replay_of = ''`;
/** The last moment a DateTime64 holds. */
const END_MS = Date.UTC(2299, 11, 31);

/** Of {@link COUNTED}. */
export function figureParameters({ project, since_seconds, from, to }: FigureFilter): Parameters {
  const fromMs = from === undefined ? Date.now() - windowMs(since_seconds) : Date.parse(from);
  return { project, fromMs, toMs: to === undefined ? END_MS : Date.parse(to) };
}

async function blame(connection: Connection, filter: FigureFilter & { part: "hour" | "day" }): Promise<BlameHour[]> {
  const rows = await connection.select<Record<"hour" | "agent" | "failures" | "verified", string>>(
    `SELECT formatDateTime(if({daily:Bool}, toStartOfDay(started_at, 'UTC'), toStartOfHour(started_at)), '%Y-%m-%dT%H:00:00.000Z', 'UTC') AS hour,
            assumeNotNull(blamed_agent) AS agent, count() AS failures, countIf(status = 'verified') AS verified
     FROM run_times FINAL
     WHERE ${INSIDE} AND outcome = 'failure' AND blamed_agent IS NOT NULL AND NOT replay AND NOT gone
     GROUP BY hour, agent
     ORDER BY hour DESC, failures DESC, agent`,
    { ...figureParameters(filter), daily: filter.part === "day" },
  );
  return rows.map((row) => ({ ...row, failures: Number(row.failures), verified: Number(row.verified) }));
}

async function agents(connection: Connection, filter: FigureFilter): Promise<AgentFigure[]> {
  const rows = await connection.select<{
    agent: string;
    runs: string;
    blamed: string;
    verified: string;
    human: string;
    places: [number[], (string | number)[]];
  }>(
    `SELECT agent, count() AS runs, countIf(guilty) AS blamed,
            countIf(guilty AND status = 'verified') AS verified, countIf(guilty AND status = 'human') AS human,
            sumMapIf([toUInt8(least(9, intDiv(ifNull(blamed_step, 0) * 10, greatest(steps, 1))))], [toUInt64(1)], guilty) AS places
     FROM (
       SELECT arrayJoin(arrayDistinct(arrayConcat(agents, if(blamed_agent IS NULL, [], [assumeNotNull(blamed_agent)])))) AS agent,
              ifNull(blamed_agent = agent, false) AND outcome = 'failure' AS guilty, status, blamed_step, steps
       FROM runs FINAL
       WHERE ${COUNTED} AND outcome != 'unknown')
     GROUP BY agent
     ORDER BY blamed DESC, runs DESC, agent
     LIMIT 10000`,
    figureParameters(filter),
  );
  return rows.map((row) => {
    const positions = new Array<number>(10).fill(0);
    const [tenths, counts] = row.places;
    for (const [index, tenth] of tenths.entries()) positions[Number(tenth)] = Number(counts[index]);
    return {
      agent: row.agent,
      failure_rate: shareOf(Number(row.blamed), Number(row.runs)),
      verified: Number(row.verified),
      human: Number(row.human),
      positions,
    };
  });
}

async function runs(connection: Connection, filter: FigureFilter): Promise<RunFigure> {
  const rows = await connection.select<
    Record<"outcome" | "status" | "runs" | "input_tokens" | "output_tokens", string>
  >(
    `SELECT outcome, status, count() AS runs, sum(r.input_tokens) AS input_tokens, sum(r.output_tokens) AS output_tokens
     FROM runs AS r FINAL WHERE ${COUNTED} GROUP BY outcome, status`,
    figureParameters(filter),
  );
  const sum = (of: (row: (typeof rows)[number]) => string | number, where: (row: (typeof rows)[number]) => boolean) =>
    rows.filter(where).reduce((total, row) => total + Number(of(row)), 0);
  const outcome = (name: string) =>
    sum(
      (row) => row.runs,
      (row) => row.outcome === name,
    );
  const status = (name: RunStatus) =>
    sum(
      (row) => row.runs,
      (row) => row.outcome === "failure" && row.status === name,
    );
  const [success, failure, unknown] = [outcome("success"), outcome("failure"), outcome("unknown")];
  const statuses = {
    none: status("none"),
    predicted: status("predicted"),
    verified: status("verified"),
    refuted: status("refuted"),
    human: status("human"),
  };
  const checked = statuses.verified + statuses.refuted + statuses.human;
  return {
    runs: success + failure + unknown,
    success,
    failure,
    unknown,
    success_rate: shareOf(success, success + failure),
    statuses,
    checked: shareOf(checked, checked + statuses.predicted),
    held: shareOf(checked - statuses.refuted, checked),
    input_tokens: sum(
      (row) => row.input_tokens,
      () => true,
    ),
    output_tokens: sum(
      (row) => row.output_tokens,
      () => true,
    ),
  };
}

/** Model calls of agents and attributions, both of the runs of the window. */
async function tokens(connection: Connection, filter: FigureFilter): Promise<Omit<CostFigure, "cost">[]> {
  const rows = await connection.select<
    Record<"day" | "what" | "model" | "calls" | "input_tokens" | "output_tokens", string>
  >(
    `SELECT formatDateTime(toStartOfDay(at, 'UTC'), '%Y-%m-%dT00:00:00.000Z', 'UTC') AS day, what, model,
            count() AS calls, sum(input) AS input_tokens, sum(output) AS output_tokens
     FROM (
       SELECT any(start_time) AS at, 'runs' AS what, any(s.model) AS model, any(s.input_tokens) AS input, any(s.output_tokens) AS output
       FROM spans AS s
       WHERE project = {project:String} AND s.model != '' AND operation IN ('chat', 'text_completion', 'generate_content', 'embeddings')
         AND trace_id IN (SELECT trace_id FROM run_times FINAL WHERE ${INSIDE} AND NOT gone)
       GROUP BY trace_id, span_id
       UNION ALL
       SELECT toDateTime64(created_at, 9, 'UTC') AS at, 'attribution' AS what, a.model AS model, a.input_tokens AS input, a.output_tokens AS output
       FROM attributions AS a FINAL
       WHERE project = {project:String}
         AND trace_id IN (SELECT trace_id FROM run_times FINAL WHERE ${INSIDE} AND NOT gone))
     GROUP BY day, what, model
     ORDER BY day DESC, what, model`,
    figureParameters(filter),
  );
  return rows.map((row) => ({
    day: row.day,
    what: row.what as CostFigure["what"],
    model: row.model,
    calls: Number(row.calls),
    input_tokens: Number(row.input_tokens),
    output_tokens: Number(row.output_tokens),
  }));
}

/** The newest blame of each strategy and run; an answer that another strategy gave in its place is not its own. */
const BLAMES = `(SELECT trace_id, strategy, argMax(assumeNotNull(a.agent), (created_at, saved_at)) AS agent,
         argMax(assumeNotNull(a.step), (created_at, saved_at)) AS step,
         argMax(a.confidence, (created_at, saved_at)) AS sureness
  FROM attributions AS a FINAL
  WHERE project = {project:String} AND status = 'attributed' AND a.agent IS NOT NULL AND a.step IS NOT NULL
    AND trace_id IN (SELECT trace_id FROM run_times FINAL WHERE ${INSIDE} AND NOT replay AND NOT gone)
  GROUP BY trace_id, strategy)`;

/** What a picture of a team can hold, many times over. */
const MOST_MEMBERS = 500;
const MOST_LINKS = 2_000;

async function agreement(connection: Connection, filter: FigureFilter): Promise<Compared[]> {
  return compared(
    await connection.select(
      `SELECT l.strategy AS left, r.strategy AS right, count() AS runs,
              countIf(l.agent = r.agent) AS same_agent, countIf(l.agent = r.agent AND l.step = r.step) AS same_step
       FROM ${BLAMES} AS l INNER JOIN ${BLAMES} AS r ON l.trace_id = r.trace_id
       WHERE l.strategy < r.strategy
       GROUP BY left, right ORDER BY left, right`,
      figureParameters(filter),
    ),
  );
}

async function accuracy(connection: Connection, filter: FigureFilter): Promise<Compared[]> {
  return compared(
    await connection.select(
      `SELECT l.strategy AS left, '' AS right, count() AS runs,
              countIf(l.agent = t.agent) AS same_agent, countIf(l.agent = t.agent AND l.step = t.step) AS same_step
       FROM ${BLAMES} AS l
       INNER JOIN (SELECT trace_id, assumeNotNull(blamed_agent) AS agent, assumeNotNull(blamed_step) AS step FROM runs FINAL
                   WHERE ${COUNTED} AND status IN ('verified', 'human') AND blamed_agent IS NOT NULL) AS t ON l.trace_id = t.trace_id
       GROUP BY left ORDER BY left`,
      figureParameters(filter),
    ),
  );
}

/** A refuted blame was wrong, whoever it was. */
async function calibration(connection: Connection, filter: FigureFilter): Promise<ConfidenceBin[]> {
  const rows = await connection.select<Record<"strategy" | keyof ConfidenceBin, string>>(
    `SELECT l.strategy AS strategy, toUInt8(least(9, greatest(0, floor(l.sureness * 10)))) AS tenth,
            count() AS runs, sum(l.sureness) AS confidence,
            countIf(t.known AND l.agent = t.agent) AS same_agent,
            countIf(t.known AND l.agent = t.agent AND l.step = t.step) AS same_step
     FROM ${BLAMES} AS l
     INNER JOIN (SELECT trace_id, status != 'refuted' AS known, assumeNotNull(blamed_agent) AS agent,
                        assumeNotNull(blamed_step) AS step
                 FROM runs FINAL
                 WHERE ${COUNTED} AND status IN ('verified', 'human', 'refuted') AND blamed_agent IS NOT NULL
                   AND blamed_step IS NOT NULL) AS t ON l.trace_id = t.trace_id
     WHERE t.known OR (l.agent = t.agent AND l.step = t.step)
     GROUP BY strategy, tenth ORDER BY strategy, tenth`,
    figureParameters(filter),
  );
  return rows.map(({ strategy, ...row }) => ({
    strategy,
    tenth: Number(row.tenth),
    runs: Number(row.runs),
    confidence: Number(row.confidence),
    same_agent: Number(row.same_agent),
    same_step: Number(row.same_step),
  }));
}

async function team(
  connection: Connection,
  filter: FigureFilter,
): Promise<{ agents: TeamMember[]; handoffs: HandoffFigure[] }> {
  const known = `FROM runs FINAL WHERE ${COUNTED} AND outcome != 'unknown'`;
  const [members, links] = await Promise.all([
    connection.select<{ agent: string } & Record<"runs" | "failed" | "blamed" | "place", string>>(
      `SELECT member.1 AS agent, count() AS runs, countIf(outcome = 'failure') AS failed,
              countIf(outcome = 'failure' AND ifNull(blamed_agent = agent, false)) AS blamed, avg(member.2) AS place
       FROM (SELECT arrayJoin(arrayZip(agents, arrayEnumerate(agents))) AS member, outcome, blamed_agent ${known})
       GROUP BY agent ORDER BY runs DESC, agent LIMIT ${MOST_MEMBERS}`,
      figureParameters(filter),
    ),
    connection.select<{ source: string; target: string } & Record<"passes" | "runs" | "failed" | "carried", string>>(
      `SELECT link.1 AS source, link.2 AS target, sum(link.3) AS passes, count() AS runs,
              countIf(outcome = 'failure') AS failed, countIf(outcome = 'failure' AND link.4 > 0) AS carried
       FROM (SELECT arrayJoin(handoffs) AS link, outcome ${known})
       GROUP BY source, target ORDER BY runs DESC, passes DESC, source, target LIMIT ${MOST_LINKS}`,
      figureParameters(filter),
    ),
  ]);
  return {
    agents: members.map(({ agent, runs: n, failed, blamed: own, place }) => ({
      agent,
      failed: shareOf(Number(failed), Number(n)),
      blamed: Number(own),
      place: Number(place),
    })),
    handoffs: links.map(({ source, target, passes, runs: n, failed, carried }) => ({
      from: source,
      to: target,
      passes: Number(passes),
      failed: shareOf(Number(failed), Number(n)),
      carried: Number(carried),
    })),
  };
}

function compared(rows: Record<string, unknown>[]): Compared[] {
  return rows.map((row) => ({
    left: String(row["left"]),
    right: String(row["right"]),
    runs: Number(row["runs"]),
    same_agent: Number(row["same_agent"]),
    same_step: Number(row["same_step"]),
  }));
}
