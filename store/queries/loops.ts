import {
  type AppliedFeedback,
  type Attribution,
  type LoopRun,
  type Outcome,
  type RoundFigure,
  type RunSummary,
  shareOf,
  type TimeWindow,
} from "@culprit/schemas";
import type { Connection, Parameters } from "../connection.ts";
import { appliedTable } from "../rows/applied.ts";
import { attributionTable, runTable } from "../rows/run.ts";
import { asNullableNumber } from "../rows/table.ts";
import type { Page } from "../store.ts";
import { decodeCursor, pageOf } from "./cursor.ts";
import { COUNTED, figureParameters } from "./figures.ts";

/** What is known of one run, for those who wait for its attribution. */
export interface Known {
  summary: RunSummary;
  /** Newest first; of a run whose summary blames somebody they are not looked up. */
  attributions: Attribution[];
}

/** Which rounds of a project, and which page of them. */
export interface RoundFilter extends TimeWindow {
  project: string;
  task_id?: string | undefined;
  loop_id?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** Feedback and the self-correction loops it is for. */
export interface LoopStore {
  /** Those of some runs that have a summary, by trace id. */
  known(project: string, traceIds: readonly string[]): Promise<Map<string, Known>>;
  saveApplied(project: string, applied: AppliedFeedback): Promise<void>;
  /** Which runs were told of this one, oldest first, and how they ended. */
  applied(project: string, traceId: string): Promise<(AppliedFeedback & Pick<Outcome, "outcome">)[]>;
  /** Newest first. Throws `cursor_invalid`. */
  rounds(filter: RoundFilter): Promise<Page<LoopRun>>;
  /** Each round over the loops of a window, the first round first, and how many loops there are. */
  figures(filter: TimeWindow & { project: string; task_id?: string | undefined }): Promise<{
    loops: number;
    rounds: RoundFigure[];
  }>;
}

export function loopStore(connection: Connection): LoopStore {
  return {
    known: (project, traceIds) => known(connection, project, traceIds),
    saveApplied: (project, applied) => connection.insert(appliedTable, [{ ...applied, project }]),
    applied: (project, traceId) => applied(connection, project, traceId),
    rounds: (filter) => rounds(connection, filter),
    figures: (filter) => figures(connection, filter),
  };
}

async function known(
  connection: Connection,
  project: string,
  traceIds: readonly string[],
): Promise<Map<string, Known>> {
  const condition = "FINAL WHERE project = {project:String} AND trace_id IN {ids:Array(String)}";
  const summaries = await connection.read(runTable, condition, { project, ids: traceIds });
  const found = new Map(summaries.map((summary) => [summary.trace_id, { summary, attributions: [] as Attribution[] }]));
  const ids = summaries.filter(({ blamed_agent }) => blamed_agent === null).map(({ trace_id }) => trace_id);
  if (ids.length > 0) {
    const given = await connection.read(attributionTable, `${condition} ORDER BY created_at DESC, strategy`, {
      project,
      ids,
    });
    for (const attribution of given) found.get(attribution.trace_id)?.attributions.push(attribution);
  }
  return found;
}

async function applied(
  connection: Connection,
  project: string,
  traceId: string,
): Promise<(AppliedFeedback & Pick<Outcome, "outcome">)[]> {
  const rows = await connection.read(
    appliedTable,
    "FINAL WHERE project = {project:String} AND trace_id = {traceId:String} ORDER BY at, applied_in",
    { project, traceId },
  );
  if (rows.length === 0) return [];
  const ended = await connection.select<{ trace_id: string; outcome: Outcome["outcome"] }>(
    "SELECT trace_id, outcome FROM runs FINAL WHERE project = {project:String} AND trace_id IN {ids:Array(String)}",
    { project, ids: rows.map(({ applied_in }) => applied_in) },
  );
  const outcomes = new Map(ended.map(({ trace_id, outcome }) => [trace_id, outcome]));
  return rows.map(({ project: _, ...row }) => ({ ...row, outcome: outcomes.get(row.applied_in) ?? "unknown" }));
}

const OF_LOOPS = `${COUNTED} AND loop_id != ''
  AND ({taskId:String} = '' OR loop_task_id = {taskId:String}) AND ({loopId:String} = '' OR loop_id = {loopId:String})`;

/** Of the runs a run was told of, the one it was told of last. */
const TOLD = `(SELECT applied_in, argMax(a.trace_id, a.at) AS told_of FROM feedback_applied AS a FINAL
  WHERE a.project = {project:String} GROUP BY applied_in)`;

function parametersOf(filter: TimeWindow & Pick<RoundFilter, "project" | "task_id" | "loop_id">): Parameters {
  return { ...figureParameters(filter), taskId: filter.task_id ?? "", loopId: filter.loop_id ?? "" };
}

async function rounds(connection: Connection, filter: RoundFilter): Promise<Page<LoopRun>> {
  const after = decodeCursor(filter.cursor);
  const rows = await connection.select<Record<keyof LoopRun, unknown>>(
    `SELECT r.loop_id AS loop_id, r.loop_round AS round, r.loop_task_id AS task_id, r.trace_id AS trace_id,
            r.outcome AS outcome, r.score AS score, r.blamed_agent AS blamed_agent, r.blamed_step AS blamed_step,
            t.told_of AS told_of, r.started_at AS started_at
     FROM (SELECT * FROM runs FINAL WHERE ${OF_LOOPS}
             AND ({afterTime:String} = ''
                  OR (started_at, trace_id) < (parseDateTime64BestEffortOrZero({afterTime:String}, 3, 'UTC'), {afterId:String}))) AS r
     LEFT JOIN ${TOLD} AS t ON t.applied_in = r.trace_id
     ORDER BY r.started_at DESC, r.trace_id DESC
     LIMIT {limit:UInt64}`,
    { ...parametersOf(filter), afterTime: after.time, afterId: after.id, limit: filter.limit + 1 },
  );
  const made = rows.map(
    (row): LoopRun => ({
      loop_id: String(row.loop_id),
      round: Number(row.round),
      task_id: String(row.task_id),
      trace_id: String(row.trace_id),
      outcome: row.outcome as LoopRun["outcome"],
      score: asNullableNumber(row.score),
      blamed_agent: row.blamed_agent as string | null,
      blamed_step: asNullableNumber(row.blamed_step),
      told_of: row.told_of === "" || row.told_of === null ? null : String(row.told_of),
      started_at: String(row.started_at),
    }),
  );
  return pageOf(made, filter.limit, ({ started_at, trace_id }) => ({ time: started_at, id: trace_id }));
}

/** A loop that tries a round twice is counted once in it, solved if one of the two was. */
async function figures(
  connection: Connection,
  filter: TimeWindow & { project: string; task_id?: string | undefined },
): Promise<{ loops: number; rounds: RoundFigure[] }> {
  const parameters = parametersOf(filter);
  const one = `SELECT loop_id, loop_round, max(outcome = 'success') AS solved_it,
                      max(trace_id IN (SELECT applied_in FROM feedback_applied FINAL WHERE project = {project:String})) AS heard
               FROM runs FINAL WHERE ${OF_LOOPS} GROUP BY loop_id, loop_round`;
  const [byRound, firsts] = await Promise.all([
    connection.select<Record<"round" | "tried" | "won" | "told" | "told_won", string>>(
      `SELECT loop_round AS round, count() AS tried, countIf(solved_it) AS won, countIf(heard) AS told,
              countIf(solved_it AND heard) AS told_won
       FROM (${one}) GROUP BY round ORDER BY round LIMIT 1000`,
      parameters,
    ),
    connection.select<{ solved_in: string | null; loops: string }>(
      `SELECT if(solved, first, NULL) AS solved_in, count() AS loops
       FROM (SELECT loop_id, max(solved_it) AS solved, minIf(loop_round, solved_it) AS first FROM (${one}) GROUP BY loop_id)
       GROUP BY solved_in`,
      parameters,
    ),
  ]);
  const loops = firsts.reduce((sum, row) => sum + Number(row.loops), 0);
  const solvedBy = (round: number) =>
    firsts.reduce(
      (sum, row) => sum + (row.solved_in !== null && Number(row.solved_in) <= round ? Number(row.loops) : 0),
      0,
    );
  return {
    loops,
    rounds: byRound.map((row) => {
      const [round, tried, won, told, toldWon] = [row.round, row.tried, row.won, row.told, row.told_won].map(
        Number,
      ) as [number, number, number, number, number];
      return {
        round,
        succeeded: shareOf(won, tried),
        told: shareOf(toldWon, told),
        untold: shareOf(won - toldWon, tried - told),
        solved: shareOf(solvedBy(round), loops),
      };
    }),
  };
}
