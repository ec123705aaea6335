import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CodingTask,
  oracleFor,
  runTeam,
  type ScriptedEndpoint,
  seededTruth,
  startScriptedEndpoint,
  TASKS,
} from "@culprit/examples";
import { startTracing } from "@culprit/instrumentation";
import { type Client, createClient, type ReplayJob, type TraceDetail } from "@culprit/schemas";
import { Client as McpClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { culpritUp, type UpProcess } from "./cli-process.ts";
import { type EventReader, readEvents } from "./event-reader.ts";

const TARGET = join(import.meta.dirname, "../../examples/dist/coding-team/target.js");
const directory = mkdtempSync(join(tmpdir(), "culprit-rest-replay-"));
let endpoint: ScriptedEndpoint;
let server: UpProcess;
let client: Client;
let events: EventReader;
const failed: { task: CodingTask; detail: TraceDetail; agent: string; step: number }[] = [];

/** Starts the replay target's own process and ends: what a system does that can't be trusted. */
const CRASHING =
  "export async function openReplayTarget() { setTimeout(() => process.exit(7), 10); return new Promise(() => {}); }";

beforeAll(async () => {
  endpoint = await startScriptedEndpoint();
  server = await culpritUp(["--data", join(directory, "store")], {
    CULPRIT_REPLAY_TARGET: JSON.stringify({ module: TARGET, max_replays: 20, timeout_seconds: 20 }),
  });
  client = createClient({ baseUrl: server.url });
  events = await readEvents(server.url);
  const tracing = startTracing({ url: server.url, exitHooks: false });
  for (const task of TASKS) {
    const { decisive } = seededTruth(task);
    if (decisive === null || failed.length === 2) continue;
    const { traceId, outcome } = await runTeam({ task, baseURL: endpoint.baseURL });
    if (outcome.success !== false) continue;
    await tracing.flush();
    const detail = await client.call("getTrace", { trace_id: traceId });
    failed.push({ task, detail, ...decisive });
  }
  await tracing.shutdown();
}, 60_000);
afterAll(async () => {
  await events.close();
  server.child.kill("SIGTERM");
  await server.ended;
  await endpoint.close();
  rmSync(directory, { recursive: true, force: true });
});

const theFailed = (at: number) => {
  const run = failed[at];
  if (run === undefined) throw new Error("no failed run");
  return run;
};

async function over(by: Client, job: ReplayJob): Promise<ReplayJob> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    const { job: now } = await by.call("getReplayJob", { job_id: job.job_id });
    if (now.state !== "queued" && now.state !== "running") return now;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("the replay is not over after a minute");
}

describe("POST /api/v1/traces/ID/replays", () => {
  test("with what a person would rather have had said there, flips the outcome and proves who broke the run", async () => {
    const { task, detail, agent, step } = theFailed(0);
    const original = detail.steps[step];
    if (original === undefined) throw new Error("no such step");
    const better = oracleFor(task)({ step: original });
    const body = {
      step,
      correction: better?.content ?? "",
      ...(better?.tool_calls.length ? { tool_calls: better.tool_calls } : {}),
    };
    const { job } = await client.call("startReplay", { trace_id: detail.trace_id, body });
    expect(job).toMatchObject({ trace_id: detail.trace_id, step, state: "queued", replays: 0, asked_by: "operator" });
    const done = await over(client, job);
    expect(done).toMatchObject({
      state: "done",
      error: null,
      verdict: { status: "flipped", decisive: { agent, step }, placebo: { successes: 0 } },
    });
    expect(done.replays).toBeGreaterThanOrEqual(4);

    const after = await client.call("getTrace", { trace_id: detail.trace_id });
    expect(after.annotations).toMatchObject([{ agent, step, evidence: "counterfactual", verdict: "confirmed" }]);
    const flip = after.replays.find(({ status }) => status === "success");
    expect(flip?.intervention).toMatchObject({ kind: "correction", step, agent, oracle: "person" });
    expect((await client.call("getTrace", { trace_id: flip?.replay_trace_id ?? "" })).outcome).toBe("success");
    await events.next((event) => event.type === "replay_job" && event.job_id === job.job_id && event.state === "done");
    await events.next((event) => event.type === "replay" && event.replay_id === flip?.replay_id);
    await events.next(
      (event) => event.type === "run" && event.trace_id === detail.trace_id && event.status === "verified",
    );
    expect((await client.call("listReplayJobs", { trace_id: detail.trace_id })).jobs).toEqual([done]);
  });

  test("with something as wrong does not, and says nothing of the steps that were not asked for", async () => {
    const { detail, step } = theFailed(1);
    const { job } = await client.call("startReplay", {
      trace_id: detail.trace_id,
      body: { step, correction: "I do not know." },
    });
    const { verdict, state } = await over(client, job);
    expect(state).toBe("done");
    expect(verdict?.status).not.toBe("flipped");
    expect((await client.call("getTrace", { trace_id: detail.trace_id })).annotations).toEqual([]);
  });

  test("of a coding agent over MCP, where it may write: the target proposes the correction", async () => {
    const { detail, agent, step } = theFailed(1);
    const connected = async (path: string) => {
      const mcp = new McpClient({ name: "test", version: "1" });
      const transport = new StreamableHTTPClientTransport(new URL(path, server.url));
      await mcp.connect(transport as Parameters<McpClient["connect"]>[0]);
      return mcp;
    };
    const reader = await connected("/mcp");
    expect((await reader.listTools()).tools.map(({ name }) => name)).not.toContain("replay_step");
    await reader.close();
    const writer = await connected("/mcp?write=1");
    const { content } = (await writer.callTool({
      name: "replay_step",
      arguments: { trace_id: detail.trace_id, step },
    })) as {
      content: { text: string }[];
    };
    const job = JSON.parse(content[0]?.text ?? "") as ReplayJob;
    expect(job).toMatchObject({
      state: "done",
      correction: null,
      verdict: { status: "flipped", decisive: { agent, step } },
    });
    await writer.close();
  });

  test("refuses what it could not run", async () => {
    const { detail } = theFailed(0);
    const { replays } = await client.call("status");
    expect(replays).toEqual({ available: true, proposes: true });
    const environment = detail.steps.findIndex(({ role }) => role !== "agent");
    await expect(
      client.call("startReplay", { trace_id: detail.trace_id, body: { step: environment, correction: "x" } }),
    ).rejects.toMatchObject({ code: "no_such_step" });
    await expect(
      client.call("startReplay", { trace_id: "0".repeat(32), body: { step: 0, correction: "x" } }),
    ).rejects.toMatchObject({ code: "not_found" });
  });
});

test("a system that takes its process down leaves the collector up, and the replay says that it failed", async () => {
  const module = join(directory, "crashing.mjs");
  writeFileSync(module, CRASHING);
  const own = await culpritUp(["--data", join(directory, "other")], { CULPRIT_REPLAY_TARGET: module });
  try {
    const there = createClient({ baseUrl: own.url });
    const tracing = startTracing({ url: own.url, exitHooks: false });
    const { task, step } = theFailed(0);
    const { traceId } = await runTeam({ task, baseURL: endpoint.baseURL });
    await tracing.shutdown();
    const { job } = await there.call("startReplay", { trace_id: traceId, body: { step, correction: "x" } });
    expect(await over(there, job)).toMatchObject({ state: "failed", error: { code: "replay_failed" }, verdict: null });
    expect((await there.call("status")).runs).toBeGreaterThan(0);
  } finally {
    own.child.kill("SIGTERM");
    await own.ended;
  }
});
