import {
  type Annotation,
  type Client,
  createClient,
  type Outcome,
  type Replay,
  routes,
  traceDetailSchema,
} from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newIds, type Running, startCollector } from "./collector-harness.ts";

let running: Running;
let client: Client;
beforeAll(async () => {
  running = await startCollector(
    { max_body_bytes: 100_000 },
    {
      attribute: async (project, traceId, options) => [
        {
          project,
          trace_id: traceId,
          strategy: options.strategy ?? "default",
          strategy_version: "1",
          status: "attributed",
          cause: null,
          answered_by: "",
          agent: "Coder",
          step: 1,
          reason: options.groundTruth ? "asked with the answer" : "asked",
          confidence: 0.5,
          model: "",
          input_tokens: 0,
          output_tokens: 0,
          duration_ms: 1,
          created_at: "2026-11-20T00:00:00.000Z",
        },
      ],
    },
  );
  client = createClient({ baseUrl: running.url });
});
afterAll(() => running.close());

/** A run of two agents, sent as our SDK sends it. */
async function sendRun(source?: string): Promise<string> {
  const { traceId } = newIds();
  const start = BigInt(Date.now()) * 1_000_000n;
  const span = (index: number, name: string, attributes: Record<string, string>) => ({
    traceId,
    spanId: `00000000000000a${index}`,
    ...(index === 0 ? {} : { parentSpanId: "00000000000000a0" }),
    name,
    startTimeUnixNano: String(start + BigInt(index)),
    endTimeUnixNano: String(start + BigInt(index === 0 ? 100 : index + 1)),
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } })),
  });
  const agent = (name: string, output: string) => ({
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": name,
    "culprit.output": output,
  });
  const spans = [
    span(0, "invoke_workflow sort", {
      "gen_ai.operation.name": "invoke_workflow",
      "culprit.task": "Sort a list",
      ...(source === undefined ? {} : { "culprit.source": source }),
    }),
    span(1, "invoke_agent Planner", agent("Planner", "a plan")),
    span(2, "invoke_agent Coder", agent("Coder", "<script>code</script>")),
  ];
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
  const response = await client.send("/v1/traces", {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
  expect(response.status).toBe(200);
  return traceId;
}

type NewAnnotation = Omit<Annotation, "project">;

/** Of step 1, Coder's. */
function anAnnotation(trace_id: string, more: Partial<NewAnnotation> = {}): NewAnnotation {
  return {
    annotation_id: `a-${trace_id}`,
    trace_id,
    agent: "Coder",
    step: 1,
    evidence: "counterfactual",
    verdict: "confirmed",
    reason: "flipped",
    replay_id: `r-${trace_id}`,
    correction: "x",
    earliest: "proven",
    placebo_k: 3,
    placebo_successes: 0,
    created_at: new Date().toISOString(),
    ...more,
  };
}

/** Of step 1, Coder's. */
function aReplay(trace_id: string): Omit<Replay, "project"> {
  return {
    replay_id: `r-${trace_id}`,
    trace_id,
    replay_trace_id: "",
    intervention: { kind: "correction", step: 1, agent: "Coder", action: "x", oracle: "person" },
    status: "success",
    score: 1,
    reason: "",
    duration_ms: 5,
    created_at: new Date().toISOString(),
  };
}

const FAILURE: Outcome = { outcome: "failure", score: 0, feedback: "2 tests failed", by: "evaluator" };

describe("a run over the API", () => {
  test("shows its steps, and the outcome once it is reported", async () => {
    const trace_id = await sendRun();
    const before = await client.call("getTrace", { trace_id });
    expect(before).toMatchObject({ task: "Sort a list", outcome: "unknown", complete: true });
    expect(before.steps.map(({ agent, content }) => [agent, content])).toEqual([
      ["Planner", "a plan"],
      ["Coder", "<script>code</script>"],
    ]);
    await client.call("reportOutcome", { trace_id, body: FAILURE });
    const after = await client.call("getTrace", { trace_id });
    expect(after).toMatchObject({ outcome: "failure", outcome_detail: FAILURE });
  });

  test("shows its raw spans with their reading", async () => {
    const trace_id = await sendRun();
    const { spans } = await client.call("getSpans", { trace_id });
    expect(spans).toHaveLength(3);
    expect(spans[2]?.reading).toMatchObject({ dialect: "genai", agent: "Coder" });
    expect(spans[2]?.attributes).toHaveProperty(["culprit.output"], "<script>code</script>");
  });

  test("is attributed on request, with the strategy asked for", async () => {
    const trace_id = await sendRun();
    const body = { strategy: "ranker", ground_truth: true };
    const { attributions } = await client.call("attribute", { trace_id, body });
    expect(attributions).toMatchObject([{ trace_id, strategy: "ranker", reason: "asked with the answer" }]);
  });

  test("carries its replays and annotations", async () => {
    const trace_id = await sendRun();
    const replay = aReplay(trace_id);
    const annotation = anAnnotation(trace_id);
    await client.call("saveReplay", { body: replay });
    await client.call("annotate", { body: annotation });
    const detail = await client.call("getTrace", { trace_id });
    expect(detail.replays).toEqual([{ ...replay, project: "default" }]);
    expect(detail.annotations).toEqual([{ ...annotation, project: "default" }]);
    const listed = await client.call("listAnnotations", { evidence: "counterfactual" });
    expect(listed.annotations.map(({ annotation_id }) => annotation_id)).toContain(annotation.annotation_id);
  });

  test("is in the lists once it is summarised", async () => {
    const trace_id = await sendRun();
    const at = new Date().toISOString();
    await running.store.saveRuns([
      {
        project: "default",
        trace_id,
        task: "Sort a list",
        source: "",
        outcome: "failure",
        score: null,
        settled: true,
        agents: ["Planner", "Coder"],
        steps: 2,
        blamed_agent: "Coder",
        blamed_step: 1,
        confidence: 0.7,
        strategy: "ranker",
        reason: "",
        status: "predicted",
        replay_of: "",
        started_at: at,
        ended_at: at,
        input_tokens: 0,
        output_tokens: 0,
      },
    ]);
    const { traces } = await client.call("listTraces", { outcome: "failure", blamed_agent: "Coder", since: "1h" });
    expect(traces.map((run) => run.trace_id)).toContain(trace_id);
    expect((await client.call("listTraces", { blamed_agent: "Nobody" })).traces).toEqual([]);
    const { agents } = await client.call("listAgents", {});
    expect(agents).toMatchObject([{ agent: "Coder" }]);
    expect((await client.call("getTrace", { trace_id })).summary?.blamed_agent).toBe("Coder");
  });
});

describe("a label or a replay of what is not there", () => {
  const refusal = (call: Promise<unknown>) => expect(call).rejects;
  test("is refused where the run has not arrived", async () => {
    const { traceId } = newIds();
    await refusal(client.call("annotate", { body: anAnnotation(traceId) })).toMatchObject({ code: "not_found" });
    await refusal(client.call("saveReplay", { body: aReplay(traceId) })).toMatchObject({ code: "not_found" });
    expect(await running.store.readAnnotations("default", traceId)).toEqual([]);
    expect(await running.store.readReplays("default", traceId)).toEqual([]);
  });

  test.each([
    ["no step of the run", { agent: "Coder", step: 2 }],
    ["another agent's step", { agent: "Planner", step: 1 }],
    ["an agent of that name in other letters", { agent: "coder", step: 1 }],
    ["no agent of the run", { agent: "Mallory", step: 1 }],
  ])("is refused where it names %s", async (_, named) => {
    const trace_id = await sendRun();
    const refused = { code: "no_such_step", mend: expect.stringContaining(trace_id) };
    await refusal(client.call("annotate", { body: anAnnotation(trace_id, named) })).toMatchObject(refused);
    await refusal(
      client.call("annotate", { body: anAnnotation(trace_id, { ...named, evidence: "human" }) }),
    ).toMatchObject(refused);
    const intervention = { ...aReplay(trace_id).intervention, ...named };
    await refusal(client.call("saveReplay", { body: { ...aReplay(trace_id), intervention } })).toMatchObject(refused);
    const answer = await client.send(routes.annotate.path, {
      method: "POST",
      body: JSON.stringify(anAnnotation(trace_id, named)),
      headers: { "content-type": "application/json" },
    });
    expect(answer.status).toBe(422);
    expect(await client.call("getTrace", { trace_id })).toMatchObject({ annotations: [], replays: [] });
  });

  test("is kept where an imported label names an agent of the run beside a step that another took", async () => {
    const trace_id = await sendRun("who-and-when");
    const label = (more: Partial<NewAnnotation>) => anAnnotation(trace_id, { evidence: "human", ...more });
    await client.call("annotate", { body: label({ agent: "Planner" }) });
    const refused = { code: "no_such_step" };
    await refusal(client.call("annotate", { body: label({ agent: "Mallory" }) })).toMatchObject(refused);
    await refusal(client.call("annotate", { body: label({ agent: "Planner", step: 2 }) })).toMatchObject(refused);
    const replayed = anAnnotation(trace_id, { agent: "Planner" });
    await refusal(client.call("annotate", { body: replayed })).toMatchObject(refused);
    expect((await client.call("getTrace", { trace_id })).annotations).toMatchObject([{ agent: "Planner", step: 1 }]);
  });

  test("is not an outcome: that may be told before the run's spans arrive", async () => {
    const { traceId } = newIds();
    await client.call("reportOutcome", { trace_id: traceId, body: FAILURE });
    expect(await running.store.readOutcomes("default", traceId)).toMatchObject([FAILURE]);
  });
});

test("every answer keeps to the contract's shape", async () => {
  const trace_id = await sendRun();
  traceDetailSchema.parse(await (await client.send(`/api/v1/traces/${trace_id}`)).json());
  for (const name of ["status", "listTraces", "listAnnotations", "listAgents", "listAlerts"] as const) {
    const response = await client.send(routes[name].path);
    expect(response.status, name).toBe(200);
    routes[name].response.parse(await response.json());
    expect(response.headers.get("cache-control")).toBe("no-store");
  }
});

describe("what is wrong is said", () => {
  const json = { "content-type": "application/json" };
  const unknown = "0123456789abcdef0123456789abcdef";
  test.each<[string, string, RequestInit, number, string]>([
    ["a run that is not there", `/api/v1/traces/${unknown}`, {}, 404, "not_found"],
    ["the spans of one", `/api/v1/traces/${unknown}/spans`, {}, 404, "not_found"],
    [
      "attributing one",
      `/api/v1/traces/${unknown}/attributions`,
      { method: "POST", body: "{}", headers: json },
      404,
      "not_found",
    ],
    ["a route that is not there", "/api/v1/nothing", {}, 404, "not_found"],
    ["a trace id that is none", "/api/v1/traces/xyz", {}, 400, "invalid"],
    ["a limit out of range", "/api/v1/traces?limit=9999", {}, 400, "invalid"],
    ["a duration that is none", "/api/v1/agents?since=soon", {}, 400, "invalid"],
    ["a cursor that no list gave out", "/api/v1/traces?cursor=xx", {}, 400, "cursor_invalid"],
    [
      "an outcome that is none",
      `/api/v1/traces/${unknown}/outcome`,
      { method: "POST", body: "{}", headers: json },
      400,
      "invalid",
    ],
    ["a body that is not JSON", "/api/v1/replays", { method: "POST", body: "{", headers: json }, 400, "invalid"],
    ["a form", "/api/v1/replays", { method: "POST", body: "{}" }, 415, "unsupported_content"],
    [
      "a body past the limit",
      "/api/v1/replays",
      { method: "POST", body: "x".repeat(200_000), headers: json },
      413,
      "too_large",
    ],
    ["a wrong method", "/api/v1/status", { method: "DELETE" }, 405, "method_not_allowed"],
  ])("%s", async (_name, path, init, status, code) => {
    const response = await client.send(path, init);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code, message: expect.stringMatching(/\.$/) } });
  });

  test("a collector without an analyzer says that it can't attribute", async () => {
    const own = await startCollector();
    try {
      const call = createClient({ baseUrl: own.url }).call("attribute", { trace_id: unknown, body: {} });
      await expect(call).rejects.toMatchObject({ code: "no_attributor", mend: expect.any(String) });
    } finally {
      await own.close();
    }
  });

  test("a store that does not answer is 503", async () => {
    const own = await startCollector();
    try {
      await own.store.close();
      const response = await fetch(`${own.url}/api/v1/status`);
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("2");
      expect((await fetch(`${own.url}/healthz`)).status).toBe(200);
    } finally {
      await own.close();
    }
  });
});
