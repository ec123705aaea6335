import type { LiveEvent } from "@culprit/schemas";
import type { Connection } from "../connection.ts";

/** Something was saved. */
export interface Change {
  project: string;
  /** The same for the same thing. */
  key: string;
  /** When its insert began by the store's clock, ISO 8601; of two of one key, the later one counts. */
  at: string;
  event: LiveEvent;
}

/** Changes of one page. */
const BATCH = 5_000;

/** Each kind of thing that is told of: its key, and what is told of it, by the names of {@link LiveEvent}. */
const KINDS: readonly { type: LiveEvent["type"]; table: string; key: string; facts: Record<string, string> }[] = [
  {
    type: "run",
    table: "runs",
    key: "trace_id",
    facts: {
      trace_id: "String",
      outcome: "String",
      settled: "Bool",
      status: "String",
      blamed_agent: "Nullable(String)",
      blamed_step: "Nullable(UInt32)",
      replay_of: "String",
    },
  },
  {
    type: "attribution",
    table: "attributions",
    key: "concat(trace_id, strategy, strategy_version)",
    facts: {
      trace_id: "String",
      strategy: "String",
      status: "String",
      agent: "Nullable(String)",
      step: "Nullable(UInt32)",
    },
  },
  {
    type: "label",
    table: "annotations",
    key: "concat(trace_id, annotation_id)",
    facts: {
      trace_id: "String",
      annotation_id: "String",
      evidence: "String",
      verdict: "String",
      agent: "String",
      step: "UInt32",
    },
  },
  {
    type: "replay",
    table: "replays",
    key: "replay_id",
    facts: {
      trace_id: "String",
      replay_id: "String",
      replay_trace_id: "String",
      "intervention_kind AS kind": "String",
      "intervention_step AS step": "UInt32",
      status: "String",
    },
  },
  {
    type: "replay_job",
    table: "replay_jobs",
    key: "job_id",
    facts: { trace_id: "String", job_id: "String", step: "UInt32", state: "String", replays: "UInt32" },
  },
  {
    type: "comment",
    table: "comments",
    key: "comment_id",
    facts: { trace_id: "String", comment_id: "String", deleted: "Bool" },
  },
  {
    type: "group",
    table: "run_groups",
    key: "concat(trace_id, group_id)",
    facts: { group_id: "String", "NULL AS state": "Nullable(String)" },
  },
  {
    type: "group",
    table: "group_states",
    key: "concat(group_id, toString(at), changed_by)",
    facts: { group_id: "String", state: "Nullable(String)" },
  },
  {
    type: "alert",
    table: "alert_events",
    key: "event_id",
    facts: { event_id: "String", rule: "String", agent: "String", state: "String" },
  },
];

/** Constants of the program alone: no value is in this text. */
const CHANGES = KINDS.map(({ type, table, key, facts }) => {
  const values = Object.keys(facts).map((name) => name.replace(/ AS .*/, ""));
  const fields = Object.entries(facts).map(([name, kind]) => `${name.replace(/.* AS /, "")} ${kind}`);
  return `SELECT '${type}' AS type, project, concat('${table} ', ${key}) AS key, saved_at AS stamp,
       toJSONString(CAST(tuple(${values.join(", ")}), 'Tuple(${fields.join(", ")})')) AS facts
     FROM ${table}
     WHERE saved_at > parseDateTime64BestEffort({since:String}, 6, 'UTC') AND project IN {projects:Array(String)}`;
}).join("\n     UNION ALL ");

/**
 * What was saved in some projects after a moment, oldest first, a thing as often as it was saved. Rows are stamped when
 * their insert begins and seen when it ends: whoever wants all of them asks again for some seconds that are past.
 */
export async function changesSince(
  connection: Connection,
  { projects, since }: { projects: readonly string[]; since: string },
): Promise<Change[]> {
  const changes: Change[] = [];
  for (let after = since; ; ) {
    const rows = await connection.select<{ type: string; project: string; key: string; stamp: string; facts: string }>(
      `SELECT * FROM (${CHANGES}) ORDER BY stamp LIMIT {batch:UInt64} WITH TIES`,
      { projects, since: after, batch: BATCH },
    );
    for (const { type, project, key, stamp, facts } of rows) {
      const event = { type, ...(JSON.parse(facts) as object) } as LiveEvent;
      changes.push({ project, key, at: stamp, event });
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) return changes;
    after = last.stamp;
  }
}
