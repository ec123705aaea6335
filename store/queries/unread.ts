import type { UnreadScope } from "@culprit/schemas";
import type { Connection } from "../connection.ts";

const MOST_SCOPES = 20;
const MOST_KEYS = 20;
/** Longest name and key that is told; both are the sender's. */
const LONGEST = 200;

/** Instrumentation scopes of spans that no dialect reads, those with most spans first, with keys of their attributes. */
export async function unreadScopes(
  connection: Connection,
  project: string,
  sinceSeconds: number,
): Promise<UnreadScope[]> {
  const rows = await connection.select<{ scope: string; spans: string; keys: string[] }>(
    `SELECT substringUTF8(scope_name, 1, ${LONGEST}) AS scope,
            uniq(span_id) AS spans,
            arraySort(groupUniqArrayArray(${MOST_KEYS})(arrayMap(key -> substringUTF8(key, 1, ${LONGEST}), mapKeys(attributes)))) AS keys
     FROM spans
     WHERE project = {project:String} AND dialect = 'generic' AND ingested_at >= now() - toIntervalSecond({since:UInt32})
     GROUP BY scope
     ORDER BY spans DESC, scope
     LIMIT ${MOST_SCOPES}`,
    { project, since: Math.min(sinceSeconds, 4_000_000_000) },
  );
  return rows.map((row) => ({ ...row, spans: Number(row.spans) }));
}
