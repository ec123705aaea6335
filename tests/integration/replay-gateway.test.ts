import { spawn } from "node:child_process";
import { join } from "node:path";
import {
  buildTrajectory,
  commandDriver,
  type Driver,
  type ExternalDriver,
  exactMatch,
  functionDriver,
  type GatewayDriverOptions,
  gatewayDriver,
  httpDriver,
  type Oracle,
  replayRun,
  searchDecisive,
} from "@culprit/analyzers";
import { collectorExporter, traceIdOf } from "@culprit/instrumentation/gateway";
import { messageText, type Trajectory } from "@culprit/schemas";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveApp } from "../unit/analyzers/serve-app.ts";
import type { ScriptedEndpoint } from "../unit/instrumentation/scripted-endpoint.ts";
import { type Running, startCollector } from "./collector-harness.ts";
import { startGateway } from "./gateway-harness.ts";
import { AGENTS, answerOf, arithmeticEndpoint, TASK, TRUTH } from "./systems/arithmetic.ts";

const TEAM = join(import.meta.dirname, "systems", "research_team.py");
let collector: Running;
let endpoint: ScriptedEndpoint;
/** The agent whose every answer is off by one; the others do as they are told. */
let erring = "";

beforeAll(async () => {
  collector = await startCollector();
  endpoint = await arithmeticEndpoint(() => erring);
});
afterAll(async () => {
  await endpoint.close();
  await collector.close();
});

const python = (options: { env?: Record<string, string> } = {}): ExternalDriver =>
  commandDriver({ command: `python3 ${TEAM}`, ...options });

const behind = (start: ExternalDriver, options: Partial<GatewayDriverOptions> = {}): Driver =>
  gatewayDriver({
    start,
    upstream: `${endpoint.url}/v1`,
    exporter: () => collectorExporter({ url: collector.url }),
    evaluator: exactMatch(TRUTH),
    ...options,
  });

let recorded = 0;
/** One run of the team by hand, as its people run it, with the recording gateway as its base URL. */
async function record(mistakes: string, env: Record<string, string> = {}): Promise<Trajectory> {
  erring = mistakes;
  const gateway = await startGateway(`${endpoint.url}/v1`, collector);
  const name = `original-${++recorded}`;
  const child = spawn("python3", [TEAM], {
    env: { PATH: process.env["PATH"], OPENAI_BASE_URL: `${gateway.url}/runs/${name}/v1`, TEAM_TASK: TASK, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (text: Buffer) => {
    output += text.toString("utf8");
  });
  await new Promise((resolve) => child.once("close", resolve));
  const success = output.includes(TRUTH);
  await fetch(`${gateway.url}/runs/${name}/outcome`, { method: "POST", body: JSON.stringify({ success }) });
  await gateway.close();
  const spans = (await collector.collector.app.request(`/api/v1/traces/${traceIdOf(name)}/spans`)).json();
  // Who recorded the run knows what it was about.
  return { ...buildTrajectory(((await spans) as { spans: [] }).spans), task: TASK };
}

const stored = async (traceId: string): Promise<Trajectory> => {
  const answer = await collector.collector.app.request(`/api/v1/traces/${traceId}/spans`);
  return buildTrajectory(((await answer.json()) as { spans: [] }).spans);
};

/** Does an agent's work again, by what its step was told, without the slip. */
const oracle: Oracle = ({ step }) => {
  const right = answerOf(step.agent, messageText(step.input.at(-1) ?? { role: "user", parts: [] }));
  return right === step.content ? null : right;
};

describe("replaying a Python team that knows nothing of it, two agents of it in parallel", () => {
  it.each(AGENTS)(
    "finds the mistake of the %s, and proves it to be the earliest",
    async (agent) => {
      const trajectory = await record(agent);
      expect(trajectory.outcome.outcome).toBe("failure");
      expect(trajectory.steps.map((step) => step.agent).sort()).toEqual([...AGENTS].sort());
      const { verdict, replays, annotation } = await searchDecisive({
        trajectory,
        driver: behind(python()),
        oracle,
        mode: agent === "Left" ? "exhaustive" : "guided",
        candidates: [trajectory.steps.length - 1],
      });
      const step = trajectory.steps.findIndex((one) => one.agent === agent);
      expect(verdict).toMatchObject({ status: "flipped", decisive: { agent, step, earliest: "proven" } });
      expect(verdict.placebo).toEqual({ k: 1, successes: 0 });
      expect(annotation).toMatchObject({ agent, step, verdict: "confirmed" });
      const flip = replays.find(({ status }) => status === "success");
      const run = await stored(flip?.replay_trace_id ?? "");
      expect(run).toMatchObject({ replay_of: trajectory.trace_id, task: TASK, outcome: { outcome: "success" } });
      expect(run.steps.find((one) => one.agent === agent)?.content).toBe(flip?.intervention.action);
    },
    60_000,
  );

  it("makes no live call before the intervention, and none at all where only its answer counts", async () => {
    const trajectory = await record("Writer");
    const before = endpoint.requests.length;
    const last = trajectory.steps.at(-1);
    if (last === undefined) throw new Error("no step");
    const intervention = {
      kind: "correction",
      step: last.index,
      agent: last.agent,
      action: "the sum is 23 - 1",
      oracle: "person",
    } as const;
    const { replay } = await replayRun({ trajectory, intervention, driver: behind(python()) });
    expect(replay).toMatchObject({ status: "failure", reason: "The answer is not the expected one." });
    expect(endpoint.requests.length).toBe(before);
  }, 30_000);
});

describe("other ways to start a system", () => {
  /** The team once more, as a function of its base URL. */
  async function team({ baseUrl, task }: { baseUrl: string; task: string }): Promise<string> {
    const ask = async (agent: string, text: string): Promise<string> => {
      const messages = [
        { role: "system", content: `You are the ${agent}.` },
        { role: "user", content: text },
      ];
      const response = await fetch(`${baseUrl}/chat/completions`, {
        method: "POST",
        body: JSON.stringify({ model: "scripted-1", messages }),
      });
      if (!response.ok) throw new Error(`the model answered ${response.status}`);
      const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
      return choices[0]?.message.content ?? "";
    };
    const stamp = `asked ${new Date().toISOString()}, ticket ${crypto.randomUUID()}, notes in /tmp/team-x/notes.txt`;
    const plan = await ask("Planner", `${task} (${stamp})`);
    const [right, left] = await Promise.all([ask("Right", plan), ask("Left", plan)]);
    return ask("Writer", `${left} and ${right}`);
  }

  it("are a function", async () => {
    const trajectory = await record("Right");
    const driver = behind(functionDriver(async (context) => ({ answer: await team(context) })));
    const { verdict } = await searchDecisive({ trajectory, driver, oracle });
    expect(verdict).toMatchObject({ status: "flipped", decisive: { agent: "Right", earliest: "proven" } });
  }, 60_000);

  it.each(["answers when it is over", "answers at once and reports later"])(
    "are a hook that %s",
    async (how) => {
      const trajectory = await record("Left");
      const app = new Hono();
      app.post("/again", async (c) => {
        const asked = await c.req.json();
        if (c.req.header("authorization") !== "Bearer hook") return c.json({}, 401);
        const work = team({ baseUrl: asked.base_url, task: asked.task });
        if (how.includes("over")) return c.json({ answer: await work });
        void work.then((answer) =>
          fetch(`${asked.run_url}/outcome`, { method: "POST", body: JSON.stringify({ success: answer === TRUTH }) }),
        );
        return c.body(null, 202);
      });
      const hook = await serveApp(app);
      const start = httpDriver({ url: `${hook.url}/again`, headers: { authorization: "Bearer hook" } });
      const driver = how.includes("over")
        ? behind(start)
        : gatewayDriver({
            start,
            upstream: `${endpoint.url}/v1`,
            exporter: () => collectorExporter({ url: collector.url }),
          });
      const { verdict } = await searchDecisive({ trajectory, driver, oracle });
      expect(verdict).toMatchObject({ status: "flipped", decisive: { agent: "Left", earliest: "proven" } });
      const refused = behind(httpDriver({ url: `${hook.url}/again` }));
      const unknown = await searchDecisive({ trajectory, driver: refused, oracle });
      expect(unknown.verdict).toMatchObject({ status: "unknown", reason: expect.stringContaining("answered 401") });
      await hook.close();
    },
    60_000,
  );
});

describe("what can go wrong has a name, and is never a label", () => {
  const search = async (
    env: Record<string, string>,
    options: { recordedWith?: Record<string, string>; timeoutMs?: number } = {},
  ) => {
    const trajectory = await record("Writer", options.recordedWith ?? {});
    const { verdict, annotation } = await searchDecisive({
      trajectory,
      driver: behind(python({ env })),
      oracle,
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    });
    if (verdict.status !== "flipped") expect(annotation).toBeNull();
    return verdict;
  };

  it("a changed system", async () => {
    const { status, reason } = await search({ TEAM_DRIFT: "1" });
    expect(status).toBe("invalid");
    expect(reason).toMatch(
      /no longer does what.*Asking step 0, message 2 differs: it was "user: double 8.*and is "user: Please: double 8/s,
    );
  }, 30_000);

  it.each([
    ["a system that ignores the base URL", () => ({ TEAM_ENDPOINT: `${endpoint.url}/v1` })],
    ["a system that never calls the model", () => ({ TEAM_SILENT: "1" })],
  ])(
    "%s",
    async (_name, env) => {
      const { status, reason } = await search(env());
      expect(status).toBe("invalid");
      expect(reason).toBe("No model call arrived: the system makes none, or does not use the base URL it is given.");
    },
    30_000,
  );

  it("a system that breaks", async () => {
    const { status, reason } = await search({ TEAM_CRASH: "1" });
    expect(status).toBe("unknown");
    expect(reason).toContain("RuntimeError: the team fell apart");
  }, 30_000);

  it("a system that never ends is ended", async () => {
    const { status, reason } = await search({ TEAM_HANG: "1" }, { timeoutMs: 1500 });
    expect(status).toBe("unknown");
    expect(reason).toContain("longer than 1500 ms");
  }, 30_000);

  it("an agent that asks the same again and again is answered in order", async () => {
    const verdict = await search({ TEAM_LOOP: "1" }, { recordedWith: { TEAM_LOOP: "1" } });
    // Correcting one of the three does not help: the last one is what counts.
    expect(verdict).toMatchObject({ status: "flipped", decisive: { agent: "Writer", step: 5, earliest: "proven" } });
  }, 60_000);

  it("a client that asks again because it lost the answer gets the same one", async () => {
    expect(await search({ TEAM_RETRY: "1" })).toMatchObject({ status: "flipped", decisive: { agent: "Writer" } });
  }, 30_000);

  it("a message of half a megabyte is replayed like any other; one of five is recorded cut, and so says nothing", async () => {
    const big = (bytes: string) => ({ TEAM_BIG: bytes });
    const whole = await search(big("500000"), { recordedWith: big("500000") });
    expect(whole).toMatchObject({ status: "flipped", decisive: { agent: "Writer" } });
    const cut = await search(big("5000000"), { recordedWith: big("5000000") });
    expect(cut).toMatchObject({ status: "invalid", reason: expect.stringContaining("step 0 is cut short") });
  }, 60_000);

  it("a run without recorded content", async () => {
    const trajectory = await record("Writer");
    const bare = { ...trajectory, steps: trajectory.steps.map((step) => ({ ...step, input: [] })) };
    const { verdict } = await searchDecisive({ trajectory: bare, driver: behind(python()), oracle });
    expect(verdict).toMatchObject({ status: "invalid", reason: expect.stringContaining("is not recorded") });
  }, 30_000);

  it("an outcome that nobody tells", async () => {
    const trajectory = await record("Writer");
    const driver = gatewayDriver({
      start: python({ env: { TEAM_QUIET: "1" } }),
      upstream: `${endpoint.url}/v1`,
      exporter: () => collectorExporter({ url: collector.url }),
    });
    const { verdict } = await searchDecisive({ trajectory, driver, oracle });
    expect(verdict).toMatchObject({ status: "unknown", reason: expect.stringContaining("without saying whether") });
  }, 30_000);
});
