import { execFile } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TraceDetail } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ScriptedEndpoint } from "../unit/instrumentation/scripted-endpoint.ts";
import { culprit, culpritUp, temporaryDirectory, type UpProcess } from "./cli-process.ts";
import { arithmeticEndpoint, TASK, TRUTH } from "./systems/arithmetic.ts";

const directory = temporaryDirectory();
const TEAM = `TEAM_TASK='${TASK}' python3 ${join(import.meta.dirname, "systems", "research_team.py")}`;
let endpoint: ScriptedEndpoint;
let server: UpProcess;
let erring = "Left";

beforeAll(async () => {
  endpoint = await arithmeticEndpoint(() => erring);
  server = await culpritUp(["--data", join(directory, "store")], { CULPRIT_GATEWAY_UPSTREAM: `${endpoint.url}/v1` });
});
afterAll(async () => {
  server.child.kill("SIGKILL");
  await server.ended;
  await endpoint.close();
  rmSync(directory, { recursive: true, force: true });
});

/** One run of the team through the gateway of `culprit up`; its trace id. */
async function record(name: string): Promise<string> {
  const run = `${server.url}/gateway/runs/${name}`;
  const env = { ...process.env, OPENAI_BASE_URL: `${run}/v1` };
  const { stdout } = await promisify(execFile)("sh", ["-c", TEAM], { env });
  const body = JSON.stringify({ success: stdout.includes(TRUTH) });
  const answer = await fetch(`${run}/outcome`, { method: "POST", body });
  return ((await answer.json()) as { trace_id: string }).trace_id;
}

async function shown(traceId: string, ready: (detail: TraceDetail) => boolean = () => true): Promise<TraceDetail> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { stdout, code } = await culprit(["show", traceId, "--json", "--url", server.url]);
    const detail = code === 0 ? (JSON.parse(stdout) as TraceDetail) : undefined;
    if (detail !== undefined && ready(detail)) return detail;
    if (Date.now() > deadline) throw new Error(`it did not happen within 20 s: ${stdout.slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const start = () => [
  "--command",
  TEAM,
  "--upstream",
  `${endpoint.url}/v1`,
  "--expect",
  TRUTH,
  "--json",
  "--url",
  server.url,
];

describe("culprit replay of a Python team behind the gateway", () => {
  it("finds the step, stores every replay as a run of its own, and replays nothing twice", async () => {
    const traceId = await record("failing");
    const detail = await shown(traceId, ({ attributions, complete }) => complete && attributions.length > 0);
    expect(detail.outcome).toBe("failure");
    const step = detail.steps.findIndex(({ agent }) => agent === "Left");
    const corrections = join(directory, "corrections.json");
    writeFileSync(corrections, JSON.stringify([{ step, action: "left 16" }]));
    const replay = () => culprit(["replay", traceId, "--corrections", corrections, "--parallel", "2", ...start()]);
    const { stdout, stderr, code } = await replay();
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({
      trace_id: traceId,
      status: "flipped",
      decisive: { agent: "Left", step, earliest: "proven" },
      placebo: { k: 1, successes: 0 },
    });
    const after = await shown(traceId, ({ annotations }) => annotations.length > 0);
    expect(after.annotations.filter(({ verdict }) => verdict === "confirmed")).toMatchObject([
      { agent: "Left", step, evidence: "counterfactual", correction: "left 16" },
    ]);
    const calls = endpoint.requests.length;
    expect(JSON.parse((await replay()).stdout)).toMatchObject({ status: "flipped" });
    expect(endpoint.requests.length).toBe(calls);
    expect((await shown(traceId)).replays.length).toBe(after.replays.length);

    const flip = after.replays.find(({ status }) => status === "success");
    const compared = await culprit([
      "show",
      traceId,
      "--against",
      flip?.replay_trace_id ?? "",
      "--json",
      "--url",
      server.url,
    ]);
    const comparison = JSON.parse(compared.stdout);
    expect(comparison).toMatchObject({ outcomes: ["failure", "success"], intervention: { kind: "correction", step } });
    const changes = comparison.steps.map(({ change }: { change: string }) => change);
    expect(changes.filter((change: string) => change === "changed")).toHaveLength(2);
    expect(changes.filter((change: string) => change === "same")).toHaveLength(2);
    const text = await culprit(["show", traceId, "--against", flip?.replay_trace_id ?? "", "--url", server.url]);
    expect(text.stdout).toMatch(/◀ correction\n\s+was\s+left 17\n\s+is\s+left 16/);
  }, 300_000);

  it("verifies by policy, and what is verified is left alone", async () => {
    const policy = [
      "replay",
      "--min-confidence",
      "0",
      "--step",
      "0",
      "--correction",
      "double 8, increase 6",
      ...start(),
    ];
    const traceId = await record("by-policy");
    await shown(traceId, ({ attributions }) => attributions.length > 0);
    const { stdout, code } = await culprit([...policy, "--budget", "6"]);
    expect(code).toBe(0);
    const { verdicts } = JSON.parse(stdout);
    expect(verdicts.map((verdict: { trace_id: string }) => verdict.trace_id)).toEqual([traceId]);
  }, 300_000);

  it("puts faults into a good run and labels the runs that fail", async () => {
    erring = "";
    const traceId = await record("good");
    await shown(traceId, ({ complete, outcome }) => complete && outcome === "success");
    const { stdout, code } = await culprit(["inject", traceId, "--operator", "number", "--seed", "3", ...start()]);
    expect(code).toBe(0);
    const { injected } = JSON.parse(stdout);
    const kept = injected.at(-1);
    expect(kept).toMatchObject({ operator: "number", status: "kept" });
    const broken = await shown(kept.trace_id, ({ annotations }) => annotations.length > 0);
    expect(broken).toMatchObject({ outcome: "failure", summary: { replay_of: traceId } });
    expect(broken.annotations).toMatchObject([{ evidence: "injected", step: kept.step, agent: kept.agent }]);
    expect(broken.steps[kept.step]?.content).not.toBe((await shown(traceId)).steps[kept.step]?.content);
    const again = await culprit(["inject", kept.trace_id, ...start()]);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("did not succeed")]);
  }, 300_000);
});
