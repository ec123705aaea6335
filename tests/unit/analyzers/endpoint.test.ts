import {
  attributeTrajectory,
  createEndpoint,
  createRanker,
  createStrategy,
  createTracer,
  type EndpointOptions,
  isTransient,
  loadRankerWeights,
} from "@culprit/analyzers";
import { afterEach, describe, expect, it } from "vitest";
import {
  type ScriptedEndpoint,
  type ScriptedReply,
  type ScriptedRequest,
  type ScriptedServer,
  scriptedEndpoint,
} from "./tracer-endpoint.ts";
import { failedRun } from "./tracer-runs.ts";

const ranker = createRanker(loadRankerWeights());
const run = failedRun(["Planner: plan", "Coder: code", "(python): error", "Planner: done"]);
const RIGHT: ScriptedReply = { content: "<think>it is the code</think><answer>Coder|1</answer>" };
const PROMPT = { system: "s", user: "u" };

const open: ScriptedEndpoint[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((endpoint) => endpoint.close()));
});

type Script = (request: ScriptedRequest, call: number) => ScriptedReply | Promise<ScriptedReply>;

async function endpointOver(script: Script, options: Partial<EndpointOptions> = {}, server: ScriptedServer = {}) {
  const scripted = await scriptedEndpoint(script, server);
  open.push(scripted);
  return { scripted, endpoint: createEndpoint({ url: scripted.url, model: "scripted", maxRetries: 0, ...options }) };
}

function user(request: ScriptedRequest | undefined): string {
  return request?.messages[1]?.content ?? "";
}

describe("what all who ask an endpoint share", () => {
  it("its slots: no more requests at a time than allowed, over all strategies", async () => {
    let [underWay, most] = [0, 0];
    const { endpoint, scripted } = await endpointOver(
      async () => {
        most = Math.max(most, ++underWay);
        await new Promise((resolve) => setTimeout(resolve, 20));
        underWay--;
        return RIGHT;
      },
      { concurrency: 3 },
    );
    const tracers = [createTracer({ endpoint }), createTracer({ endpoint })];
    await Promise.all(Array.from({ length: 12 }, (_, at) => tracers[at % 2]?.attribute(run)));
    expect([scripted.requests.length, most]).toEqual([12, 3]);
  });

  it("its circuit breaker: opened by one strategy, closed for all when a call succeeds again", async () => {
    let [clock, down] = [0, true];
    const { endpoint, scripted } = await endpointOver(() => (down ? { status: 500, body: {} } : RIGHT), {
      breaker: { failures: 2, openMs: 1_000 },
      cost: { now: () => clock },
    });
    const [first, second] = [createTracer({ endpoint }), createStrategy("a2p", { ranker, endpoint })];
    await first.attribute(run);
    await first.attribute(run);
    expect([endpoint.breaker(), scripted.requests.length]).toEqual(["open", 2]);
    expect(await second.attribute(run)).toMatchObject({
      status: "tracer_unavailable",
      reason: expect.stringContaining("failed 2 times in a row"),
    });
    expect(scripted.requests.length).toBe(2);
    clock = 1_000;
    await first.attribute(run);
    expect([endpoint.breaker(), scripted.requests.length]).toEqual(["open", 3]);
    [clock, down] = [2_000, false];
    expect(await first.attribute(run)).toMatchObject({ status: "attributed" });
    expect(endpoint.breaker()).toBe("closed");
  });

  it("refused and overlong requests are no failures of the endpoint", async () => {
    const { endpoint } = await endpointOver(() => ({ status: 400, body: { error: { message: "temperature?" } } }), {
      breaker: { failures: 1, openMs: 1_000 },
    });
    await endpoint.complete(PROMPT);
    expect(endpoint.breaker()).toBe("closed");
  });

  it("a model that does not let itself be sampled is asked without, and not told again", async () => {
    const { endpoint, scripted } = await endpointOver(({ temperature }) =>
      temperature === undefined
        ? RIGHT
        : { status: 400, body: { error: { message: "Unsupported value: 'temperature' does not support 0.6." } } },
    );
    for (let at = 0; at < 2; at++) expect(await endpoint.complete(PROMPT)).toMatchObject({ ok: true });
    expect(scripted.requests.map(({ temperature, seed }) => [temperature, seed])).toEqual([
      [0.6, 0],
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  it("an answer that breaks off is asked for again, with backoff", async () => {
    const { endpoint, scripted } = await endpointOver((_, call) => (call === 1 ? "break" : RIGHT), { maxRetries: 1 });
    expect(await endpoint.complete(PROMPT)).toMatchObject({ ok: true });
    expect(scripted.requests.length).toBe(2);
  });

  it("a request that waits for a slot can be cancelled", async () => {
    const { endpoint, scripted } = await endpointOver(() => "hang", { concurrency: 1 });
    const controller = new AbortController();
    const [holding, waiting] = [new AbortController(), controller].map(({ signal }) =>
      endpoint.complete(PROMPT, { signal }),
    );
    holding?.catch(() => {});
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect(scripted.requests.length).toBeLessThanOrEqual(1);
  });
});

describe("cost ceilings", () => {
  /** A hundred tokens in and ten out, at these prices: 1.5 a call. */
  const prices = { input: 10_000, output: 50_000 };

  it("of a day, over all runs; a new day begins anew", async () => {
    let clock = Date.UTC(2026, 0, 1, 12);
    const { endpoint, scripted } = await endpointOver(() => RIGHT, {
      cost: { prices, dayLimit: 25, now: () => clock },
    });
    const tracer = createTracer({ endpoint });
    let answered = 0;
    for (let at = 0; at < 20; at++) if ((await tracer.attribute(run)).status === "attributed") answered++;
    expect(answered).toBe(scripted.requests.length);
    expect(answered).toBeGreaterThan(5);
    expect(answered).toBeLessThan(17);
    expect(endpoint.spentToday()).toBeCloseTo(1.5 * answered);
    expect(endpoint.spentToday()).toBeLessThanOrEqual(25);
    const refused = await attributeTrajectory(run, tracer, { fallback: ranker });
    expect(refused).toMatchObject({ status: "degraded", reason: expect.stringContaining("cost limit of today, 25") });
    expect(isTransient(refused)).toBe(true);
    clock += 86_400_000;
    expect(endpoint.spentToday()).toBe(0);
    expect(await tracer.attribute(run)).toMatchObject({ status: "attributed" });
  });

  it("of a run, over all its calls; asking again is no use", async () => {
    const no: ScriptedReply = { content: '{"error": false}' };
    const { endpoint, scripted } = await endpointOver(() => no, { cost: { prices, runLimit: 12 } });
    const strategy = createStrategy("step-by-step", { ranker, endpoint });
    const long = failedRun(Array.from({ length: 20 }, (_, at) => `Agent: ${at}`));
    const answer = await attributeTrajectory(long, strategy, { fallback: ranker });
    expect(answer).toMatchObject({
      status: "degraded",
      reason: expect.stringContaining("reached its cost limit of 12"),
    });
    expect(isTransient(answer)).toBe(false);
    expect(scripted.requests.length).toBeLessThan(8);
    expect(await strategy.attribute(long, { budget: { calls: 2 } })).toMatchObject({ status: "tracer_unavailable" });
  });

  it("of a run holds for all samples of a vote together, which count as they came", async () => {
    const { endpoint, scripted } = await endpointOver(() => RIGHT);
    const vote = createStrategy("vote", { ranker, endpoint, voteSamples: 6 });
    const answer = await vote.attribute(run, { budget: { calls: 3 } });
    expect(scripted.requests.length).toBe(3);
    expect(answer).toMatchObject({ status: "attributed", step: 1, confidence: 3 / 8 });
  });

  it("tokens that the server does not count are estimated", async () => {
    const silent: ScriptedReply = { content: "x".repeat(400), usage: { prompt_tokens: 0, completion_tokens: 0 } };
    const { endpoint } = await endpointOver(() => silent, { cost: { prices: { input: 1e6, output: 1e6 } } });
    await endpoint.complete({ system: "s".repeat(40), user: "u".repeat(40) });
    expect(endpoint.spentToday()).toBe(120);
  });
});

describe("a run is fitted to the context before it is sent", () => {
  const long = failedRun([`Planner: ${"word ".repeat(20_000)}`, `Coder: ${"code ".repeat(20_000)}`, "Planner: done"]);
  /** One token a word, as this scripted tokenizer has it. */
  const tokenize = (text: string) => ({ count: text.split(/\s+/).length, max_model_len: 20_000 });

  it("by the server's own tokenizer and context length; every step header stays", async () => {
    const { endpoint, scripted } = await endpointOver(() => RIGHT, {}, { tokenize });
    expect(await createTracer({ endpoint }).attribute(long)).toMatchObject({
      status: "attributed",
      reason: expect.stringContaining("left out to fit"),
    });
    expect(scripted.requests.length).toBe(1);
    const sent = user(scripted.requests[0]);
    const tokens = tokenize(sent).count;
    expect(tokens).toBeLessThan(20_000 - 8_192);
    expect(tokens).toBeGreaterThan(8_000);
    for (const header of ["[0] Planner (agent):", "[1] Coder (agent):", "[2] Planner (agent):"]) {
      expect(sent).toContain(`\n${header}\n`);
    }
  });

  it("by an estimate, where it only says its context length", async () => {
    const { endpoint, scripted } = await endpointOver(
      () => RIGHT,
      {},
      { models: [{ id: "scripted", max_model_len: 32_768 }] },
    );
    await createTracer({ endpoint }).attribute(long);
    expect(user(scripted.requests[0]).length).toBeLessThan(32_768 * 3.2);
    expect(user(scripted.requests[0]).length).toBeGreaterThan(50_000);
  });

  it("once a run, for all samples of a vote; a short run is not measured", async () => {
    const { endpoint, scripted } = await endpointOver(() => RIGHT, {}, { tokenize });
    const vote = createStrategy("vote", { ranker, endpoint, voteSamples: 4 });
    await vote.attribute(long);
    const measured = scripted.tokenized.length;
    expect(measured).toBeLessThanOrEqual(3);
    expect(new Set(scripted.requests.map(user)).size).toBe(1);
    await vote.attribute(run);
    expect(scripted.tokenized.length).toBe(measured);
  });

  it("a server without either is asked as it is, and its refusal is understood", async () => {
    const refusal: ScriptedReply = {
      status: 400,
      body: {
        error: {
          message: "This model's maximum context length is 16384 tokens. However, your request has 41000 input tokens.",
        },
      },
    };
    for (const name of ["all-at-once", "step-by-step", "raffles", "graph"]) {
      const { endpoint, scripted } = await endpointOver(() => refusal);
      expect(await createStrategy(name, { ranker, endpoint }).attribute(long)).toMatchObject({ status: "too_long" });
      const lengths = scripted.requests.map((request) => user(request).length);
      expect(lengths.length).toBe(3);
      expect([...lengths].sort((left, right) => right - left)).toEqual(lengths);
    }
  });
});
