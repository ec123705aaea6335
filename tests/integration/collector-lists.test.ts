import type { RouteName } from "@culprit/schemas";
import { routes } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Running, startCollector } from "./collector-harness.ts";
import { aRun, isoAgo } from "./store-rows.ts";

let running: Running;
const RUNS = 1234;
beforeAll(async () => {
  running = await startCollector();
  const runs = Array.from({ length: RUNS }, (_, index) =>
    aRun({
      task: index === 0 ? "t".repeat(5000) : `task ${index}`,
      reason: "r".repeat(1001),
      started_at: isoAgo(60 + index),
    }),
  );
  await running.store.saveRuns(runs);
});
afterAll(() => running.close());

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${running.url}${path}`, { headers });

describe("a list", () => {
  test("streams whole as NDJSON, each item once and in order, whatever the limit", async () => {
    for (const [path, headers] of [
      ["/api/v1/traces?format=ndjson&limit=3", {}],
      ["/api/v1/traces", { accept: "application/x-ndjson" }],
    ] as const) {
      const response = await get(path, headers);
      expect(response.headers.get("content-type")).toBe("application/x-ndjson");
      const lines = (await response.text())
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { trace_id: string; started_at: string });
      expect(lines).toHaveLength(RUNS);
      expect(new Set(lines.map(({ trace_id }) => trace_id)).size).toBe(RUNS);
      expect(lines.map(({ started_at }) => started_at)).toEqual(
        lines
          .map(({ started_at }) => started_at)
          .sort()
          .reverse(),
      );
    }
  });

  test("gives only the fields that were asked for, as JSON and as NDJSON", async () => {
    const page = await (await get("/api/v1/traces?limit=2&fields=trace_id,outcome")).json();
    expect(page).toEqual({
      traces: [
        { trace_id: expect.any(String), outcome: "failure" },
        { trace_id: expect.any(String), outcome: "failure" },
      ],
      next_cursor: expect.any(String),
    });
    const [line] = (await (await get("/api/v1/traces?format=ndjson&fields=blamed_agent")).text()).split("\n");
    expect(JSON.parse(line ?? "")).toEqual({ blamed_agent: "Coder" });
  });

  test("cuts heavy texts off until they are asked for", async () => {
    const first = async (query: string) =>
      ((await (await get(`/api/v1/traces?limit=1${query}`)).json()) as { traces: { task: string; reason: string }[] })
        .traces[0];
    expect((await first(""))?.task).toBe(`${"t".repeat(1000)}…`);
    expect((await first(""))?.reason).toBe(`${"r".repeat(1000)}…`);
    expect((await first("&texts=full"))?.task).toHaveLength(5000);
  });

  test.each([
    ["a field that items never have", "fields=trace_id,secret", "there is no secret"],
    ["no field", "fields=,", "names none"],
    ["a format that is none", "format=csv", "json or ndjson"],
    ["a misspelt filter", "blamed_agnet=Coder", "there is no parameter blamed_agnet"],
    ["__proto__", "__proto__=1", "there is no parameter __proto__"],
    ["a cursor no list gave out, streamed", "format=ndjson&cursor=x", "cursor"],
  ])("refuses %s", async (_, query, words) => {
    const response = await get(`/api/v1/traces?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining(words) } });
  });

  test("of every kind streams", async () => {
    const lists = (Object.keys(routes) as RouteName[]).filter(
      (name) => "list" in routes[name] && !routes[name].path.includes(":"),
    );
    expect(lists.length).toBeGreaterThan(3);
    for (const name of lists) {
      const response = await get(`${routes[name].path}?format=ndjson`);
      expect([name, response.status, response.headers.get("content-type")]).toEqual([
        name,
        200,
        "application/x-ndjson",
      ]);
      for (const line of (await response.text()).split("\n").filter(Boolean)) JSON.parse(line);
    }
  });

  test("that a reader leaves ends there, and the store answers on", async () => {
    const stop = new AbortController();
    const response = await fetch(`${running.url}/api/v1/traces?format=ndjson`, { signal: stop.signal });
    await response.body?.getReader().read();
    stop.abort();
    expect((await get("/api/v1/status")).status).toBe(200);
  });
});
