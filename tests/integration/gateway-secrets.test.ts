import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { traceIdOf } from "@culprit/instrumentation/gateway";
import { createClient } from "@culprit/schemas";
import OpenAI from "openai";
import { afterEach, expect, it } from "vitest";
import {
  chunk,
  completion,
  type ScriptedEndpoint,
  scriptedEndpoint,
  sendEvents,
  sendJson,
} from "../unit/instrumentation/scripted-endpoint.ts";
import { CULPRIT, culpritUp, temporaryDirectory, type UpProcess } from "./cli-process.ts";

const KEY = "sk-proj-never-to-be-written-0123456789";
const QUERY_KEY = "AIza-query-never-to-be-written";
const COOKIE = "session-never-to-be-written";
const AZURE = "azure-never-to-be-written";
const OPERATOR = "an-operator-key-of-culprit";
const SECRETS = [KEY, QUERY_KEY, COOKIE, AZURE, OPERATOR];

let endpoint: ScriptedEndpoint | undefined;
const running: { end(): Promise<void> }[] = [];
const data = temporaryDirectory();

afterEach(async () => {
  for (const each of running.splice(0)) await each.end();
  await endpoint?.close();
  rmSync(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});

/** Says back every credential it is sent, as careless endpoints do. */
async function careless(): Promise<ScriptedEndpoint> {
  return await scriptedEndpoint(async ({ body, headers, path }, response) => {
    // Long enough for a step to be told of while it runs.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const said = `You sent ${headers.authorization} ${headers["api-key"]} ${path}`;
    if (body["user"] === "refuse") return sendJson(response, { error: { message: said } }, 401);
    if (body["stream"] === true)
      return sendEvents(response, [...said].map((content) => chunk({ content })).concat(chunk({}, "stop")));
    return sendJson(response, completion({ content: said }));
  });
}

/** Everything below a directory that is readable as bytes. */
function bytesBelow(directory: string): string {
  if (!existsSync(directory)) return "";
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1")).join("\n");
}

async function call(base: string, culpritKey: string, body: object): Promise<Response> {
  return await fetch(`${base}/runs/secret/agents/A/v1/chat/completions?key=${QUERY_KEY}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${KEY}`,
      "api-key": AZURE,
      cookie: `s=${COOKIE}`,
      "x-culprit-key": culpritKey,
      "content-type": "application/json",
    },
    body: JSON.stringify({ model: "scripted-1", messages: [{ role: "user", content: "hello" }], ...body }),
  });
}

it("no credential of a caller is in any span, log, answer of the API or spool file", async () => {
  endpoint = await careless();
  const up: UpProcess = await culpritUp(["--data", join(data, "store")], {
    CULPRIT_GATEWAY_UPSTREAM: `${endpoint.url}/v1`,
    CULPRIT_API_KEY: OPERATOR,
    CULPRIT_LOG_LEVEL: "debug",
    CULPRIT_GATEWAY_RUN_IDLE_SECONDS: "0.3",
    // No insert is that fast: everything goes by way of the spool.
    CULPRIT_INGEST_DEADLINE_SECONDS: "0.001",
  });
  running.push({
    end: async () => {
      up.child.kill("SIGTERM");
      await up.ended;
    },
  });
  const base = `${up.url}/gateway`;
  const history = { messages: [{ role: "user", content: `You said you were sent ${KEY}.` }] };
  for (const body of [history, { stream: true }, { user: "refuse" }]) {
    const response = await call(base, OPERATOR, body);
    // What the endpoint says comes unchanged: it is the caller's own.
    const text = await response.text();
    if (!("stream" in body)) expect(text).toContain(KEY);
  }
  const client = createClient({ baseUrl: up.url, apiKey: OPERATOR });
  const traceId = traceIdOf("secret");
  let spans: unknown[] = [];
  let spooled = "";
  for (let tries = 0; tries < 100 && spans.length < 4; tries++) {
    spooled += bytesBelow(join(data, "store", "spool"));
    spans = (await client.call("getSpans", { trace_id: traceId }).catch(() => ({ spans: [] }))).spans;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(spans).toHaveLength(4);
  expect(spooled).toContain("gen_ai.output.messages");
  const written = [
    JSON.stringify(spans),
    JSON.stringify(await client.call("getTrace", { trace_id: traceId })),
    up.stderr(),
    spooled,
  ];
  expect(written[0]).toContain("[redacted:credential]");
  for (const secret of SECRETS) for (const text of written) expect(text).not.toContain(secret);
  expect((await client.call("getTrace", { trace_id: traceId })).steps.map(({ agent }) => agent)).toEqual([
    "A",
    "A",
    "A",
  ]);
});

it("a key of Culprit opens the gateway, and never leaves it", async () => {
  endpoint = await careless();
  const up = await culpritUp(["--data", join(data, "store")], {
    CULPRIT_GATEWAY_UPSTREAM: `${endpoint.url}/v1`,
    CULPRIT_API_KEY: OPERATOR,
  });
  running.push({
    end: async () => {
      up.child.kill("SIGTERM");
      await up.ended;
    },
  });
  const operator = createClient({ baseUrl: up.url, apiKey: OPERATOR });
  const team = await operator.call("createKey", { body: { project: "team-b", scopes: ["ingest"], name: "b" } });
  const reader = await operator.call("createKey", { body: { project: "team-b", scopes: ["read"], name: "r" } });
  const base = `${up.url}/gateway`;

  const without = await fetch(`${base}/v1/models`, { headers: { authorization: `Bearer ${KEY}` } });
  expect(without.status).toBe(401);
  expect(await without.json()).toMatchObject({
    error: { code: "unauthorized", message: expect.stringMatching(/x-culprit-key/) },
  });
  expect((await call(base, "ck_i_wrong", {})).status).toBe(401);
  expect((await call(base, reader.key, {})).status).toBe(403);
  for (const ours of [OPERATOR, team.key]) {
    const misplaced = await fetch(`${base}/v1/models`, {
      headers: { authorization: `Bearer ${ours}`, "x-culprit-key": ours },
    });
    expect(await misplaced.json()).toMatchObject({ error: { code: "culprit_key_sent_upstream" } });
  }
  expect(endpoint.requests).toEqual([]);

  // The real client sends it as a header of its own; the run is recorded in the key's project.
  const client = new OpenAI({
    apiKey: KEY,
    baseURL: `${base}/runs/secret/v1`,
    defaultHeaders: { "x-culprit-key": team.key },
  });
  await client.chat.completions.create({ model: "scripted-1", messages: [{ role: "user", content: "hello" }] });
  expect(
    Object.entries(endpoint.requests[0]?.headers ?? {})
      .flat()
      .join(" "),
  ).not.toContain(team.key);
  const reported = await fetch(`${base}/runs/secret/outcome`, {
    method: "POST",
    headers: { "x-culprit-key": team.key },
    body: '{"success":true}',
  });
  expect(reported.status).toBe(200);
  const theirs = createClient({ baseUrl: up.url, apiKey: reader.key });
  const list = async () => (await theirs.call("listTraces", {})).traces;
  for (let tries = 0; tries < 100 && (await list()).length === 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await list()).toMatchObject([{ trace_id: traceIdOf("secret"), outcome: "success", project: "team-b" }]);
  expect((await operator.call("listTraces", {})).traces).toEqual([]);
});

it("culprit gateway alone asks for its key too, serves while the collector is down, and refuses to listen to everybody", async () => {
  endpoint = await careless();
  const args = ["gateway", "--json", "--upstream", `${endpoint.url}/v1`, "--port", "0", "--url", "http://127.0.0.1:9"];
  const start = (more: string[], env: Record<string, string>) =>
    spawn(process.execPath, [CULPRIT, ...args, ...more], {
      env: { PATH: process.env["PATH"], CULPRIT_LOG_LEVEL: "debug", ...env },
    });
  const open = start(["--host", "0.0.0.0"], {});
  let complaint = "";
  open.stderr.on("data", (text) => (complaint += text));
  expect(await new Promise((resolve) => open.once("exit", resolve))).toBe(2);
  expect(complaint).toMatch(/without a key.*CULPRIT_API_KEY/s);

  const child = start([], { CULPRIT_API_KEY: OPERATOR, CULPRIT_DRAIN_SECONDS: "0.5" });
  let stderr = "";
  child.stderr.on("data", (text) => (stderr += text));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  running.push({
    end: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  });
  const { url } = JSON.parse(
    await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once("line", resolve)),
  ) as { url: string };
  expect((await call(url, "wrong-key-altogether", {})).status).toBe(401);
  expect((await call(url, OPERATOR, {})).status).toBe(200);
  const fromAPage = await fetch(`${url}/v1/models`, {
    method: "POST",
    headers: { origin: "https://evil.example", "x-culprit-key": OPERATOR },
  });
  expect(fromAPage.status).toBe(403);
  expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({
    status: "ok",
    spans: { waiting: 1, open_runs: 1 },
  });
  for (let tries = 0; tries < 50 && !stderr.includes("cannot be delivered"); tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(stderr).toMatch(/cannot be delivered/);
  for (const secret of SECRETS) expect(stderr).not.toContain(secret);
});
