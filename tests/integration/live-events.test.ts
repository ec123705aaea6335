import { buildTrajectory } from "@culprit/analyzers";
import { createCollector, serve } from "@culprit/collector";
import { createClient, parseConfig, type Scope } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEventStream } from "../../collector/live/event-stream.ts";
import { Live } from "../../collector/live/live.ts";
import { type Running, startCollector } from "./collector-harness.ts";
import { readEvents } from "./event-reader.ts";
import { anAlertEvent, anAnnotation, anAttribution, aReplay, aRun, project, traceId } from "./store-rows.ts";

const KEY = "an-operators-own-key";
let running: Running;
beforeAll(async () => {
  running = await startCollector({ api_key: KEY, poll_seconds: 0.1 });
});
afterAll(() => running.close());

async function keyOf(name: string, scopes: Scope[] = ["read"]): Promise<{ key: string; key_id: string }> {
  const operator = createClient({ baseUrl: running.url, apiKey: KEY });
  const { key, record } = await operator.call("createKey", { body: { project: name, scopes } });
  return { key, key_id: record.key_id };
}

/** A second collector over the same store. */
async function another(settings: Record<string, unknown> = {}) {
  const config = parseConfig({}, {}, { api_key: KEY, poll_seconds: 0.1, ...settings });
  const collector = createCollector({ store: running.store, config, buildTrajectory });
  const served = await serve(collector, { host: "127.0.0.1", port: 0 });
  return { url: served.url, close: async () => await Promise.all([served.close(), collector.stop()]) };
}

describe("GET /api/v1/events", () => {
  test("tells of everything that changes, whoever saved it, and of nothing that was there before", async () => {
    const name = project();
    const { key } = await keyOf(name);
    const { store } = running;
    const old = traceId();
    await store.saveRuns([aRun({ project: name, trace_id: old })]);
    const reader = await readEvents(running.url, { key });
    expect(await reader.next(({ type }) => type === "ready")).toBe(reader.events[0]);

    const trace_id = traceId();
    await store.saveAttributions([anAttribution({ project: name, trace_id })]);
    await store.saveRuns([
      aRun({ project: name, trace_id, blamed_kind: "answer", reason: "Something new went wrong." }),
    ]);
    await store.saveReplay(aReplay({ project: name, trace_id }));
    await store.saveAnnotation(anAnnotation({ project: name, trace_id }));
    await store.saveAlertEvent(anAlertEvent({ project: name, rule: "too many" }));
    const run = await reader.next(({ type }) => type === "run");
    expect(run).toMatchObject({ trace_id, status: "predicted", blamed_agent: "Coder", blamed_step: 2, settled: true });
    expect(await reader.next(({ type }) => type === "attribution")).toMatchObject({
      trace_id,
      strategy: "ranker",
      step: 2,
    });
    expect(await reader.next(({ type }) => type === "replay")).toMatchObject({
      trace_id,
      kind: "correction",
      status: "success",
    });
    expect(await reader.next(({ type }) => type === "label")).toMatchObject({ trace_id, evidence: "counterfactual" });
    expect(await reader.next(({ type }) => type === "alert")).toMatchObject({ rule: "too many", state: "firing" });
    const group = await reader.next(({ type }) => type === "group");
    expect(group).toMatchObject({ state: null });

    const group_id = group.type === "group" ? group.group_id : "";
    const writer = createClient({ baseUrl: running.url, apiKey: (await keyOf(name, ["ingest", "read"])).key });
    await writer.call("setGroupState", { group_id, body: { state: "resolved" } });
    await reader.next((event) => event.type === "group" && event.state === "resolved" && event.group_id === group_id);
    expect(JSON.stringify(reader.events)).not.toContain(old);
    expect(reader.events.filter(({ type }) => type === "refresh")).toEqual([]);
    const told = reader.events.map(({ id: _, ...event }) => JSON.stringify(event));
    expect(new Set(told).size).toBe(told.length);
    await reader.close();
  });

  test("goes on where a reader was cut off", async () => {
    const name = project();
    const { key } = await keyOf(name);
    const first = await readEvents(running.url, { key });
    const { id } = await first.next(({ type }) => type === "ready");
    await first.close();
    const [missed, later] = [traceId(), traceId()];
    await running.store.saveRuns([aRun({ project: name, trace_id: missed, blamed_agent: null })]);
    const again = await readEvents(running.url, { key, lastEventId: id });
    await again.next((event) => event.type === "run" && event.trace_id === missed);
    expect(again.events[0]).toMatchObject({ type: "ready", id });
    await running.store.saveRuns([aRun({ project: name, trace_id: later, blamed_agent: null })]);
    const { id: after } = await again.next((event) => event.type === "run" && event.trace_id === later);
    await again.close();
    const third = await readEvents(running.url, { key, lastEventId: after });
    await third.next(({ type }) => type === "ready");
    await running.store.saveRuns([aRun({ project: name, blamed_agent: null })]);
    await third.next(({ type }) => type === "run");
    expect(JSON.stringify(third.events)).not.toMatch(new RegExp(`${missed}|${later}`));
    await third.close();
  });

  test.each(["another-collectors-7", "x", "00000000-99999", `${"0".repeat(12)}-1`])(
    "tells a reader to refresh that comes with the id %s, which is not known here",
    async (lastEventId) => {
      const reader = await readEvents(running.url, { key: KEY, lastEventId });
      await reader.next(({ type }) => type === "refresh");
      expect(reader.events[0]?.type).toBe("refresh");
      await reader.close();
    },
  );

  test("says that lists are to be read again where too much changed to be told of one by one", async () => {
    const name = project();
    const { key } = await keyOf(name);
    const reader = await readEvents(running.url, { key });
    await reader.next(({ type }) => type === "ready");
    await running.store.saveRuns(Array.from({ length: 600 }, () => aRun({ project: name, blamed_agent: null })));
    await reader.next(({ type }) => type === "refresh");
    expect(reader.events.length).toBeLessThan(10);
    await reader.close();
  });

  test("is the same at every collector over one store", async () => {
    const name = project();
    const { key } = await keyOf(name, ["ingest", "read"]);
    const other = await another();
    const readers = await Promise.all([readEvents(running.url, { key }), readEvents(other.url, { key })]);
    for (const reader of readers) await reader.next(({ type }) => type === "ready");
    const client = createClient({ baseUrl: other.url, apiKey: key });
    const trace_id = traceId();
    await running.store.saveRuns([aRun({ project: name, trace_id })]);
    await client.call("reportOutcome", {
      trace_id,
      body: { outcome: "failure", score: null, feedback: "", by: "reported" },
    });
    for (const reader of readers) await reader.next((event) => event.type === "run" && event.trace_id === trace_id);
    for (const reader of readers) await reader.close();
    await other.close();
  });

  test("says nothing of another project", async () => {
    const [mine, theirs] = [project(), project()];
    const readers = [
      await readEvents(running.url, { key: (await keyOf(mine)).key }),
      await readEvents(running.url, { key: (await keyOf(theirs)).key }),
    ] as const;
    for (const reader of readers) await reader.next(({ type }) => type === "ready");
    const secret = traceId();
    await running.store.saveRuns([aRun({ project: theirs, trace_id: secret }), aRun({ project: mine })]);
    await readers[1].next((event) => event.type === "run" && event.trace_id === secret);
    await readers[0].next(({ type }) => type === "run");
    expect(JSON.stringify(readers[0].events)).not.toContain(secret);
    for (const reader of readers) await reader.close();
  });

  test("looks at the store once a time, however many watch, and not at all while nobody does", async () => {
    let looks = 0;
    const store = {
      ...running.store,
      changes: (filter: Parameters<typeof running.store.changes>[0]) => {
        looks++;
        return running.store.changes(filter);
      },
    };
    const live = new Live({ store, log: () => {}, pollMs: 50, lingerMs: 100 });
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    await wait(200);
    expect(looks).toBe(0);
    const name = project();
    const channels = await Promise.all(Array.from({ length: 40 }, () => live.join(name)));
    await wait(500);
    expect(looks).toBeGreaterThan(2);
    expect(looks).toBeLessThanOrEqual(12);
    for (const channel of channels) live.leave(channel);
    await wait(400);
    const then = looks;
    await wait(300);
    expect(looks).toBe(then);
    live.stop();
  });

  test("loses nothing while the store is away", async () => {
    const name = project();
    let away = false;
    const store = {
      ...running.store,
      changes: async (filter: Parameters<typeof running.store.changes>[0]) => {
        if (away) throw new Error("away");
        return await running.store.changes(filter);
      },
    };
    const live = new Live({ store, log: () => {}, pollMs: 20 });
    const channel = await live.join(name);
    away = true;
    await running.store.saveRuns([aRun({ project: name, blamed_agent: null })]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    away = false;
    await channel.more(0);
    expect(channel.from(0).events).toMatchObject([{ event: { type: "run" } }]);
    live.stop();
  });
});

describe("a stream", () => {
  test("ends within a heartbeat when its key is revoked, and beats until then", async () => {
    const live = new Live({ store: running.store, log: () => {} });
    let opens = true;
    const stream = createEventStream({ live, opens: async () => opens, heartbeatMs: 30, mostOfOne: 2 });
    const access = { project: project(), scopes: ["read"], key_id: "k", operator: false, spend: () => {} } as const;
    const response = await stream(access, undefined);
    const text = response.text();
    await new Promise((resolve) => setTimeout(resolve, 200));
    opens = false;
    expect(await text).toMatch(
      /^retry: 2000\nid: [0-9a-f]{12}-0\nevent: ready\ndata: \{"type":"ready"\}\n\n(: still here\n\n)+$/,
    );

    opens = true;
    const [one, two] = [await stream(access, undefined), await stream(access, undefined)];
    await expect(stream(access, undefined)).rejects.toMatchObject({ code: "too_many_streams" });
    await one.body?.cancel();
    const three = await stream(access, undefined);
    live.stop();
    await Promise.all([two.text(), three.text()]);
  });

  test("of a key without the scope to read is refused, and a stopping collector ends those there are", async () => {
    const { key } = await keyOf("scoped", ["ingest"]);
    await expect(readEvents(running.url, { key })).rejects.toThrow(/403.*forbidden_scope/);
    await expect(readEvents(running.url)).rejects.toThrow(/401/);
    const other = await another();
    const reader = await readEvents(other.url, { key: KEY });
    await reader.next(({ type }) => type === "ready");
    const began = Date.now();
    await Promise.all([other.close(), reader.ended]);
    expect(Date.now() - began).toBeLessThan(3_000);
  });
});
