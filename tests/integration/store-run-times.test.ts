import { createClient } from "@clickhouse/client";
import { type EmbeddedStore, openEmbedded } from "@culprit/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aRun, isoAgo, project, temporaryDirectory, traceId } from "./store-rows.ts";

const DAY = 86_400;
let store: EmbeddedStore;
let client: ReturnType<typeof createClient>;
let directory: string;
let remove: () => void;

beforeAll(async () => {
  [directory, remove] = temporaryDirectory();
  store = await openEmbedded(directory);
  client = createClient({ url: store.engine.url });
});
afterAll(async () => {
  await client.close();
  await store.close();
  remove();
});

const list = async (name: string, limit = 10) =>
  (await store.listRuns({ project: name, since_seconds: DAY, limit })).rows.map(({ trace_id }) => trace_id);

describe("a run whose start moves, as when its root arrives late", () => {
  test("is listed, counted and blamed where it now is, and nowhere else", async () => {
    const name = project();
    const others = [30, 90, 150].map((minutes) => aRun({ project: name, started_at: isoAgo(minutes * 60) }));
    const run = aRun({ project: name, started_at: isoAgo(60) });
    await store.saveRuns([...others, run]);
    expect(await list(name)).toEqual([run, ...others].map(({ trace_id }) => trace_id));
    for (const started_at of [isoAgo(120 * 60), isoAgo(60), isoAgo(60 * 60)])
      await store.saveRuns([{ ...run, started_at }]);
    const [a, b, c] = others.map(({ trace_id }) => trace_id);
    expect(await list(name)).toEqual([a, run.trace_id, b, c]);
    expect(await store.blamedAgents(name, DAY)).toMatchObject([{ agent: "Coder", failures: 4 }]);
    const hours = await store.blameByHour(name, DAY);
    expect(hours.reduce((sum, { failures }) => sum + failures, 0)).toBe(4);
  });

  test("is not listed under what it no longer is", async () => {
    const name = project();
    const run = aRun({ project: name });
    await store.saveRuns([run]);
    await store.saveRuns([{ ...run, outcome: "success", blamed_agent: null, status: "none" }]);
    const failed = await store.listRuns({ project: name, outcome: "failure", since_seconds: DAY, limit: 5 });
    expect(failed.rows).toEqual([]);
    expect(await store.blamedAgents(name, DAY)).toEqual([]);
    expect(await list(name)).toEqual([run.trace_id]);
  });
});

test("a page is full although most candidates are no longer what they were", async () => {
  const name = project();
  const runs = Array.from({ length: 400 }, (_, index) => aRun({ project: name, started_at: isoAgo(1000 - index) }));
  await store.saveRuns(runs);
  await store.saveRuns(runs.slice(30).map((run) => ({ ...run, outcome: "success" as const, blamed_agent: null })));
  const page = await store.listRuns({ project: name, outcome: "failure", since_seconds: DAY, limit: 20 });
  expect(page.rows.map(({ trace_id }) => trace_id)).toEqual(
    runs
      .slice(10, 30)
      .reverse()
      .map(({ trace_id }) => trace_id),
  );
  const next = await store.listRuns({
    project: name,
    outcome: "failure",
    since_seconds: DAY,
    limit: 20,
    cursor: page.next_cursor ?? "",
  });
  expect(next.rows.map(({ trace_id }) => trace_id)).toEqual(
    runs
      .slice(0, 10)
      .reverse()
      .map(({ trace_id }) => trace_id),
  );
  expect(next.next_cursor).toBeNull();
});

test("blame by hour is told per agent, replays left out", async () => {
  const name = project();
  const at = (hours: number): string =>
    new Date(Math.floor(Date.now() / 3_600_000 - hours) * 3_600_000 + 60_000).toISOString();
  await store.saveRuns([
    aRun({ project: name, started_at: at(1) }),
    aRun({ project: name, started_at: at(1), status: "verified" }),
    aRun({ project: name, started_at: at(1), blamed_agent: "Planner" }),
    aRun({ project: name, started_at: at(5) }),
    aRun({ project: name, started_at: at(5), replay_of: traceId() }),
    aRun({ project: name, started_at: at(5), outcome: "success", blamed_agent: null }),
    aRun({ project: name, started_at: at(30) }),
  ]);
  const hour = (hours: number): string => `${at(hours).slice(0, 13)}:00:00.000Z`;
  expect(await store.blameByHour(name, DAY)).toEqual([
    { hour: hour(1), agent: "Coder", failures: 2, verified: 1 },
    { hour: hour(1), agent: "Planner", failures: 1, verified: 0 },
    { hour: hour(5), agent: "Coder", failures: 1, verified: 0 },
  ]);
});

test("what lists read is rebuilt from the runs, whatever a crash left of it", async () => {
  const name = project();
  const runs = Array.from({ length: 5 }, () => aRun({ project: name }));
  await store.saveRuns(runs);
  const before = await list(name);
  expect(await store.rebuild()).toBe(false);
  await client.command({
    query: `ALTER TABLE run_times DELETE WHERE trace_id = {id:String} SETTINGS mutations_sync = 1`,
    query_params: { id: runs[0]?.trace_id },
  });
  await client.command({
    query: `INSERT INTO run_times (project, started_at, trace_id, outcome, blamed_agent, status)
            SELECT {name:String}, now64(3) - 60, {id:String}, 'failure', 'Nobody', 'predicted'`,
    query_params: { name, id: traceId() },
  });
  expect(await store.blamedAgents(name, DAY)).toMatchObject([{ agent: "Coder", failures: 4 }, { agent: "Nobody" }]);
  expect((await list(name)).length).toBe(4);
  // Done by whoever opens the store next.
  await store.close();
  store = await openEmbedded(directory);
  await client.close();
  client = createClient({ url: store.engine.url });
  expect(await list(name)).toEqual(before);
  expect(await store.blamedAgents(name, DAY)).toMatchObject([{ agent: "Coder", failures: 5 }]);
  expect(await store.rebuild()).toBe(false);
});
