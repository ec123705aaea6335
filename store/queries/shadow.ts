import {
  type ComparedShadow,
  type ShadowAttribution,
  type ShadowFigure,
  type ShadowTruth,
  shareOf,
  type TimeWindow,
} from "@culprit/schemas";
import type { Connection } from "../connection.ts";
import { shadowTable } from "../rows/shadow.ts";
import { columnList } from "../rows/table.ts";
import type { Page, Shard } from "../store.ts";
import { decodeCursor, pageOf } from "./cursor.ts";
import { COUNTED, figureParameters } from "./figures.ts";

/** Which answers of shadow tracers, and which page of them. */
export interface ShadowFilter extends TimeWindow {
  project: string;
  trace_id?: string | undefined;
  tracer?: string | undefined;
  /** Only where both blamed somebody and it was, or was not, the same agent and step. */
  agrees?: boolean | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** Failed runs that a shadow tracer is to be asked about. */
export interface ShadowWanted {
  tracer: string;
  strategy_version: string;
  shard: Shard;
  /** Runs attributed within so many seconds. */
  within_seconds: number;
  /** Share of the runs, 0 to 1; which ones, their ids say. */
  share: number;
  limit: number;
}

/** What tracers said that are not in use yet. */
export interface ShadowStore {
  save(answers: readonly ShadowAttribution[]): Promise<void>;
  /** Settled failures that were attributed and that the tracer has not answered for, newest attribution first. */
  wanted(options: ShadowWanted): Promise<{ project: string; trace_id: string }[]>;
  /** Newest first. Throws `cursor_invalid`. */
  list(filter: ShadowFilter): Promise<Page<ComparedShadow>>;
  /** Each tracer and version over the runs of a window. */
  figures(filter: TimeWindow & { project: string }): Promise<ShadowFigure[]>;
}

export function shadowStore(connection: Connection): ShadowStore {
  return {
    save: (answers) => connection.insert(shadowTable, answers),
    wanted: (options) => wanted(connection, options),
    list: (filter) => list(connection, filter),
    figures: (filter) => figures(connection, filter),
  };
}

async function wanted(
  connection: Connection,
  { tracer, strategy_version, shard, within_seconds, share, limit }: ShadowWanted,
): Promise<{ project: string; trace_id: string }[]> {
  return await connection.select(
    `WITH now64(6) - toIntervalSecond({within:UInt64}) AS since
     SELECT project, trace_id FROM attributions
     WHERE saved_at >= since
       AND cityHash64(trace_id) % {of:UInt64} = {index:UInt64}
       AND cityHash64('shadow', trace_id) % 1000000 < {share:UInt64}
       AND (project, trace_id) IN
         (SELECT project, trace_id FROM runs FINAL
          WHERE saved_at >= since AND settled AND outcome = 'failure' AND replay_of = '')
       AND (project, trace_id) NOT IN
         (SELECT project, trace_id FROM shadow_attributions
          WHERE saved_at >= since AND tracer = {tracer:String} AND strategy_version = {version:String})
     GROUP BY project, trace_id
     ORDER BY max(saved_at) DESC, project, trace_id
     LIMIT {limit:UInt64}`,
    {
      tracer,
      version: strategy_version,
      within: Math.floor(within_seconds),
      of: shard.of,
      index: shard.index,
      share: Math.round(share * 1_000_000),
      limit,
    },
  );
}

/** Whom the tracer in use blames in each run: the newest answer, a degraded one only where there is no other. */
const MAIN = `(SELECT trace_id, argMax(strategy, rank) AS strategy, argMax(assumeNotNull(agent), rank) AS agent,
         argMax(assumeNotNull(step), rank) AS step
  FROM (SELECT trace_id, strategy, agent, step, (status != 'degraded', created_at, saved_at) AS rank
        FROM attributions FINAL
        WHERE project = {project:String} AND status IN ('attributed', 'degraded') AND agent IS NOT NULL AND step IS NOT NULL)
  GROUP BY trace_id)`;

const COLUMNS = columnList(shadowTable)
  .split(", ")
  .map((name) => `s.${name} AS ${name}`)
  .join(", ");

async function list(connection: Connection, filter: ShadowFilter): Promise<Page<ComparedShadow>> {
  const after = decodeCursor(filter.cursor);
  const same = "(s.agent = m.agent AND s.step = m.step)";
  const rows = await connection.select(
    `SELECT ${COLUMNS}, m.strategy AS main_strategy, m.agent AS main_agent, m.step AS main_step
     FROM (SELECT * FROM shadow_attributions FINAL
           WHERE project = {project:String}
             AND toUnixTimestamp64Milli(created_at) >= {fromMs:Int64} AND toUnixTimestamp64Milli(created_at) < {toMs:Int64}
             AND ({traceId:String} = '' OR trace_id = {traceId:String})
             AND ({tracer:String} = '' OR tracer = {tracer:String})
             AND ({afterTime:String} = ''
                  OR (created_at, concat(trace_id, tracer, strategy_version))
                     < (parseDateTime64BestEffortOrZero({afterTime:String}, 3, 'UTC'), {afterId:String}))) AS s
     LEFT JOIN ${MAIN} AS m ON m.trace_id = s.trace_id
     WHERE {agrees:String} = '' OR (s.agent IS NOT NULL AND m.strategy != '' AND ${same} = ({agrees:String} = 'yes'))
     ORDER BY s.created_at DESC, concat(s.trace_id, s.tracer, s.strategy_version) DESC
     LIMIT {limit:UInt64}`,
    {
      ...figureParameters(filter),
      traceId: filter.trace_id ?? "",
      tracer: filter.tracer ?? "",
      agrees: filter.agrees === undefined ? "" : filter.agrees ? "yes" : "no",
      afterTime: after.time,
      afterId: after.id,
      limit: filter.limit + 1,
    },
  );
  const answers = rows.map((row): ComparedShadow => {
    const strategy = String(row["main_strategy"] ?? "");
    const main = { strategy, agent: String(row["main_agent"]), step: Number(row["main_step"]) };
    return { ...shadowTable.read(row), main: strategy === "" ? null : main };
  });
  return pageOf(answers, filter.limit, (one) => ({
    time: one.created_at,
    id: `${one.trace_id}${one.tracer}${one.strategy_version}`,
  }));
}

/** One row a shadow answer of the window, beside the main blame and the label, where there are any. */
const PAIRED = `(SELECT s.tracer AS tracer, s.strategy_version AS version, s.status AS status, s.input_tokens AS input,
       s.output_tokens AS output, s.duration_ms AS duration, ifNull(t.status, '') AS evidence,
       s.status = 'attributed' AND s.agent IS NOT NULL AS answered, ifNull(m.strategy, '') != '' AS has_main,
       answered AND has_main AND s.agent = m.agent AS same_agent, ifNull(same_agent AND s.step = m.step, false) AS same_step,
       ifNull(answered AND s.agent = t.agent, false) AS shadow_agent, ifNull(shadow_agent AND s.step = t.step, false) AS shadow_step,
       has_main AND m.agent = t.agent AS main_agent, main_agent AND m.step = t.step AS main_step
  FROM (SELECT * FROM shadow_attributions FINAL
        WHERE project = {project:String} AND trace_id IN (SELECT trace_id FROM runs FINAL WHERE ${COUNTED})) AS s
  LEFT JOIN ${MAIN} AS m ON m.trace_id = s.trace_id
  LEFT JOIN (SELECT trace_id, status, assumeNotNull(blamed_agent) AS agent, assumeNotNull(blamed_step) AS step FROM runs FINAL
             WHERE ${COUNTED} AND status IN ('verified', 'human') AND blamed_agent IS NOT NULL AND blamed_step IS NOT NULL) AS t
    ON t.trace_id = s.trace_id)`;

type Counted<Name extends string> = Record<"tracer" | "version" | Name, string>;

async function figures(connection: Connection, filter: TimeWindow & { project: string }): Promise<ShadowFigure[]> {
  const parameters = figureParameters(filter);
  const [totals, statuses, truths] = await Promise.all([
    connection.select<Counted<"runs" | "both" | "same_agents" | "same_steps" | "tokens_in" | "tokens_out" | "ms">>(
      `SELECT tracer, version, count() AS runs, countIf(answered AND has_main) AS both, countIf(same_agent) AS same_agents,
              countIf(same_step) AS same_steps, sum(input) AS tokens_in, sum(output) AS tokens_out, avg(duration) AS ms
       FROM ${PAIRED} GROUP BY tracer, version ORDER BY runs DESC, tracer, version LIMIT 1000`,
      parameters,
    ),
    connection.select<Counted<"status" | "runs">>(
      `SELECT tracer, version, status, count() AS runs FROM ${PAIRED} GROUP BY tracer, version, status ORDER BY status`,
      parameters,
    ),
    connection.select<Counted<"evidence" | "runs" | "sa" | "ss" | "ma" | "ms" | "both" | "only_main" | "only_shadow">>(
      `SELECT tracer, version, evidence, count() AS runs, countIf(shadow_agent) AS sa, countIf(shadow_step) AS ss,
              countIf(main_agent) AS ma, countIf(main_step) AS ms, countIf(shadow_step AND main_step) AS both,
              countIf(main_step AND NOT shadow_step) AS only_main, countIf(shadow_step AND NOT main_step) AS only_shadow
       FROM ${PAIRED} WHERE evidence != '' GROUP BY tracer, version, evidence ORDER BY evidence DESC`,
      parameters,
    ),
  ]);
  return totals.map((row): ShadowFigure => {
    const own = <Row extends Counted<string>>(rows: readonly Row[]) =>
      rows.filter(({ tracer, version }) => tracer === row.tracer && version === row.version);
    const both = Number(row.both);
    return {
      tracer: row.tracer,
      strategy_version: row.version,
      runs: Number(row.runs),
      statuses: Object.fromEntries(own(statuses).map(({ status, runs }) => [status, Number(runs)])),
      agreement: { agent: shareOf(Number(row.same_agents), both), step: shareOf(Number(row.same_steps), both) },
      truth: own(truths).map(truthOf),
      input_tokens: Number(row.tokens_in),
      output_tokens: Number(row.tokens_out),
      seconds: Number(row.ms) / 1000,
    };
  });
}

function truthOf(
  row: Counted<"evidence" | "runs" | "sa" | "ss" | "ma" | "ms" | "both" | "only_main" | "only_shadow">,
): ShadowTruth {
  const runs = Number(row.runs);
  const share = (k: string) => shareOf(Number(k), runs);
  const [both, only_main, only_shadow] = [Number(row.both), Number(row.only_main), Number(row.only_shadow)];
  return {
    evidence: row.evidence === "human" ? "human" : "verified",
    runs,
    shadow: { agent: share(row.sa), step: share(row.ss) },
    main: { agent: share(row.ma), step: share(row.ms) },
    both,
    only_main,
    only_shadow,
    neither: runs - both - only_main - only_shadow,
  };
}
