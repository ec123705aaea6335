import { rmSync } from "node:fs";
import { buildTrajectory } from "@culprit/analyzers";
import { createCollector } from "@culprit/collector";
import { type Client, createClient, parseConfig, type Span } from "@culprit/schemas";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openParts, type Parts } from "../../cli/parts.ts";
import { shadowOf } from "../../cli/shadow.ts";
import { type ScriptedEndpoint, type ScriptedReply, scriptedEndpoint } from "../unit/analyzers/tracer-endpoint.ts";
import { type SpanSketch, span } from "../unit/analyzers/trajectory-spans.ts";
import { temporaryDirectory } from "./cli-process.ts";
import { anAttribution, aRun, isoAgo, project, traceId } from "./store-rows.ts";

const PLANNER: ScriptedReply = { content: "<think>the plan is wrong</think><answer>Planner|0</answer>" };
const CODER: ScriptedReply = { content: "<think>the code is wrong</think><answer>Coder|1</answer>" };

let runs = 0;
/** A failed run of Planner and Coder, under a trace id of its own. */
function failedRun(): { trace_id: string; spans: Span[] } {
  const trace_id = (0x5d0000 + ++runs).toString(16).padStart(32, "0");
  const attributes = { "culprit.task": `task ${runs}`, "culprit.outcome": "failure" };
  const sketches: SpanSketch[] = [
    { id: 1, operation: "invoke_workflow", until: 50, attributes },
    { id: 2, parent: 1, operation: "invoke_agent", agent: "Planner", until: 20 },
    { id: 3, parent: 2, operation: "chat", output: "plan" },
    { id: 4, parent: 1, operation: "invoke_agent", agent: "Coder", until: 40 },
    { id: 5, parent: 4, operation: "chat", output: "code" },
  ];
  return { trace_id, spans: sketches.map((sketch) => ({ ...span(sketch), trace_id })) };
}

describe("a shadow tracer beside the one in use", () => {
  let data: string;
  let parts: Parts;
  let client: Client;
  let main: ScriptedEndpoint;
  let shadow: ScriptedEndpoint;
  let answer: (call: number) => ScriptedReply | Promise<ScriptedReply>;
  const logged: string[] = [];
  const settings = () => ({
    data,
    settle_seconds: 0.2,
    poll_seconds: 0.05,
    tracer_url: main.url,
    tracer_model: "old",
    shadow_tracer_url: shadow.url,
    shadow_tracer_model: "new",
    shadow_tracer_timeout_seconds: 5,
  });
  const open = async (more: Record<string, unknown> = {}) => {
    const config = parseConfig({}, {}, { ...settings(), ...more });
    parts = await openParts(config, (level, message) => logged.push(`${level} ${message}`), { trusted: true });
    client = createClient({
      baseUrl: "http://localhost",
      fetch: async (request) => await parts.collector.app.fetch(request),
    });
    parts.analyzer.start();
  };

  beforeEach(async () => {
    data = temporaryDirectory();
    answer = () => PLANNER;
    logged.length = 0;
    main = await scriptedEndpoint(() => CODER);
    shadow = await scriptedEndpoint((_, call) => answer(call));
  });
  afterEach(async () => {
    await parts.close();
    await Promise.all([main.close(), shadow.close()]);
    rmSync(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });
  const since = "9999d";
  const list = async () => (await client.call("listShadow", { since })).attributions;
  const detail = (trace_id: string) => client.call("getTrace", { trace_id });

  it("is asked after the main answer, is kept apart, and blames nobody", async () => {
    await open();
    const { trace_id, spans } = failedRun();
    await parts.store.insertSpans(spans);
    await expect.poll(list, { timeout: 10_000 }).toHaveLength(1);
    const [said] = await list();
    expect(said).toMatchObject({
      trace_id,
      shadow: true,
      tracer: "tracer:new",
      agent: "Planner",
      step: 0,
      reason: "the plan is wrong",
      main: { strategy: "tracer", agent: "Coder", step: 1 },
    });
    const run = await detail(trace_id);
    expect(run.summary).toMatchObject({
      blamed_agent: "Coder",
      blamed_step: 1,
      status: "predicted",
      strategy: "tracer",
    });
    expect(run.attributions).toHaveLength(1);
    const everything = JSON.stringify([
      run,
      await client.call("getFeedback", { trace_id }),
      await client.call("listTraces", { since }),
      await client.call("listGroups", { since }),
      await client.call("listAgents", { since }),
      await client.call("strategyFigures", { since }),
      await client.call("costFigures", { since }),
    ]);
    expect(everything).not.toContain("the plan is wrong");
    expect(everything).not.toContain("tracer:new");
    expect([main.requests.map(({ model }) => model), shadow.requests.map(({ model }) => model)]).toEqual([
      ["old"],
      ["new"],
    ]);
    expect((await client.call("listShadow", { since, agrees: "yes" })).attributions).toEqual([]);
    expect((await client.call("listShadow", { since, agrees: "no", trace_id })).attributions).toHaveLength(1);
    // What was asked once is not asked again, also after a restart.
    await parts.close();
    await open();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(shadow.requests).toHaveLength(1);
  });

  it("never holds up the main tracer, however slow it is", async () => {
    const held: ((reply: ScriptedReply) => void)[] = [];
    answer = () => new Promise((resolve) => held.push(resolve));
    await open({ shadow_tracer_concurrency: 1 });
    const made = Array.from({ length: 12 }, failedRun);
    await parts.store.insertSpans(made.flatMap(({ spans }) => spans));
    const blamed = async () => (await client.call("listTraces", { since, status: "predicted" })).traces.length;
    await expect.poll(blamed, { timeout: 10_000 }).toBe(12);
    expect(held).toHaveLength(1);
    expect(await list()).toEqual([]);
    answer = () => PLANNER;
    for (const go of held) go(PLANNER);
    await expect.poll(async () => (await list()).length, { timeout: 10_000 }).toBe(12);
  });

  it("that is away is left alone for a while, and asked again when it is back; the main answers stand", async () => {
    answer = () => ({ status: 500, body: {}, headers: { "x-should-retry": "false" } });
    await open();
    const { trace_id, spans } = failedRun();
    await parts.store.insertSpans(spans);
    await expect.poll(() => shadow.requests.length, { timeout: 10_000 }).toBeGreaterThan(0);
    await expect.poll(async () => (await detail(trace_id)).summary?.status, { timeout: 10_000 }).toBe("predicted");
    expect(await list()).toEqual([]);
    expect(logged).toContain("warn the shadow tracer will be asked again");
    // A restart forgets how long it was to be left alone.
    await parts.close();
    answer = () => PLANNER;
    await open();
    await expect.poll(list, { timeout: 10_000 }).toHaveLength(1);
  });

  it("stays within its own budget", async () => {
    await open({
      shadow_tracer_price_input_per_million: 1,
      shadow_tracer_price_output_per_million: 1,
      shadow_tracer_daily_cost_limit: 0.000001,
    });
    const { trace_id, spans } = failedRun();
    await parts.store.insertSpans(spans);
    await expect.poll(async () => (await detail(trace_id)).summary?.status, { timeout: 10_000 }).toBe("predicted");
    await expect.poll(() => logged.join(), { timeout: 10_000 }).toContain("the shadow tracer will be asked again");
    expect([main.requests.length, shadow.requests.length]).toEqual([1, 0]);
  });

  it("is asked about the share of runs that is set, by every process about the same ones", async () => {
    await open({ shadow_tracer_share: 0.5 });
    const ids = Array.from({ length: 60 }, () => traceId());
    await parts.store.saveAttributions(ids.map((trace_id) => anAttribution({ trace_id })));
    await parts.store.saveRuns(ids.map((trace_id) => aRun({ trace_id })));
    const options = { tracer: "t", strategy_version: "1", shard: { index: 0, of: 1 }, within_seconds: 100, limit: 100 };
    const chosen = async (share: number) =>
      (await parts.store.shadow.wanted({ ...options, share })).map(({ trace_id }) => trace_id).sort();
    const half = await chosen(0.5);
    expect(half.length).toBeGreaterThan(10);
    expect(half.length).toBeLessThan(50);
    expect(await chosen(0.5)).toEqual(half);
    expect(await chosen(0)).toEqual([]);
    expect(await chosen(1)).toHaveLength(60);
  });

  it("must be a strategy that asks an endpoint", async () => {
    await open();
    const config = parseConfig({}, {}, { ...settings(), shadow_tracer_strategy: "ranker" });
    expect(() => shadowOf(config, parts.store, () => undefined)).toThrow(/can't be the ranker/);
  });
});

describe("figures of a shadow tracer", () => {
  let data: string;
  let parts: Parts;
  beforeAll(async () => {
    data = temporaryDirectory();
    parts = await openParts(parseConfig({}, {}, { data }), () => undefined, { trusted: true });
  });
  afterAll(async () => {
    await parts.close();
    rmSync(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  it("count how often it agrees with the main blame, and who is right where the truth is known", async () => {
    const owner = project();
    /** Label, main and shadow blame by step of one run; null where there is none. The agent is the step's. */
    const cases: [status: "predicted" | "verified" | "human", truth: number, main: number, shadow: number | null][] = [
      ["verified", 0, 0, 0],
      ["verified", 0, 1, 0],
      ["verified", 2, 0, 2],
      ["verified", 2, 2, 1],
      ["verified", 1, 0, null],
      ["human", 1, 1, 0],
      ["predicted", 9, 2, 2],
    ];
    const agents = ["Planner", "Coder", "Planner"];
    const at = isoAgo(100);
    for (const [status, truth, main, shadow] of cases) {
      const base = { project: owner, trace_id: traceId() };
      const label = { blamed_agent: agents[truth] ?? "Coder", blamed_step: truth, confidence: null };
      await parts.store.saveRuns([aRun({ ...base, status, ...label, started_at: at })]);
      await parts.store.saveAttributions([anAttribution({ ...base, agent: agents[main] ?? "", step: main })]);
      const said = { agent: shadow === null ? null : (agents[shadow] ?? null), step: shadow };
      const answer = anAttribution({
        ...base,
        ...said,
        strategy: "tracer",
        status: shadow === null ? "abstained" : "attributed",
        input_tokens: 100,
        output_tokens: 10,
        duration_ms: 2_000,
      });
      await parts.store.shadow.save([{ ...answer, shadow: true, tracer: "tracer:new" }]);
    }
    const config = parseConfig({}, {}, { data, project: owner });
    const collector = createCollector({ store: parts.store, config, buildTrajectory, trusted: true });
    const client = createClient({
      baseUrl: "http://localhost",
      fetch: async (request) => await collector.app.fetch(request),
    });
    const { tracers } = await client.call("shadowFigures");
    const share = (k: number, n: number) => expect.objectContaining({ k, n });
    expect(tracers).toEqual([
      {
        tracer: "tracer:new",
        strategy_version: "1",
        runs: 7,
        statuses: { attributed: 6, abstained: 1 },
        agreement: { agent: share(3, 6), step: share(2, 6) },
        truth: [
          {
            evidence: "verified",
            runs: 5,
            shadow: { agent: share(3, 5), step: share(3, 5) },
            main: { agent: share(3, 5), step: share(2, 5) },
            both: 1,
            only_main: 1,
            only_shadow: 2,
            neither: 1,
          },
          {
            evidence: "human",
            runs: 1,
            shadow: { agent: share(0, 1), step: share(0, 1) },
            main: { agent: share(1, 1), step: share(1, 1) },
            both: 0,
            only_main: 1,
            only_shadow: 0,
            neither: 0,
          },
        ],
        input_tokens: 700,
        output_tokens: 70,
        seconds: 2,
      },
    ]);
    await collector.stop();
  });
});
