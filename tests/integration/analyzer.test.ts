import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Analyzer,
  type AnalyzerOptions,
  attributeOnDemand,
  createAnalyzer,
  createTracer,
} from "@culprit/analyzers";
import { type Annotation, parseConfig, type Span } from "@culprit/schemas";
import { openEmbedded, type Store } from "@culprit/store";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createDiscovery, OVERLAP_MS } from "../../analyzers/worker/discover.ts";
import { type ScriptedEndpoint, type ScriptedReply, scriptedEndpoint } from "../unit/analyzers/tracer-endpoint.ts";
import { type SpanSketch, span } from "../unit/analyzers/trajectory-spans.ts";

let directory: string;
let store: Store;
const endpoints: ScriptedEndpoint[] = [];
const analyzers: Analyzer[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "culprit-analyzer-"));
  store = await openEmbedded(directory);
});
afterEach(async () => {
  await Promise.all(analyzers.splice(0).map((analyzer) => analyzer.stop()));
  await Promise.all(endpoints.splice(0).map((endpoint) => endpoint.close()));
});
afterAll(async () => {
  await store?.close();
  await rm(directory, { recursive: true, force: true });
});

const BLAME_CODER: ScriptedReply = { content: "<think>the code is wrong</think><answer>Coder|1</answer>" };
const config = parseConfig({ settle_seconds: 0.2, poll_seconds: 0.05 });

async function scripted(reply: (call: number) => ScriptedReply | Promise<ScriptedReply>) {
  const endpoint = await scriptedEndpoint((_, call) => reply(call));
  endpoints.push(endpoint);
  const tracer = createTracer({ url: endpoint.url, model: "scripted", maxRetries: 0, timeoutMs: 5_000 });
  return { endpoint, tracer };
}

function analyzerOver(options: Partial<AnalyzerOptions> & Pick<AnalyzerOptions, "strategy">): Analyzer {
  const analyzer = createAnalyzer({ store, config, backoffMs: 50, ...options });
  analyzers.push(analyzer);
  return analyzer;
}

let traces = 0;
/** A run of Planner and Coder that failed, under a trace id of its own. */
function run(root: Partial<SpanSketch> = {}): { trace_id: string; root: Span; inner: Span[]; all: Span[] } {
  const trace_id = (0xabc000 + traces++).toString(16).padStart(32, "0");
  const attributes = { "culprit.task": `task ${traces}`, "culprit.outcome": "failure", ...root.attributes };
  const sketches: SpanSketch[] = [
    { id: 1, operation: "invoke_workflow", until: 50, ...root, attributes },
    { id: 2, parent: 1, operation: "invoke_agent", agent: "Planner", until: 20 },
    { id: 3, parent: 2, operation: "chat", output: "plan" },
    { id: 4, parent: 1, operation: "invoke_agent", agent: "Coder", until: 40 },
    { id: 5, parent: 4, operation: "chat", output: "code" },
  ];
  const all = sketches.map((sketch) => ({ ...span(sketch), trace_id }));
  return { trace_id, root: all[0] as Span, inner: all.slice(1), all };
}

const summary = (trace_id: string) => store.readRun("default", trace_id);
const attributions = (trace_id: string) => store.readAttributions("default", trace_id);

function annotation(trace_id: string, more: Partial<Annotation>): Annotation {
  return {
    project: "default",
    annotation_id: `a${++traces}`,
    trace_id,
    agent: "Coder",
    step: 1,
    evidence: "counterfactual",
    verdict: "confirmed",
    reason: "replayed",
    replay_id: "",
    correction: "",
    earliest: "proven",
    placebo_k: 1,
    placebo_successes: 0,
    created_at: new Date().toISOString(),
    ...more,
  };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("did not happen within 10 s");
}

describe("the analyzer", () => {
  it("shows a live run, settles it when the root is in and it is quiet, and attributes it once", async () => {
    const { tracer, endpoint } = await scripted(() => BLAME_CODER);
    const analyzer = analyzerOver({ strategy: tracer });
    const { trace_id, root, inner } = run();

    await store.insertSpans(inner);
    await analyzer.drain();
    expect(await summary(trace_id)).toMatchObject({ settled: false, steps: 2, outcome: "unknown", status: "none" });
    expect(endpoint.requests.length).toBe(0);

    await store.insertSpans([root]);
    expect((await analyzer.tick()).derived).toBe(1);
    expect(await summary(trace_id)).toMatchObject({ settled: false, outcome: "failure", status: "none" });

    await analyzer.drain();
    expect(await summary(trace_id)).toMatchObject({
      settled: true,
      outcome: "failure",
      blamed_agent: "Coder",
      blamed_step: 1,
      confidence: 0.4,
      strategy: "tracer",
      status: "predicted",
      agents: ["Planner", "Coder"],
    });
    expect(await attributions(trace_id)).toMatchObject([{ status: "attributed", reason: "the code is wrong" }]);

    expect(await analyzer.tick()).toEqual({ derived: 0, attributed: 0, waiting: 0 });
    await analyzerOver({ strategy: tracer }).drain();
    expect(endpoint.requests.length).toBe(1);
  });

  it("attributes again when the prompt or the model changed, and leaves other shards alone", async () => {
    const { trace_id, all } = run();
    await store.insertSpans(all);
    const first = await scripted(() => BLAME_CODER);
    await analyzerOver({ strategy: first.tracer }).drain();
    const better = createTracer({ url: first.endpoint.url, model: "better" });
    const shards = ["0/2", "1/2"].map((shard) => analyzerOver({ strategy: better, config: { ...config, shard } }));
    for (const shard of shards) await shard.drain();
    expect((await attributions(trace_id)).length).toBe(2);
    const asked = first.endpoint.requests.filter(({ model }) => model === "better");
    const text = (request: (typeof asked)[number]) => request.messages[1]?.content ?? "";
    expect(new Set(asked.map(text)).size).toBe(asked.length);
  });

  it("leaves runs alone that another strategy attributed, where it is told to", async () => {
    const { trace_id, all } = run();
    await store.insertSpans(all);
    const first = await scripted(() => BLAME_CODER);
    await analyzerOver({ strategy: first.tracer }).drain();
    const other = createTracer({ url: first.endpoint.url, model: "another" });
    await analyzerOver({ strategy: other, config: { ...config, reattribute: false } }).drain();
    expect((await attributions(trace_id)).map(({ strategy_version }) => strategy_version)).toEqual([
      first.tracer.version,
    ]);
    const fresh = run();
    await store.insertSpans(fresh.all);
    await analyzerOver({ strategy: other, config: { ...config, reattribute: false } }).drain();
    expect((await attributions(fresh.trace_id)).length).toBe(1);
  });

  it("tells its backlog, the age of it, what it made, what failed and what it parked", async () => {
    let hold = true;
    const { tracer } = await scripted(async () => {
      while (hold) await new Promise((resolve) => setTimeout(resolve, 10));
      return BLAME_CODER;
    });
    const analyzer = analyzerOver({
      strategy: { ...tracer, version: "metrics" },
      config: { ...config, reattribute: false },
    });
    expect(analyzer.metrics()).toEqual({
      backlog: 0,
      oldest_age_seconds: 0,
      attributed_total: 0,
      failed_total: 0,
      parked: 0,
    });
    await store.insertSpans(run().all);
    analyzer.start();
    await until(async () => analyzer.metrics().backlog === 1 && analyzer.metrics().oldest_age_seconds > 0.3);
    hold = false;
    await until(async () => analyzer.metrics().backlog === 0);
    expect(analyzer.metrics()).toMatchObject({
      attributed_total: 1,
      failed_total: 0,
      parked: 0,
      oldest_age_seconds: 0,
    });
  });

  it("a label that comes while a run is being attributed is not lost when the attribution is saved", async () => {
    let hold = true;
    const { tracer, endpoint } = await scripted(async () => {
      while (hold) await new Promise((resolve) => setTimeout(resolve, 10));
      return BLAME_CODER;
    });
    const { trace_id, all } = run();
    await store.insertSpans(all);
    const strategy = { ...tracer, version: "label" };
    const analyzer = analyzerOver({ strategy, config: { ...config, reattribute: false } });
    analyzer.start();
    await until(async () => endpoint.requests.length === 1);
    await store.saveAnnotation(annotation(trace_id, { agent: "Planner", step: 0 }));
    await until(async () => (await summary(trace_id))?.status === "verified");
    await new Promise((resolve) => setTimeout(resolve, 600));
    hold = false;
    await until(async () => (await attributions(trace_id)).length === 1 && analyzer.metrics().backlog === 0);
    expect(await summary(trace_id)).toMatchObject({ status: "verified", blamed_agent: "Planner" });
  });

  it("runs that an outage parked are tried again once the endpoint answers again", async () => {
    let down = true;
    const { endpoint } = await scripted(() => (down ? { status: 503, body: {} } : BLAME_CODER));
    const tracer = createTracer({ url: endpoint.url, model: "scripted", maxRetries: 0, breaker: { openMs: 1 } });
    const outage = { strategy: { ...tracer, version: "outage" }, config: { ...config, reattribute: false } };
    const analyzer = analyzerOver({ ...outage, maxTries: 1 });
    const runs = Array.from({ length: 5 }, () => run());
    await store.insertSpans(runs.flatMap(({ all }) => all));
    await analyzer.drain();
    expect(analyzer.metrics()).toMatchObject({ parked: 5, failed_total: 5, backlog: 0 });
    down = false;
    const next = run();
    await store.insertSpans(next.all);
    await analyzer.drain();
    expect(analyzer.metrics().parked).toBe(0);
    for (const { trace_id } of [...runs, next])
      expect(await summary(trace_id)).toMatchObject({ blamed_agent: "Coder" });
  });

  it("does not attribute successes, unknown outcomes and replays", async () => {
    const { tracer, endpoint } = await scripted(() => BLAME_CODER);
    const analyzer = analyzerOver({ strategy: tracer });
    await analyzer.drain();
    const before = endpoint.requests.length;
    const success = run({ attributes: { "culprit.outcome": "success" } });
    const unknown = run({ attributes: { "culprit.outcome": "" } });
    const replay = run({ attributes: { "culprit.replay.of": success.trace_id } });
    await store.insertSpans([...success.all, ...unknown.all, ...replay.all]);
    await analyzer.drain();
    expect(endpoint.requests.length).toBe(before);
    expect(await summary(success.trace_id)).toMatchObject({ settled: true, outcome: "success", status: "none" });
    expect(await summary(unknown.trace_id)).toMatchObject({ settled: true, outcome: "unknown", status: "none" });
    expect(await summary(replay.trace_id)).toMatchObject({ replay_of: success.trace_id, status: "none" });
  });

  it("follows outcomes and labels that come later", async () => {
    const { tracer } = await scripted(() => BLAME_CODER);
    const analyzer = analyzerOver({ strategy: tracer });
    const { trace_id, all } = run({ attributes: { "culprit.outcome": "" } });
    await store.insertSpans(all);
    await analyzer.drain();
    expect(await summary(trace_id)).toMatchObject({ status: "none" });

    await store.saveOutcome("default", trace_id, { outcome: "failure", score: 0.5, feedback: "", by: "reported" });
    await analyzer.drain();
    expect(await summary(trace_id)).toMatchObject({ status: "predicted", blamed_agent: "Coder", score: 0.5 });

    await store.saveAnnotation(annotation(trace_id, { verdict: "refuted" }));
    await analyzer.drain();
    expect(await summary(trace_id)).toMatchObject({ status: "refuted", blamed_agent: "Coder" });

    await store.saveAnnotation(annotation(trace_id, { agent: "Planner", step: 0 }));
    await analyzer.drain();
    expect(await summary(trace_id)).toMatchObject({ status: "verified", blamed_agent: "Planner", blamed_step: 0 });

    await store.saveAnnotation(annotation(trace_id, { evidence: "human", step: 1 }));
    await analyzer.drain();
    expect(await summary(trace_id)).toMatchObject({ status: "human", blamed_agent: "Coder", blamed_step: 1 });
  });

  it("a run without an agent step gets a typed result, once", async () => {
    const { tracer, endpoint } = await scripted(() => BLAME_CODER);
    const { trace_id, root } = run();
    await store.insertSpans([root]);
    const analyzer = analyzerOver({ strategy: tracer });
    await analyzer.drain();
    const before = endpoint.requests.length;
    expect(await attributions(trace_id)).toMatchObject([{ status: "no_agent_step", agent: null }]);
    expect(await summary(trace_id)).toMatchObject({ status: "none", blamed_agent: null });
    await analyzer.drain();
    expect(endpoint.requests.length).toBe(before);
  });

  it("a tracer that is down: the fallback answers at once and says so, the tracer when it is back", async () => {
    let down = true;
    const { tracer } = await scripted(() => (down ? { status: 503, body: {} } : BLAME_CODER));
    const second = await scripted(() => ({ content: "<think>guess</think><answer>Planner|0</answer>" }));
    const fallback = { ...second.tracer, name: "other" };
    const { trace_id, all } = run();
    await store.insertSpans(all);
    const analyzer = analyzerOver({ strategy: tracer, fallback });
    await analyzer.drain();
    expect(await attributions(trace_id)).toMatchObject([
      { status: "degraded", cause: "tracer_unavailable", answered_by: "other", strategy: "tracer", agent: "Planner" },
    ]);
    expect((await attributions(trace_id))[0]?.reason).toMatch(/503.* The other answered instead: guess$/);
    expect(await summary(trace_id)).toMatchObject({ status: "predicted", blamed_agent: "Planner" });

    down = false;
    await until(async () => {
      await analyzer.tick();
      return (await summary(trace_id))?.blamed_agent === "Coder";
    });
    expect(await attributions(trace_id)).toMatchObject([{ status: "attributed", agent: "Coder" }]);
  });

  it("a tracer that stays down is asked a few times, then the run is parked with a reason", async () => {
    const { tracer, endpoint } = await scripted(() => ({ status: 500, body: {} }));
    const { trace_id, all } = run();
    await store.insertSpans(all);
    const parked: unknown[] = [];
    const analyzer = analyzerOver({
      strategy: { ...tracer, version: "parked" },
      maxTries: 2,
      backoffMs: 10,
      log: (level, _, details) => level === "error" && parked.push(details?.["trace_id"]),
    });
    await until(async () => {
      await analyzer.tick();
      return parked.includes(trace_id);
    });
    const calls = endpoint.requests.length;
    await analyzer.drain();
    expect(endpoint.requests.length).toBe(calls);
    expect((await attributions(trace_id)).find(({ strategy_version }) => strategy_version === "parked")).toMatchObject({
      status: "tracer_unavailable",
      agent: null,
    });
  });

  it("one run that breaks the strategy does not stop the others", async () => {
    const { tracer } = await scripted(() => BLAME_CODER);
    const [bad, good] = [run(), run()];
    await store.insertSpans([...bad.all, ...good.all]);
    const strategy: typeof tracer = {
      ...tracer,
      version: "breaks",
      attribute: (trajectory, options) => {
        if (trajectory.trace_id === bad.trace_id) throw new Error("a bug");
        return tracer.attribute(trajectory, options);
      },
    };
    await analyzerOver({ strategy, maxTries: 2 }).drain();
    expect(await summary(good.trace_id)).toMatchObject({ status: "predicted", blamed_agent: "Coder" });
    expect(await summary(bad.trace_id)).toMatchObject({ settled: true, status: "none" });
  });

  it("polls by itself; a slow tracer does not hold up other runs; stop leaves nothing half done", async () => {
    const { tracer } = await scripted(() => "hang");
    const analyzer = analyzerOver({ strategy: { ...tracer, version: "slow" } });
    analyzer.start();
    const slow = run();
    await store.insertSpans(slow.all);
    await until(async () => (await summary(slow.trace_id))?.settled === true);
    const other = run({ attributes: { "culprit.outcome": "success" } });
    await store.insertSpans(other.all);
    await until(async () => (await summary(other.trace_id))?.settled === true);
    await analyzer.stop();
    expect(await attributions(slow.trace_id)).toEqual([]);

    const again = await scripted(() => BLAME_CODER);
    await analyzerOver({ strategy: { ...again.tracer, version: "slow" } }).drain();
    expect(await attributions(slow.trace_id)).toMatchObject([{ status: "attributed", agent: "Coder" }]);
  });

  it("keeps as many attributions under way as it may, and no more", async () => {
    let [underWay, most] = [0, 0];
    const { tracer, endpoint } = await scripted(async () => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 200));
      underWay--;
      return BLAME_CODER;
    });
    const runs = Array.from({ length: 8 }, () => run());
    await store.insertSpans(runs.flatMap(({ all }) => all));
    await analyzerOver({ strategy: tracer, concurrency: 4 }).drain();
    expect(endpoint.requests.length).toBeGreaterThanOrEqual(runs.length);
    expect(most).toBe(4);
    for (const { trace_id } of runs) expect(await summary(trace_id)).toMatchObject({ blamed_agent: "Coder" });
  });
});

describe("discovery", () => {
  it("lists every trace, also where more of one moment came than a page holds, and newcomers beside the backlog", async () => {
    const together = Array.from({ length: 7 }, () => run());
    await store.insertSpans(together.flatMap(({ all }) => all));
    await new Promise((resolve) => setTimeout(resolve, 5));
    const apart = [run(), run()];
    for (const { all } of apart) await store.insertSpans(all);

    const discovery = createDiscovery(store, { index: 0, of: 1 }, 2);
    const start = (await store.now()) + OVERLAP_MS * 2;
    const seen = new Set<string>();
    for (let size = -1; size !== seen.size; ) {
      size = seen.size;
      const { fresh, backlog } = await discovery.next(start, true);
      expect(fresh).toEqual([]);
      for (const { trace_id } of backlog) seen.add(trace_id);
    }
    for (const { trace_id } of [...together, ...apart]) expect(seen).toContain(trace_id);

    const following = createDiscovery(store, { index: 0, of: 1 }, 2);
    await following.next(await store.now(), false);
    const late = run();
    await store.insertSpans(late.all);
    const { fresh } = await following.next(await store.now(), false);
    expect(fresh.map(({ trace_id }) => trace_id)).toContain(late.trace_id);
  });
});

describe("attribution on demand", () => {
  const choose = (tracer: ReturnType<typeof createTracer>) => () => ({ strategy: tracer });

  it("answers at once, saves, and the summary follows", async () => {
    const { tracer } = await scripted(() => BLAME_CODER);
    const { trace_id, all } = run();
    await store.insertSpans(all);
    const attribute = attributeOnDemand({ store, choose: choose(tracer) });
    expect(await attribute("default", trace_id)).toMatchObject([{ status: "attributed", agent: "Coder", step: 1 }]);
    expect(await summary(trace_id)).toMatchObject({ settled: false, status: "predicted", blamed_agent: "Coder" });
  });

  it("shows the ground truth when asked, and keeps that result apart", async () => {
    const { tracer, endpoint } = await scripted(() => BLAME_CODER);
    const { trace_id, all } = run({ attributes: { "culprit.task.ground_truth": "4711" } });
    await store.insertSpans(all);
    const attribute = attributeOnDemand({ store, choose: choose(tracer) });
    await attribute("default", trace_id);
    await attribute("default", trace_id, { groundTruth: true });
    expect(endpoint.requests.map(({ messages }) => messages[1]?.content.includes("4711"))).toEqual([false, true]);
    const versions = (await attributions(trace_id)).map(({ strategy_version }) => strategy_version).sort();
    expect(versions).toEqual([tracer.version, `${tracer.version}+ground-truth`]);
  });

  it("says why there is nothing to attribute, and stores nothing", async () => {
    const { tracer, endpoint } = await scripted(() => BLAME_CODER);
    const attribute = attributeOnDemand({ store, choose: choose(tracer) });
    for (const [outcome, status] of [
      ["success", "not_failed"],
      ["", "outcome_unknown"],
    ] as const) {
      const { trace_id, all } = run({ attributes: { "culprit.outcome": outcome } });
      await store.insertSpans(all);
      expect(await attribute("default", trace_id)).toMatchObject([{ status, agent: null, step: null }]);
      expect(await attributions(trace_id)).toEqual([]);
    }
    expect(endpoint.requests.length).toBe(0);
    await expect(attribute("default", "f".repeat(32))).rejects.toMatchObject({ code: "not_found" });
  });
});
