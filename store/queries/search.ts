import { CulpritError, type RunSummary } from "@culprit/schemas";
import type { Connection, Parameters } from "../connection.ts";
import { windowMs } from "./run-conditions.ts";
import { readRuns } from "./runs.ts";
import { wordConditions } from "./words.ts";

/** What {@link searchRuns} looks for. */
export interface SearchFilter {
  project: string;
  /** Words that all occur in one message (or another attribute) of the run, in any order and case. */
  text: string;
  /** Only runs that started within this many seconds before now. */
  since_seconds: number;
  limit: number;
}

/** Most runs found, in no order; the newest of them are given. */
const MOST_FOUND = 1_000;

/**
 * Runs whose messages hold words, newest first; of very many, the newest of some 1,000. Throws `search_empty` when the
 * text holds no word.
 *
 * Texts are looked through, all those that arrived in the window; `contents` may have an index of its words.
 */
export async function searchRuns(connection: Connection, filter: SearchFilter): Promise<RunSummary[]> {
  const { project, limit } = filter;
  const { holds, parameters: words } = wordConditions(filter.text);
  if (Object.keys(words).length === 0) {
    throw new CulpritError("search_empty", "There is no word to look for.", { mend: "Give letters or digits." });
  }
  const parameters: Parameters = { ...words, project, windowMs: windowMs(filter.since_seconds), most: MOST_FOUND };
  const found = await connection.select<{ trace_id: string }>(
    `SELECT DISTINCT trace_id FROM
     (
         SELECT DISTINCT trace_id FROM contents
         WHERE ${SINCE} AND ${holds("text")} LIMIT {most:UInt64}
         UNION ALL
         SELECT DISTINCT trace_id FROM spans
         WHERE ${SINCE} AND arrayExists(value -> ${holds("value")},
             mapValues(attributes)) LIMIT {most:UInt64}
     )`,
    parameters,
  );
  const since = Date.now() - windowMs(filter.since_seconds);
  const runs = await readRuns(
    connection,
    project,
    found.map(({ trace_id }) => trace_id),
  );
  return runs
    .filter((run) => Date.parse(run.started_at) >= since)
    .sort((left, right) => (left.started_at < right.started_at ? 1 : -1))
    .slice(0, limit);
}

/** What a run says arrived after it started; parts that are older are not looked at. An hour is left to clocks. */
const SINCE = `project = {project:String} AND ingested_at >= fromUnixTimestamp64Milli(
         greatest(toUnixTimestamp64Milli(now64(3)) - {windowMs:Int64} - 3600000, toInt64(-2208988800000)), 'UTC')`;
