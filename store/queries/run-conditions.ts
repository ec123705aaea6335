import { attributeParts, CulpritError } from "@culprit/schemas";
import type { Parameters } from "../connection.ts";
import type { RunFilter } from "../store.ts";
import { wordConditions } from "./words.ts";

/** Conditions on rows of `run_times`: constant text, whose values travel as parameters. */
export interface Conditions {
  sql: string[];
  parameters: Parameters;
  /** Whether spans are looked through. */
  dear: boolean;
}

/** A window as whole milliseconds; 10^10 seconds reach back past every time there is. */
export function windowMs(sinceSeconds: number): number {
  return Math.floor(Math.min(Math.max(sinceSeconds, 0), 1e10) * 1000);
}

/** Times reach back to 1900 in the store; a window may be longer. */
const SINCE = `started_at >= fromUnixTimestamp64Milli(
         greatest(toUnixTimestamp64Milli(now64(3)) - {windowMs:Int64}, toInt64(-2208988800000)), 'UTC')`;

/** Earlier than this before it started, nothing of a run arrived: an hour is left to clocks. */
const ARRIVED = `ingested_at >= fromUnixTimestamp64Milli(greatest(
         least(toUnixTimestamp64Milli(now64(3)) - {windowMs:Int64}, {arrivedMs:Int64}) - 3600000, toInt64(-2208988800000)), 'UTC')`;

/**
 * Runs that are as asked, or once were: what the run itself says is to be looked at again, in what was saved of it
 * last. Throws `search_empty` for a text without a word.
 */
export function runConditions(filter: RunFilter): Conditions {
  const { project, since_seconds, from, to } = filter;
  const parameters: Parameters = { project, windowMs: windowMs(since_seconds) };
  const sql = ["project = {project:String}", "NOT gone", SINCE];
  const when = (value: unknown, condition: string, more: Parameters) => {
    if (value === undefined) return;
    sql.push(condition);
    Object.assign(parameters, more);
  };
  when(from, "started_at >= parseDateTime64BestEffort({from:String}, 3, 'UTC')", { from: isoOf(from) });
  when(to, "started_at < parseDateTime64BestEffort({to:String}, 3, 'UTC')", { to: isoOf(to) });
  when(filter.outcome, "outcome = {outcome:String}", { outcome: filter.outcome ?? "" });
  when(filter.status, "status = {status:String}", { status: filter.status ?? "" });
  when(filter.blamed_agent, "blamed_agent = {blamedAgent:String}", { blamedAgent: filter.blamed_agent ?? "" });
  when(filter.source, "source = {source:String}", { source: filter.source ?? "" });
  when(filter.min_confidence, "confidence >= {minConfidence:Float64}", { minConfidence: filter.min_confidence ?? 0 });
  when(filter.max_confidence, "confidence <= {maxConfidence:Float64}", { maxConfidence: filter.max_confidence ?? 1 });
  if (filter.replays !== "include") sql.push("NOT replay");
  when(
    filter.group,
    `outcome = 'failure' AND status != 'refuted' AND (trace_id, ifNull(blamed_agent, '')) IN
       (SELECT trace_id, agent FROM run_groups FINAL WHERE project = {project:String} AND group_id = {group:String})`,
    { group: filter.group ?? "" },
  );

  const ofRun: string[] = [];
  const whenRun = (value: unknown, condition: string, more: Parameters) => {
    if (value === undefined) return;
    ofRun.push(condition);
    Object.assign(parameters, more);
  };
  whenRun(filter.step_from, "blamed_step >= {stepFrom:UInt32}", { stepFrom: filter.step_from ?? 0 });
  whenRun(filter.step_to, "blamed_step <= {stepTo:UInt32}", { stepTo: filter.step_to ?? 0 });
  whenRun(filter.strategy, "strategy = {strategy:String}", { strategy: filter.strategy ?? "" });
  whenRun(filter.agent, "has(agents, {agent:String})", { agent: filter.agent ?? "" });
  if (ofRun.length > 0) {
    sql.push(`trace_id IN (SELECT trace_id FROM runs WHERE project = {project:String} AND ${ofRun.join(" AND ")})`);
  }

  const ofSpans = spanConditions(filter, parameters);
  if (ofSpans.length > 0) {
    parameters["arrivedMs"] = from === undefined ? Number.MAX_SAFE_INTEGER : Math.trunc(Date.parse(from));
  }
  return { sql: [...sql, ...ofSpans], parameters, dear: ofSpans.length > 0 };
}

/**
 * The same of rows of `runs`, each as it was saved last (FINAL), whenever the run started: `since_seconds` is not looked
 * at, and `from` only to leave out what cannot have arrived.
 */
export function rowConditions(filter: RunFilter): Conditions {
  const parameters: Parameters = { project: filter.project, windowMs: windowMs(filter.since_seconds) };
  const sql = ["project = {project:String}"];
  const when = (name: keyof RunFilter, condition: string) => {
    const value = filter[name];
    if (value === undefined) return;
    sql.push(condition);
    parameters[name] = value;
  };
  when("outcome", "outcome = {outcome:String}");
  when("status", "status = {status:String}");
  when("blamed_agent", "blamed_agent = {blamed_agent:String}");
  when("step_from", "blamed_step >= {step_from:UInt32}");
  when("step_to", "blamed_step <= {step_to:UInt32}");
  when("strategy", "strategy = {strategy:String}");
  when("min_confidence", "confidence >= {min_confidence:Float64}");
  when("max_confidence", "confidence <= {max_confidence:Float64}");
  when("agent", "has(agents, {agent:String})");
  when("source", "source = {source:String}");
  when(
    "group",
    `outcome = 'failure' AND status != 'refuted' AND (trace_id, ifNull(blamed_agent, '')) IN
       (SELECT trace_id, agent FROM run_groups FINAL WHERE project = {project:String} AND group_id = {group:String})`,
  );
  if (filter.replays !== "include") sql.push("replay_of = ''");
  const ofSpans = spanConditions(filter, parameters);
  if (ofSpans.length > 0) parameters["arrivedMs"] = Math.trunc(Date.parse(filter.from ?? new Date(0).toISOString()));
  return { sql: [...sql, ...ofSpans], parameters, dear: ofSpans.length > 0 };
}

function spanConditions(filter: RunFilter, parameters: Parameters): string[] {
  const conditions: string[] = [];
  const some = (condition: string) =>
    `trace_id IN (SELECT trace_id FROM spans WHERE project = {project:String} AND ${ARRIVED} AND ${condition})`;
  if (filter.model !== undefined) {
    parameters["model"] = filter.model;
    conditions.push(some("model = {model:String}"));
  }
  if (filter.tool !== undefined) {
    parameters["tool"] = filter.tool;
    conditions.push(some("tool = {tool:String}"));
  }
  if (filter.service !== undefined) {
    parameters["service"] = filter.service;
    conditions.push(some("JSONExtractString(resource_attributes, 'service.name') = {service:String}"));
  }
  if (filter.attribute !== undefined) {
    const [key, value] = attributeParts(filter.attribute);
    Object.assign(parameters, { attributeKey: key, attributeValue: value });
    conditions.push(
      some(
        "mapContains(attributes, {attributeKey:String}) AND attributes[{attributeKey:String}] = {attributeValue:String}",
      ),
    );
  }
  if (filter.text !== undefined) {
    const { holds, parameters: words } = wordConditions(filter.text);
    if (Object.keys(words).length === 0) {
      throw new CulpritError("search_empty", "There is no word to look for.", { mend: "Give letters or digits." });
    }
    Object.assign(parameters, words);
    conditions.push(
      `(trace_id IN (SELECT trace_id FROM contents WHERE project = {project:String} AND ${ARRIVED} AND ${holds("text")})
        OR ${some(`arrayExists(value -> ${holds("value")}, mapValues(attributes))`)})`,
    );
  }
  return conditions;
}

/** As the engine reads it, to the millisecond. */
function isoOf(time: string | undefined): string {
  return time === undefined ? "" : new Date(time).toISOString();
}
