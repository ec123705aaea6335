import type { Client, RouteInput, RunSummary } from "@culprit/schemas";

/** Which runs, as `listTraces` takes it. */
export type RunQuery = Omit<RouteInput<"listTraces">, "limit" | "cursor" | "texts" | "body">;

/** Runs a dataset may be made from. */
export interface Selected {
  /** What the query selects, replays of other runs not among them, oldest first. */
  runs: RunSummary[];
  /** Those and the runs that replay one of them. */
  ids: Set<string>;
  /** Of a run that replays another one: which. */
  origins: Map<string, string>;
}

const PAGE = 1000;

/** Every run of a query, and every run made from one by a replay, whatever else the query says. */
export async function selectRuns(client: Client, query: RunQuery): Promise<Selected> {
  const runs: RunSummary[] = [];
  for await (const run of pages(client, { ...query, replays: "exclude" })) runs.push(run);
  runs.reverse();
  const ids = new Set(runs.map(({ trace_id }) => trace_id));
  // A replay is younger than what it replays, so whatever began before the window belongs to no run of it.
  const origins = new Map<string, string>();
  const { since, from } = query;
  for await (const { trace_id, replay_of } of pages(client, { since, from, replays: "include" })) {
    if (!ids.has(replay_of)) continue;
    ids.add(trace_id);
    origins.set(trace_id, replay_of);
  }
  return { runs, ids, origins };
}

async function* pages(client: Client, query: RunQuery): AsyncGenerator<RunSummary> {
  let cursor: string | undefined;
  do {
    const page = await client.call("listTraces", {
      ...query,
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    yield* page.traces;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
}
