import {
  createCandidates,
  createEndpoint,
  createRaffles,
  createRanker,
  createStrategy,
  createVote,
  flowGraph,
  loadRankerWeights,
  STRATEGIES,
} from "@culprit/analyzers";
import { parseConfig, STRATEGY_NAMES } from "@culprit/schemas";
import { afterEach, describe, expect, it } from "vitest";
import {
  type ScriptedEndpoint,
  type ScriptedReply,
  type ScriptedRequest,
  scriptedEndpoint,
} from "./tracer-endpoint.ts";
import { failedRun } from "./tracer-runs.ts";

const ranker = createRanker(loadRankerWeights());
const run = failedRun([
  "user: How many apples are left?",
  "Planner: Count the apples in warehouse 417 first.",
  "(warehouse): 417 holds 1,250 apples",
  "Coder: I take 1,520 apples and subtract 200, which gives 1,320.",
  "(python): 1320",
  "Checker: The code ran without an error, it is 1320.",
  "Planner: So there are 1320 apples left over in the end.",
  "Planner: done",
]);

const open: ScriptedEndpoint[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((endpoint) => endpoint.close()));
});

/** A scripted model that answers with what `say` makes of the whole text and its question. */
async function endpointSaying(
  say: (question: string, text: string, request: ScriptedRequest, call: number) => unknown,
) {
  const scripted = await scriptedEndpoint((request, call): ScriptedReply => {
    const text = request.messages[1]?.content ?? "";
    const said = say(text.split("\n\n").at(-1) ?? "", text, request, call);
    return { reasoning: "hm", content: typeof said === "string" ? said : JSON.stringify(said) };
  });
  open.push(scripted);
  return { scripted, endpoint: createEndpoint({ url: scripted.url, model: "scripted", maxRetries: 0 }) };
}

const text = (request: ScriptedRequest | undefined) => request?.messages[1]?.content ?? "";
const stepOf = (question: string) => Number(/[Ss]tep (\d+)/.exec(question)?.[1] ?? -1);

describe("constrained answers", () => {
  it.each(["all-at-once", "a2p"])(
    "%s sends the shape of its answer, and does without where it is refused",
    async (name) => {
      const formats: unknown[] = [];
      const scripted = await scriptedEndpoint((request) => {
        const { response_format } = request as { response_format?: { json_schema: { schema: unknown } } };
        formats.push(response_format?.json_schema.schema);
        return response_format === undefined
          ? { content: '{"agent": "Coder", "step": 3}' }
          : { status: 400, body: { error: { message: "response_format is not supported" } } };
      });
      open.push(scripted);
      const endpoint = createEndpoint({ url: scripted.url, model: "scripted", maxRetries: 0 });
      const strategy = createStrategy(name, { ranker, endpoint, constrain: true });
      for (let at = 0; at < 2; at++) expect(await strategy.attribute(run)).toMatchObject({ agent: "Coder", step: 3 });
      expect(formats).toEqual([
        expect.objectContaining({ type: "object", required: expect.arrayContaining(["agent", "step"]) }),
        undefined,
        undefined,
      ]);
    },
  );
});

describe("step-by-step", () => {
  it("asks of each agent step with nothing of the run after it, and abstains when none is an error", async () => {
    const { endpoint, scripted } = await endpointSaying(() => ({ reason: "fine", error: "No" }));
    const answer = await createStrategy("step-by-step", { ranker, endpoint }).attribute(run);
    expect(answer).toMatchObject({ status: "abstained", agent: null, input_tokens: 500 });
    expect(scripted.requests.map((request) => stepOf(text(request).split("\n\n").at(-1) ?? ""))).toEqual([
      1, 3, 5, 6, 7,
    ]);
    expect(text(scripted.requests[1])).toContain("[3] Coder (agent):");
    expect(text(scripted.requests[1])).not.toContain("[4] python");
  });
});

describe("binary-search", () => {
  it("asks again for an answer that names no range, then ends: it never draws lots", async () => {
    let calls = 0;
    const { endpoint, scripted } = await endpointSaying(() => (++calls === 1 ? "either" : { range: "first" }));
    const strategy = createStrategy("binary-search", { ranker, endpoint });
    expect(await strategy.attribute(run)).toMatchObject({ step: 1, agent: "Planner" });
    expect(scripted.requests.length).toBe(4);
    expect(scripted.requests.map(({ seed }) => seed)).toEqual([0, 1, 0, 0]);
    const never = await endpointSaying(() => ({ range: "both" }));
    expect(await createStrategy("binary-search", { ranker, endpoint: never.endpoint }).attribute(run)).toMatchObject({
      status: "unparsable_answer",
    });
  });

  it("needs no call for the only agent step", async () => {
    const { endpoint, scripted } = await endpointSaying(() => "");
    const one = failedRun(["user: go", "Solo: wrong"]);
    const strategy = createStrategy("binary-search", { ranker, endpoint });
    expect(await strategy.attribute(one)).toMatchObject({ status: "attributed", step: 1 });
    expect(scripted.requests.length).toBe(0);
  });
});

describe("raffles", () => {
  /** Proposes 5, then 3; the evaluators give each step its scores. */
  const say = (scores: Record<number, number>) => (question: string, _: string, __: ScriptedRequest, call: number) =>
    question.includes('"critique"')
      ? { critique: `critique of ${stepOf(question)}`, score: scores[stepOf(question)] ?? 0 }
      : { fault: "it trusts the number", agent: call === 1 ? "Checker" : "Coder", step: call === 1 ? 5 : 3 };

  it("stops at a candidate that convinces", async () => {
    const { endpoint, scripted } = await endpointSaying(say({ 5: 95 }));
    expect(await createRaffles({ endpoint }).attribute(run)).toMatchObject({ agent: "Checker", step: 5 });
    expect(scripted.requests.length).toBe(4);
  });

  it("else shows the critique to the judge of the next round, and keeps the best candidate of all", async () => {
    const better = await endpointSaying(say({ 5: 20, 3: 60 }));
    expect(await createRaffles({ endpoint: better.endpoint }).attribute(run)).toMatchObject({
      agent: "Coder",
      step: 3,
    });
    expect(better.scripted.requests.length).toBe(8);
    expect(text(better.scripted.requests[4])).toContain(
      "    Candidate: step 5. it trusts the number\n    fault (20): critique of 5",
    );
    const worse = await endpointSaying(say({ 5: 60, 3: 20 }));
    expect(await createRaffles({ endpoint: worse.endpoint, rounds: 3 }).attribute(run)).toMatchObject({ step: 5 });
    expect(worse.scripted.requests.length).toBe(12);
  });

  it("the rule check throws out a candidate that is not in the run, before any evaluator is asked", async () => {
    const { endpoint, scripted } = await endpointSaying((question, _, __, call) =>
      question.includes('"critique"') ? { critique: "", score: 10 } : { agent: "Coder", step: call === 1 ? 77 : 3 },
    );
    expect(await createRaffles({ endpoint }).attribute(run)).toMatchObject({ status: "attributed", step: 3 });
    expect(scripted.requests.length).toBe(5);
    expect(text(scripted.requests[1])).toContain("rule check (0): The tracer named step 77");
  });

  it("keeps what it has when the endpoint goes away in a later round", async () => {
    const scripted = await scriptedEndpoint((request, call) =>
      call > 4
        ? { status: 500, body: {} }
        : { content: JSON.stringify(say({ 5: 20 })(text(request).split("\n\n").at(-1) ?? "", "", request, call)) },
    );
    open.push(scripted);
    const endpoint = createEndpoint({ url: scripted.url, model: "scripted", maxRetries: 0 });
    expect(await createRaffles({ endpoint }).attribute(run)).toMatchObject({ status: "attributed", step: 5 });
  });
});

describe("candidates", () => {
  const undecided = (question: string) =>
    question.includes('"flag"')
      ? { flag: "yes" }
      : { scores: [...(question.split(")")[0]?.matchAll(/\d+/g) ?? [])].map(([step]) => ({ step, score: 50 })) };

  it("where the judge is undecided the prior decides, and only the most probable steps are asked about", async () => {
    const { endpoint, scripted } = await endpointSaying(undecided);
    const prior = () =>
      new Map([
        [1, 0.1],
        [3, 0.2],
        [5, 0.6],
        [6, 0.1],
      ]);
    expect(await createCandidates({ endpoint, prior, most: 2 }).attribute(run)).toMatchObject({
      agent: "Checker",
      step: 5,
    });
    expect(scripted.requests.length).toBe(3);
    expect(scripted.requests.map((request) => stepOf(text(request).split("\n\n").at(-1) ?? "")).slice(0, 2)).toEqual([
      3, 5,
    ]);
  });

  it("the ranker's probabilities are such a prior: one for each agent step, one in all", () => {
    const chances = ranker.chances(run);
    expect([...chances.keys()]).toEqual([1, 3, 5, 6, 7]);
    expect([...chances.values()].reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1);
    const { step } = ranker.rank(run);
    expect(chances.get(step ?? -1)).toBe(Math.max(...chances.values()));
  });
});

describe("graph", () => {
  it("a step draws on the latest one that holds its values, on the action it answers, and on who called it", () => {
    const { sink, sources } = flowGraph(run);
    expect(sink).toBe(6);
    const of = (step: number) => sources[step]?.map((source) => [source.step, source.called, source.values]);
    expect(of(2)).toEqual([[1, true, ["417"]]]);
    expect(of(3)).toEqual([]);
    expect(of(4)).toEqual([[3, true, ["1320"]]]);
    expect(of(6)).toEqual([[5, false, ["1320"]]]);
    const called = flowGraph({
      ...run,
      steps: run.steps.map((step) => (step.index === 6 ? { ...step, caused_by: [1] } : step)),
    });
    expect(called.sources[6]?.map(({ step }) => step)).toEqual([1, 5]);
  });

  it("what the task gave is nobody's, users are no sources, and a text that was shown is one", () => {
    const task = failedRun(["user: 4711 please", "A: 4711 it is", "B: 4711 again"], { task: "find 4711" });
    expect(flowGraph(task).sources).toEqual([[], [], []]);
    const long = "this is a plan of more than forty characters, word for word";
    const shown = failedRun([`A: ${long}`, "B: understood"]);
    const input = [{ role: "user", parts: [{ type: "text", content: `The plan: ${long}` }] }];
    const steps = shown.steps.map((step) => (step.index === 1 ? { ...step, input } : step));
    expect(flowGraph({ ...shown, steps }).sources[1]).toMatchObject([{ step: 0, shown: true }]);
  });

  it("follows the mistake back from the result until it was introduced", async () => {
    const { endpoint, scripted } = await endpointSaying((question) =>
      stepOf(question) === 3
        ? { verdict: "introduced" }
        : { verdict: "inherited", from: stepOf(question) === 6 ? 5 : 3 },
    );
    expect(await createStrategy("graph", { ranker, endpoint }).attribute(run)).toMatchObject({
      agent: "Coder",
      step: 3,
    });
    const asked = scripted.requests.map((request) => stepOf(text(request).split("\n\n").at(-1) ?? ""));
    expect(asked).toEqual([6, 5, 3]);
    expect(text(scripted.requests[0])).toContain("    Step 6 drew on:\n    step 5: took over 1320");
  });

  it("ends however a model answers: no circle, no way past the beginning", async () => {
    for (const from of [6, 99, 0, null]) {
      const { endpoint, scripted } = await endpointSaying(() => ({ verdict: "inherited", from }));
      const { status } = await createStrategy("graph", { ranker, endpoint }).attribute(run);
      expect(status).toBe("attributed");
      expect(scripted.requests.length).toBeLessThanOrEqual(run.steps.length);
    }
  });
});

describe("vote", () => {
  const saying = (answers: readonly string[]) =>
    endpointSaying((_, __, { seed = 0 }) => `<answer>${answers[Math.floor(seed / 1_000)]}</answer>`);

  it("blames the step most samples blame, at their own seeds and temperature", async () => {
    const { endpoint, scripted } = await saying(["Planner|1", "Coder|3", "nobody", "Coder|3", "Planner|3"]);
    const answer = await createStrategy("vote", { ranker, endpoint }).attribute(run);
    expect(answer).toMatchObject({ agent: "Coder", step: 3, confidence: 3 / 7, input_tokens: 500 });
    expect(answer.reason).toMatch(/^3 of 5 samples agree/);
    expect(new Set(scripted.requests.map(({ seed }) => seed)).size).toBe(5);
    expect(new Set(scripted.requests.map(({ temperature }) => temperature))).toEqual(new Set([0.8]));
  });

  it("a tie goes to the more confident samples, then to the earlier step", async () => {
    const confident = await saying(["Planner|3", "Planner|6"]);
    expect(
      await createStrategy("vote", { ranker, endpoint: confident.endpoint, voteSamples: 2 }).attribute(run),
    ).toMatchObject({ step: 6 });
    const even = await saying(["Planner|6", "Coder|3"]);
    expect(
      await createStrategy("vote", { ranker, endpoint: even.endpoint, voteSamples: 2 }).attribute(run),
    ).toMatchObject({ step: 3 });
  });

  it("is over any strategy, under a name and version of its own, and asks an endpoint that is away only once", async () => {
    const { endpoint, scripted } = await endpointSaying(() => ({ agent: "Coder", step: "Step 3" }));
    const strategy = createStrategy("vote:all-at-once", { ranker, endpoint, voteSamples: 3 });
    expect(strategy.name).toBe("vote:all-at-once");
    expect(await strategy.attribute(run)).toMatchObject({ step: 3, confidence: 3 / 5 });
    expect(scripted.requests.length).toBe(3);
    const two = createVote({ strategy: createStrategy("all-at-once", { ranker, endpoint }), endpoint, samples: 2 });
    expect(two.version).not.toBe(strategy.version);
    const away = await scriptedEndpoint(() => ({ status: 503, body: {} }));
    open.push(away);
    const none = createEndpoint({ url: away.url, model: "scripted", maxRetries: 0 });
    await createStrategy("vote", { ranker, endpoint: none }).attribute(run);
    expect(away.requests.length).toBe(1);
  });
});

describe("the table of strategies", () => {
  it("names each with its calls, and makes it where there is an endpoint", () => {
    const endpoint = createEndpoint({ url: "http://127.0.0.1:9/v1", model: "m" });
    expect(Object.keys(STRATEGIES)).toEqual([...STRATEGY_NAMES]);
    for (const name of STRATEGY_NAMES) {
      expect(STRATEGIES[name].calls).not.toBe("");
      expect(createStrategy(name, { ranker, endpoint }).name).toBe(name);
      if (name === "ranker" || name === "rules") continue;
      expect(() => createStrategy(name, { ranker })).toThrow(
        expect.objectContaining({ code: "usage", mend: "Set CULPRIT_TRACER_URL." }),
      );
    }
  });

  it.each(["nobody", "vote:nobody", "vote:vote", "vote:ranker", "__proto__"])(
    "%s is no strategy, for command line and settings alike",
    (name) => {
      expect(() => createStrategy(name, { ranker })).toThrow(/is not available/);
      expect(() => parseConfig({ strategy: name })).toThrow(/The setting strategy is wrong/);
    },
  );
});
