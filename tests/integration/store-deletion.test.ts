import { type AlertEvent, textMessage } from "@culprit/schemas";
import { type EmbeddedStore, openEmbedded } from "@culprit/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openClient } from "../../store/connection.ts";
import { standsOnDisk } from "./parts-on-disk.ts";
import {
  anAlertEvent,
  anAnnotation,
  anAttribution,
  aReplay,
  aRun,
  aSpan,
  project,
  spanId,
  temporaryDirectory,
  traceId,
} from "./store-rows.ts";

const DAY = 86_400_000;
let store: EmbeddedStore;
let tearDown: () => Promise<void>;
beforeAll(async () => {
  const [directory, remove] = temporaryDirectory();
  store = await openEmbedded(directory);
  tearDown = async () => {
    await store.close();
    remove();
  };
});
afterAll(() => tearDown());

/** A run with a row in every table, each holding `secret`. */
async function aWholeRun(owner: string, secret: string, trace = traceId()): Promise<string> {
  const at = { project: owner, trace_id: trace };
  const event: AlertEvent = anAlertEvent({ project: owner, event_id: spanId() });
  const other = {
    trace_id: traceId(),
    task: "kept",
    agent: "Coder",
    step: 0,
    confidence: 1,
    status: "predicted",
    reason: "",
    url: "",
  };
  const reading = { ...aSpan().reading, input: [textMessage("user", secret)] };
  await store.insertSpans([aSpan({ ...at, name: secret, attributes: { "culprit.input": secret }, reading })]);
  await store.saveOutcome(owner, trace, { outcome: "failure", score: null, feedback: secret, by: "reported" });
  await store.saveAttributions([anAttribution({ ...at, reason: secret })]);
  await store.saveRuns([aRun({ ...at, task: secret })]);
  await store.saveReplay(aReplay({ ...at, reason: secret }));
  await store.saveAnnotation(anAnnotation({ ...at, reason: secret }));
  const named = {
    trace_id: trace,
    task: secret,
    agent: "Coder",
    step: 0,
    confidence: 1,
    status: "predicted" as const,
    reason: secret,
  };
  await store.saveAlertEvent({
    ...event,
    runs: [
      { ...named, url: "" },
      { ...other, status: "predicted" },
    ],
  });
  return trace;
}

/** The directories of the parts that the engine reads from. */
async function activeParts(): Promise<string[]> {
  const client = openClient(store.engine.url);
  try {
    const result = await client.query({
      query: "SELECT path FROM system.parts WHERE active AND database = currentDatabase()",
      format: "JSONEachRow",
    });
    return (await result.json<{ path: string }>()).map(({ path }) => path);
  } finally {
    await client.close();
  }
}

async function everythingOf(owner: string, trace: string): Promise<unknown[]> {
  const rows = await Promise.all([
    store.readSpans(owner, trace),
    store.readOutcomes(owner, trace),
    store.readAttributions(owner, trace),
    store.readReplays(owner, trace),
    store.readAnnotations(owner, trace),
    store.readRun(owner, trace),
  ]);
  return rows.flat().filter((row) => row !== null);
}

describe("deleting a run", () => {
  test("takes its rows out of every table and its text off the disk, and nothing else", async () => {
    const owner = project();
    const [gone, kept] = [`gone ${traceId()}`, `kept ${traceId()}`];
    const doomed = await aWholeRun(owner, gone);
    const other = await aWholeRun(owner, kept);
    const same = await aWholeRun(project(), kept, doomed);
    expect(same).toBe(doomed);
    const parts = await activeParts();
    expect([standsOnDisk(parts, gone), standsOnDisk(parts, kept)]).toEqual([true, true]);

    const deletion = await store.deletion.traces(owner, [doomed]);

    expect(deletion).toMatchObject({ traces: 1, finished: true });
    expect(deletion.rows).toBeGreaterThanOrEqual(6);
    expect(await everythingOf(owner, doomed)).toEqual([]);
    expect(await everythingOf(owner, other)).toHaveLength(6);
    const alerts = await store.listAlertEvents(owner, 1e9, 10);
    expect(alerts.map(({ runs }) => runs.map(({ task }) => task)).sort()).toEqual([["kept"], [kept, "kept"]].sort());
    const after = await activeParts();
    expect([standsOnDisk(after, gone), standsOnDisk(after, kept)]).toEqual([false, true]);
  });

  test("takes the runs that replay it along: they repeat its steps", async () => {
    const owner = project();
    const [original, replay, again] = [traceId(), traceId(), traceId()];
    await store.insertSpans([original, replay, again].map((trace_id) => aSpan({ project: owner, trace_id })));
    await store.saveReplay(aReplay({ project: owner, trace_id: original, replay_trace_id: replay }));
    await store.saveRuns([aRun({ project: owner, trace_id: again, replay_of: replay })]);
    expect(await store.deletion.traces(owner, [original])).toMatchObject({ traces: 3, finished: true });
    for (const trace of [original, replay, again]) expect(await everythingOf(owner, trace)).toEqual([]);
  });

  test("is not undone by a span that comes late", async () => {
    const owner = project();
    const trace = await aWholeRun(owner, "late");
    await store.deletion.traces(owner, [trace]);
    await store.insertSpans([aSpan({ project: owner, trace_id: trace }), aSpan({ project: owner })]);
    expect(await store.deletion.sweep()).toMatchObject({ rows: 1, finished: true });
    expect(await everythingOf(owner, trace)).toEqual([]);
    expect((await store.counts(owner)).spans).toBe(1);
  });

  test("that is not there removes nothing", async () => {
    expect(await store.deletion.traces(project(), [traceId()])).toEqual({ traces: 0, rows: 0, finished: true });
  });
});

test("deleting a project takes all of it and leaves its neighbour", async () => {
  const [owner, neighbour] = [project(), project()];
  const [gone, kept] = [`gone ${traceId()}`, `kept ${traceId()}`];
  const doomed = await aWholeRun(owner, gone);
  const other = await aWholeRun(neighbour, kept);
  expect(await store.deletion.project(owner)).toMatchObject({ traces: 1, finished: true });
  expect(await everythingOf(owner, doomed)).toEqual([]);
  expect(await store.listAlertEvents(owner, 1e9, 10)).toEqual([]);
  expect(await everythingOf(neighbour, other)).toHaveLength(6);
  expect(await store.deletion.projects()).toContain(neighbour);
  expect(await store.deletion.projects()).not.toContain(owner);
  const parts = await activeParts();
  expect([standsOnDisk(parts, gone), standsOnDisk(parts, kept)]).toEqual([false, true]);
});

describe("retention", () => {
  test("removes runs whose last span arrived before the moment, and keeps the younger ones whole", async () => {
    const owner = project();
    const old = await aWholeRun(owner, "old");
    const orphan = traceId();
    await store.saveOutcome(owner, orphan, { outcome: "failure", score: null, feedback: "", by: "reported" });
    const early = await store.now();
    expect(await store.deletion.expire(owner, early - DAY)).toMatchObject({ traces: 0, rows: 0 });
    const long = await aWholeRun(owner, "long");
    const border = (await store.now()) + 1;
    await new Promise((resolve) => setTimeout(resolve, 20));
    await store.insertSpans([aSpan({ project: owner, trace_id: long })]);

    expect(await store.deletion.expire(owner, border)).toMatchObject({ traces: 1, finished: true });

    expect(await everythingOf(owner, old)).toEqual([]);
    expect(await store.readOutcomes(owner, orphan)).toEqual([]);
    expect(await everythingOf(owner, long)).toHaveLength(7);
  });
});
