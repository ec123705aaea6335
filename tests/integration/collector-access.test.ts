import { buildTrajectory } from "@culprit/analyzers";
import { createCollector, serve } from "@culprit/collector";
import {
  type ApiKey,
  type Client,
  createClient,
  parseConfig,
  type RouteName,
  routes,
  type Scope,
} from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeMessage } from "../unit/collector/otlp-messages.ts";
import { jsonRequest, newIds, type Running, startCollector } from "./collector-harness.ts";
import { aDataset, anAnnotation, aReplay } from "./store-rows.ts";

const BOOTSTRAP = "the-key-the-operator-set";
let running: Running;
let operator: Client;
beforeAll(async () => {
  running = await startCollector({ api_key: BOOTSTRAP });
  operator = createClient({ baseUrl: running.url, apiKey: BOOTSTRAP });
});
afterAll(() => running.close());

async function makeKey(
  project: string,
  scopes: Scope[],
  limits: Partial<ApiKey["limits"]> = {},
): Promise<{ key: string; record: ApiKey }> {
  return await operator.call("createKey", { body: { project, scopes, limits } });
}

/** Sends spans of one trace; the answer's status and Retry-After. */
async function send(
  key: string,
  { url = running.url, text = "hello", spans = 1, traceId = newIds().traceId } = {},
): Promise<{ status: number; retryAfter: number; traceId: string; body: { code?: number; message?: string } }> {
  const { spanId } = newIds();
  const one = (index: number) => ({
    traceId,
    spanId: spanId.slice(0, 8) + index.toString(16).padStart(8, "0"),
    name: "chat",
    startTimeUnixNano: "1795255200000000000",
    endTimeUnixNano: "1795255201000000000",
    attributes: [
      { key: "gen_ai.operation.name", value: { stringValue: "invoke_agent" } },
      { key: "gen_ai.agent.name", value: { stringValue: "Coder" } },
      { key: "culprit.task", value: { stringValue: text } },
      { key: "culprit.outcome", value: { stringValue: "failure" } },
    ],
  });
  const body = JSON.parse(jsonRequest(one(1)));
  body.resourceSpans[0].scopeSpans[0].spans = Array.from({ length: spans }, (_, index) => one(index + 1));
  const response = await fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    retryAfter: Number(response.headers.get("retry-after")),
    traceId,
    body: (await response.json()) as { code?: number; message?: string },
  };
}

const as = (key: string, url = running.url): Client => createClient({ baseUrl: url, apiKey: key });
const statusOf = async (key: string, path: string): Promise<number> =>
  (await fetch(running.url + path, { headers: { authorization: `Bearer ${key}` } })).status;

describe("a key", () => {
  test("is shown once, says its scope, and is kept as a hash only", async () => {
    const { key, record } = await makeKey("shown", ["ingest"]);
    expect(key).toMatch(/^ck_i_[0-9A-Za-z]{51}$/);
    expect(key.startsWith(record.prefix)).toBe(true);
    const secret = key.slice(record.prefix.length);
    const listed = await operator.call("listKeys", { project: "shown" });
    expect(listed.keys.map(({ key_id }) => key_id)).toEqual([record.key_id]);
    expect(JSON.stringify([listed, await running.store.keys.list()])).not.toContain(secret);
  });

  test.each<[Scope[], RegExp]>([
    [["read"], /^ck_r_/],
    [["admin"], /^ck_a_/],
    [["ingest", "read"], /^ck_m_/],
  ])("of the scopes %j begins with its letter", async (scopes, start) => {
    expect((await makeKey("letters", scopes)).key).toMatch(start);
  });

  test("opens what its scopes say, and 403 names the one that lacks", async () => {
    const [ingest, read] = await Promise.all([makeKey("scoped", ["ingest"]), makeKey("scoped", ["read"])]);
    expect((await send(ingest.key)).status).toBe(200);
    const refused = await send(read.key);
    expect(refused).toMatchObject({ status: 403, body: { code: 7, message: expect.stringContaining("ingest") } });
    expect(await statusOf(read.key, "/api/v1/traces")).toBe(200);
    expect(await statusOf(read.key, "/")).toBe(200);
    for (const path of ["/api/v1/traces", "/", "/metrics"]) expect(await statusOf(ingest.key, path), path).toBe(403);
    await expect(as(ingest.key).call("listTraces")).rejects.toMatchObject({
      code: "forbidden_scope",
      mend: expect.stringContaining("--scope read"),
    });
    for (const { key } of [ingest, read]) expect(await statusOf(key, "/api/v1/keys")).toBe(403);
  });

  test("that is wrong in its id, its secret or its shape is 401", async () => {
    const { key } = await makeKey("wrong", ["read"]);
    const last = key.endsWith("a") ? "b" : "a";
    const swapped = key[5] === "a" ? "b" : "a";
    for (const wrong of [
      key.slice(0, -1) + last,
      `${key.slice(0, 5)}${swapped}${key.slice(6)}`,
      key.slice(0, -1),
      "x",
    ]) {
      expect(await statusOf(wrong, "/api/v1/status")).toBe(401);
    }
    expect(await statusOf(key, "/api/v1/status")).toBe(200);
  });

  test("is refused in protobuf where the request was", async () => {
    const response = await fetch(`${running.url}/v1/traces`, {
      method: "POST",
      body: "",
      headers: {
        "content-type": "application/x-protobuf",
        authorization: `Bearer ${(await makeKey("p", ["read"])).key}`,
      },
    });
    const status = decodeMessage("RpcStatus", new Uint8Array(await response.arrayBuffer()));
    expect([response.status, status["code"]]).toEqual([403, 7]);
  });

  test("opens nothing from the moment it is revoked, and stays in the list", async () => {
    const { key, record } = await makeKey("revoked", ["read"]);
    expect(await statusOf(key, "/api/v1/status")).toBe(200);
    await operator.call("revokeKey", { key_id: record.key_id });
    expect(await statusOf(key, "/api/v1/status")).toBe(401);
    const { keys } = await operator.call("listKeys", { project: "revoked" });
    expect(keys).toMatchObject([{ key_id: record.key_id, revoked_at: expect.any(String) }]);
    expect((await operator.call("revokeKey", { key_id: record.key_id })).record.revoked_at).toBe(keys[0]?.revoked_at);
  });

  test("revoked at one collector is refused by another within seconds; one made there opens here at once", async () => {
    const config = parseConfig({}, {}, { api_key: BOOTSTRAP });
    const other = createCollector({ store: running.store, config, buildTrajectory });
    const served = await serve(other, { host: "127.0.0.1", port: 0 });
    try {
      const { key, record } = await makeKey("two", ["read"]);
      const status = async () => {
        const response = await fetch(`${served.url}/api/v1/status`, { headers: { authorization: `Bearer ${key}` } });
        return response.status;
      };
      expect(await status()).toBe(200);
      await operator.call("revokeKey", { key_id: record.key_id });
      const began = Date.now();
      while ((await status()) === 200) await new Promise((resolve) => setTimeout(resolve, 100));
      expect(Date.now() - began).toBeLessThan(6_000);
    } finally {
      await served.close();
      await other.stop();
    }
  });
});

describe("a key of another project", () => {
  const GROUP = "0123456789abcdef";
  const SECRET = "only for the owner's eyes";
  let owner: Client;
  let ownerKey: ApiKey;
  let traceId: string;
  let stranger: Client;
  beforeAll(async () => {
    const [made, other] = await Promise.all([makeKey("owner", ["admin"]), makeKey("stranger", ["admin"])]);
    owner = as(made.key);
    ownerKey = made.record;
    stranger = as(other.key);
    ({ traceId } = await send(made.key, { text: SECRET }));
    const { project: _, ...annotation } = anAnnotation({ trace_id: traceId, step: 0, reason: SECRET });
    await owner.call("annotate", { body: annotation });
    await owner.call("registerDataset", { body: aDataset({ about: SECRET }) });
    await owner.call("reportOutcome", {
      trace_id: traceId,
      body: { outcome: "failure", score: null, feedback: SECRET, by: "reported" },
    });
  });

  /** What each route of the contract is asked for, aimed at the owner. */
  const asked = (name: RouteName): Record<string, unknown> => {
    const { project: _, ...annotation } = anAnnotation({ trace_id: traceId, step: 0 });
    const { project: __, ...replay } = aReplay({ trace_id: traceId });
    const inputs: Record<RouteName, Record<string, unknown>> = {
      status: {},
      getSettings: {},
      listUnread: { since: "9999d" },
      listTraces: { since: "9999d", limit: 1000, replays: "include" },
      getTrace: { trace_id: traceId },
      getSummary: { trace_id: traceId },
      getStep: { trace_id: traceId, step: 0 },
      compareRuns: { trace_id: traceId, other_id: traceId },
      getSpans: { trace_id: traceId },
      getFlow: { trace_id: traceId, step: 0 },
      reportOutcome: { trace_id: traceId, body: { outcome: "success", score: 1, feedback: "mine", by: "evaluator" } },
      attribute: { trace_id: traceId, body: {} },
      saveReplay: { body: replay },
      startReplay: { trace_id: traceId, body: { step: 0, correction: "mine" } },
      getReplayJob: { job_id: traceId },
      listReplayJobs: { limit: 1000 },
      listAnnotations: { since: "9999d", limit: 1000 },
      annotate: { body: annotation },
      listAgents: { since: "9999d" },
      judgeBlame: { trace_id: traceId, body: { verdict: "correct", agent: "Coder", step: 0 } },
      listComments: { trace_id: traceId },
      addComment: { trace_id: traceId, body: { text: "mine" } },
      deleteComment: { trace_id: traceId, comment_id: traceId },
      listQueries: {},
      saveQuery: { name: "owners", body: { filter: {} } },
      deleteQuery: { name: "owners" },
      runQuery: { name: "owners" },
      getFeedback: { trace_id: traceId },
      markApplied: { trace_id: traceId, body: { applied_in: traceId, agent: "Coder", step: 0 } },
      listRounds: { since: "9999d", limit: 1000 },
      roundFigures: { since: "9999d" },
      blameFigures: { since: "9999d" },
      agentFigures: { since: "9999d" },
      runFigures: { since: "9999d" },
      costFigures: { since: "9999d" },
      strategyFigures: { since: "9999d" },
      handoffFigures: { since: "9999d" },
      benchmarkFigures: {},
      calibrationFigures: { since: "9999d" },
      listShadow: { since: "9999d", limit: 1000 },
      shadowFigures: { since: "9999d" },
      listGroups: { since: "9999d" },
      getGroup: { group_id: GROUP, since: "9999d" },
      setGroupState: { group_id: GROUP, body: { state: "ignored", note: "mine" } },
      listAlerts: { since: "9999d" },
      listDatasets: {},
      getDataset: { name: "team", version: "latest" },
      registerDataset: { body: aDataset({ hash: "cd".repeat(32), about: "mine" }) },
      listAlertRules: {},
      testAlertRule: { body: { rule: { name: "mine", webhook: "http://127.0.0.1:9/" }, since: "1h" } },
      listDeliveries: {},
      retryDelivery: { event_id: traceId, target_id: traceId.slice(0, 12) },
      listKeys: { project: "owner" },
      createKey: { body: { project: "owner" } },
      revokeKey: { key_id: ownerKey.key_id },
      reward: { body: { items: [{ completion: "x", agent: "Coder", step: 0 }] } },
      rewardOpenRlhf: { body: { query: ["x"], prompts: [""], labels: ['{"agent":"Coder","step":0}'] } },
      rewardSlime: { body: { prompt: "", response: "x", label: { agent: "Coder", step: 0 } } },
      deleteTrace: { trace_id: traceId },
      deleteProject: { project: "owner" },
    };
    return inputs[name];
  };

  test("finds nothing and changes nothing on any route", async () => {
    const before = await owner.call("getTrace", { trace_id: traceId });
    expect(JSON.stringify(before)).toContain(SECRET);
    for (const name of Object.keys(routes) as RouteName[]) {
      const answer = await stranger
        .call(name, asked(name) as never)
        .then(JSON.stringify)
        .catch((error: unknown) => `${(error as { code: string }).code}: ${(error as Error).message}`);
      expect(answer, name).not.toContain(SECRET);
      expect(answer, name).not.toContain(ownerKey.key_id === asked(name)["key_id"] ? "ck_" : ownerKey.key_id);
    }
    expect(await owner.call("getTrace", { trace_id: traceId })).toEqual(before);
    const dataset = { name: "team", version: "latest" } as const;
    expect((await owner.call("getDataset", dataset)).dataset).toEqual(
      aDataset({ about: SECRET, created_at: expect.any(String) }),
    );
    expect((await owner.call("listKeys")).keys).toMatchObject([{ key_id: ownerKey.key_id, revoked_at: null }]);
  });

  test("sees nothing in its own project of what it did there to the owner's run", async () => {
    await expect(stranger.call("getTrace", { trace_id: traceId })).rejects.toMatchObject({ code: "not_found" });
    expect((await stranger.call("listTraces", { since: "9999d" })).traces).toEqual([]);
  });

  test("is told so where it names the other project", async () => {
    for (const name of ["listKeys", "createKey", "deleteProject"] as const) {
      await expect(stranger.call(name, asked(name) as never)).rejects.toMatchObject({ code: "forbidden_project" });
    }
    await expect(stranger.call("revokeKey", { key_id: ownerKey.key_id })).rejects.toMatchObject({ code: "not_found" });
  });

  test("even of the operator, who manages keys, reads no other project's runs", async () => {
    await expect(operator.call("getTrace", { trace_id: traceId })).rejects.toMatchObject({ code: "not_found" });
    expect((await operator.call("listKeys", { project: "*" })).keys.length).toBeGreaterThan(1);
  });

  test("ids that two projects share stay two runs", async () => {
    const [left, right] = await Promise.all([makeKey("left", ["admin"]), makeKey("right", ["admin"])]);
    const shared = newIds().traceId;
    await send(left.key, { text: "left task", traceId: shared });
    await send(right.key, { text: "right task", traceId: shared });
    expect((await as(left.key).call("getTrace", { trace_id: shared })).task).toBe("left task");
    await as(left.key).call("deleteTrace", { trace_id: shared });
    expect((await as(right.key).call("getTrace", { trace_id: shared })).task).toBe("right task");
  });
});

describe("deleting", () => {
  test("a run takes it away, and a project takes all and its keys", async () => {
    const { key } = await makeKey("doomed", ["admin"]);
    const [first, second] = [await send(key), await send(key)];
    const client = as(key);
    expect(await client.call("deleteTrace", { trace_id: first.traceId })).toMatchObject({ traces: 1, finished: true });
    await expect(client.call("getTrace", { trace_id: first.traceId })).rejects.toMatchObject({ code: "not_found" });
    expect((await client.call("getTrace", { trace_id: second.traceId })).trace_id).toBe(second.traceId);
    expect(await client.call("deleteProject", { project: "doomed" })).toMatchObject({ traces: 1, finished: true });
    await expect(client.call("status")).rejects.toMatchObject({ code: "unauthorized" });
    expect(await running.store.readSpans("doomed", second.traceId)).toEqual([]);
  });

  test("takes the scope admin", async () => {
    const { key } = await makeKey("kept", ["ingest", "read"]);
    const { traceId } = await send(key);
    await expect(as(key).call("deleteTrace", { trace_id: traceId })).rejects.toMatchObject({ code: "forbidden_scope" });
    expect(await running.store.readSpans("kept", traceId)).toHaveLength(1);
  });
});

describe("limits of a key", () => {
  test("by spans a second: a batch may pass once, and what follows is told when to come back", async () => {
    const { key } = await makeKey("spans-rate", ["ingest"], { spans_per_second: 10 });
    expect((await send(key, { spans: 200 })).status).toBe(200);
    const refused = await send(key);
    expect(refused).toMatchObject({ status: 429, body: { code: 8, message: expect.stringContaining("10 spans") } });
    expect(refused.retryAfter).toBeGreaterThanOrEqual(14);
    expect(refused.retryAfter).toBeLessThanOrEqual(16);
    expect((await send((await makeKey("spans-rate", ["ingest"])).key)).status).toBe(200);
  });

  test("by requests a second, on every route", async () => {
    const { key } = await makeKey("requests-rate", ["read"], { requests_per_second: 0.2 });
    expect(await statusOf(key, "/api/v1/status")).toBe(200);
    const response = await fetch(`${running.url}/api/v1/status`, { headers: { authorization: `Bearer ${key}` } });
    expect([response.status, Number(response.headers.get("retry-after"))]).toEqual([429, 5]);
    expect(await response.json()).toMatchObject({ error: { code: "rate_limited", mend: expect.any(String) } });
  });

  test("by spans a day, also after a restart; the list says what was sent and when", async () => {
    const own = await startCollector({ api_key: BOOTSTRAP, key_spans_per_day: 5 });
    try {
      const admin = as(BOOTSTRAP, own.url);
      const { key, record } = await admin.call("createKey", { body: { project: "day" } });
      expect((await send(key, { url: own.url, spans: 3 })).status).toBe(200);
      expect((await send(key, { url: own.url, spans: 4 })).status).toBe(200);
      const refused = await send(key, { url: own.url });
      expect(refused).toMatchObject({ status: 429, body: { message: expect.stringContaining("5 spans of the day") } });
      expect(refused.retryAfter).toBeLessThanOrEqual(86_400);
      const { keys } = await admin.call("listKeys", { project: "day" });
      expect(keys).toMatchObject([{ key_id: record.key_id, spans_today: 7, last_used_at: expect.any(String) }]);

      const config = parseConfig({}, {}, { api_key: BOOTSTRAP, key_spans_per_day: 5 });
      const again = createCollector({ store: own.store, config, buildTrajectory });
      const served = await serve(again, { host: "127.0.0.1", port: 0 });
      expect((await send(key, { url: served.url })).status).toBe(429);
      await served.close();
      await again.stop();
    } finally {
      await own.close();
    }
  });
});

describe("a collector without a bootstrap key", () => {
  test("asks for keys from the first one on, and goes on asking when all are revoked", async () => {
    const own = await startCollector();
    try {
      const open = createClient({ baseUrl: own.url });
      const { key, record } = await open.call("createKey", { body: { scopes: ["admin"] } });
      expect(record.project).toBe(own.config.project);
      await expect(open.call("status")).rejects.toMatchObject({ code: "unauthorized" });
      expect(await as(key, own.url).call("status")).toMatchObject({ store: "embedded" });
      const beyond = await serve(own.collector, { host: "0.0.0.0", port: 0 });
      await beyond.close();
      await as(key, own.url).call("revokeKey", { key_id: record.key_id });
      await expect(open.call("status")).rejects.toMatchObject({ code: "unauthorized" });
    } finally {
      await own.close();
    }
  });

  test("of a process that opened the store itself asks for none", async () => {
    const { store } = running;
    const collector = createCollector({ store, config: parseConfig(), buildTrajectory, trusted: true });
    const client = createClient({
      baseUrl: "http://localhost",
      fetch: async (request) => await collector.app.fetch(request),
    });
    expect(await client.call("status")).toMatchObject({ store: "embedded" });
    await collector.stop();
  });
});
