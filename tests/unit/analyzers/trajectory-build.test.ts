import { buildTrajectory } from "@culprit/analyzers";
import { type Message, type Span, trajectorySchema } from "@culprit/schemas";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type SpanSketch, span, spanId, spans, TRACE_ID } from "./trajectory-spans.ts";

function outline(given: readonly Span[]): string[] {
  return buildTrajectory(given).steps.map((step) => `${step.role} ${step.agent}: ${step.content}`);
}

describe("what becomes a step", () => {
  it("a model call is its agent's step, a tool's answer the environment's", () => {
    const given = spans(
      { id: 1, operation: "invoke_workflow", attributes: { "culprit.task": "add" }, until: 100 },
      { id: 2, parent: 1, operation: "invoke_agent", agent: "Coder", until: 50 },
      { id: 3, parent: 2, operation: "chat", output: "I call it" },
      { id: 4, parent: 2, operation: "execute_tool", tool: "python", output: "4" },
      { id: 5, parent: 2, operation: "retrieval", tool: "wiki", output: "facts" },
      { id: 6, parent: 2, operation: "text_completion", output: "done" },
      { id: 7, parent: 2, operation: "embeddings", output: "no step" },
      { id: 8, parent: 2, name: "GET /", output: "no step" },
    );
    expect(outline(given)).toEqual([
      "agent Coder: I call it",
      "environment python: 4",
      "environment wiki: facts",
      "agent Coder: done",
    ]);
    expect(buildTrajectory(given).agents).toEqual(["Coder"]);
  });

  it("an agent without model calls inside is one step, with what it returned", () => {
    const given = spans(
      { id: 1, operation: "invoke_workflow", until: 100 },
      { id: 2, parent: 1, operation: "invoke_agent", agent: "Router", attributes: { "culprit.output": "to Coder" } },
      { id: 3, parent: 1, operation: "invoke_agent", agent: "Lead", until: 40, output: "not a step" },
      { id: 4, parent: 3, operation: "invoke_agent", agent: "Coder", output: "code" },
    );
    expect(outline(given)).toEqual(["agent Router: to Coder", "agent Coder: code"]);
  });

  it("an agent that only used tools speaks after them, if it said anything", () => {
    const inner = { id: 3, parent: 2, operation: "execute_tool", tool: "search", output: "found" };
    const agent = { id: 2, operation: "invoke_agent", agent: "Scout", until: 50 };
    expect(outline(spans({ ...agent, output: "it is there" }, inner))).toEqual([
      "environment search: found",
      "agent Scout: it is there",
    ]);
    expect(outline(spans(agent, inner))).toEqual(["environment search: found"]);
  });

  it("an imported history is its spans, in the order and with the roles it gives", () => {
    const entry = (id: number, index: number, role: string, agent: string) => ({
      id,
      at: 1,
      parent: 9,
      agent,
      output: `entry ${index}`,
      attributes: { "culprit.step.role": role, "culprit.step.index": index },
    });
    const given = spans(
      entry(5, 0, "user", "human"),
      entry(4, 1, "agent", "Orchestrator"),
      entry(3, 2, "environment", "Computer_terminal"),
      { id: 9, at: 0, operation: "invoke_agent", output: "never a step" },
    );
    expect(outline(given)).toEqual([
      "user human: entry 0",
      "agent Orchestrator: entry 1",
      "environment Computer_terminal: entry 2",
    ]);
  });

  it("one call recorded twice, by an SDK and a gateway, is one step", () => {
    const given = spans(
      { id: 1, operation: "invoke_agent", agent: "Coder", until: 50 },
      { id: 2, parent: 1, operation: "chat", output: "answer", until: 9 },
      { id: 3, parent: 2, operation: "chat", output: "answer", scope: "gateway" },
    );
    expect(outline(given)).toEqual(["agent Coder: answer"]);
    expect(buildTrajectory(given).steps[0]?.span_id).toBe(spanId(2));
  });

  it("one tool execution recorded twice, by a framework and an instrumentation of it, is one step", () => {
    const given = spans(
      { id: 1, operation: "invoke_agent", agent: "Coder", until: 50 },
      { id: 2, parent: 1, operation: "execute_tool", tool: "run", output: "ok", until: 9 },
      { id: 3, parent: 2, operation: "execute_tool", tool: "run" },
      { id: 4, parent: 1, operation: "execute_tool", tool: "ask", until: 20 },
      { id: 5, parent: 4, operation: "execute_tool", tool: "ask", output: "yes" },
      { id: 6, parent: 1, operation: "execute_tool", tool: "search", output: "both", at: 21, until: 30 },
      { id: 7, parent: 6, operation: "execute_tool", tool: "fetch", output: "page", at: 22 },
    );
    expect(outline(given)).toEqual([
      "environment run: ok",
      "environment ask: yes",
      "environment fetch: page",
      "environment search: both",
    ]);
  });

  it("a call around several calls is a loop: the inner ones are the steps", () => {
    const given = spans(
      { id: 1, operation: "chat", agent: "Coder", output: "all of it", until: 50 },
      { id: 2, parent: 1, operation: "chat", output: "first" },
      { id: 3, parent: 1, operation: "execute_tool", tool: "run", output: "ok" },
      { id: 4, parent: 1, operation: "chat", output: "second" },
    );
    expect(outline(given)).toEqual(["agent Coder: first", "environment run: ok", "agent Coder: second"]);
  });

  it("a role that does not exist is no role, and __proto__ is no operation", () => {
    expect(outline(spans({ id: 1, attributes: { "culprit.step.role": "god" } }))).toEqual([]);
    expect(outline(spans({ id: 1, operation: "__proto__" }, { id: 2, operation: "constructor" }))).toEqual([]);
  });
});

describe("who acted", () => {
  it("the nearest agent above, across parents that say nothing", () => {
    const given = spans(
      { id: 1, operation: "invoke_agent", agent: "Lead", until: 90 },
      { id: 2, parent: 1, operation: "execute_tool", tool: "ask", until: 80, output: "told" },
      { id: 3, parent: 2, operation: "invoke_agent", agent: "Expert", until: 70 },
      { id: 4, parent: 3, name: "POST", until: 60 },
      { id: 5, parent: 4, operation: "chat", output: "hm" },
    );
    expect(outline(given)).toEqual(["agent Expert: hm", "environment ask: told"]);
  });

  it("without an agent, the service, then the scope", () => {
    const chat = { id: 1, parent: 7, operation: "chat", output: "x", scope: "my.scope" };
    expect(outline(spans({ ...chat, resource: { "service.name": "writer" } }))).toEqual(["agent writer: x"]);
    expect(outline(spans({ ...chat, resource: { "service.name": "unknown_service:node" } }))).toEqual([
      "agent my.scope: x",
    ]);
  });
});

describe("the order of steps", () => {
  it("goes by start, then parent before child, then span id", () => {
    const given = spans(
      { id: 8, at: 5, operation: "chat", output: "third" },
      { id: 2, at: 5, parent: 8, operation: "execute_tool", tool: "t", output: "inside third" },
      { id: 3, at: 5, operation: "chat", output: "second" },
      { id: 9, at: 1, operation: "chat", output: "first" },
    );
    expect(buildTrajectory(given).steps.map(({ content }) => content)).toEqual(["first", "second", "inside third"]);
  });

  it("merges steps that know their index with those that only know their time", () => {
    const place = (index: number) => ({ "culprit.step.role": "agent", "culprit.step.index": index });
    const given = spans(
      { id: 1, at: 30, output: "b", attributes: place(1) },
      { id: 2, at: 10, output: "a", attributes: place(0) },
      { id: 3, at: 20, operation: "chat", output: "between" },
      { id: 4, at: 40, operation: "chat", output: "after" },
    );
    expect(buildTrajectory(given).steps.map(({ content }) => content)).toEqual(["a", "between", "b", "after"]);
  });
});

describe("what is known about the run", () => {
  it("is read from the root", () => {
    const run = buildTrajectory(
      spans(
        {
          id: 1,
          until: 20,
          attributes: {
            "culprit.task": "sum",
            "culprit.task.id": "t1",
            "culprit.task.ground_truth": "42",
            "culprit.source": "who-and-when",
            "culprit.replay.of": "f".repeat(32),
          },
        },
        { id: 2, parent: 1, operation: "chat", output: "41" },
      ),
    );
    expect(run).toMatchObject({
      trace_id: TRACE_ID,
      task: "sum",
      task_id: "t1",
      ground_truth: "42",
      source: "who-and-when",
      replay_of: "f".repeat(32),
      complete: true,
      started_at: "2023-11-14T22:13:20.001Z",
      ended_at: "2023-11-14T22:13:20.020Z",
    });
  });

  it("is read from below when the root is a web server's span, or has not arrived", () => {
    const inner = { id: 2, parent: 1, attributes: { "culprit.task": "sum" } };
    expect(buildTrajectory(spans({ id: 1, name: "POST /chat" }, inner)).task).toBe("sum");
    expect(buildTrajectory(spans(inner))).toMatchObject({ task: "sum", complete: false, task_id: TRACE_ID });
  });

  it("falls back to the first thing the user said, then to the root's name", () => {
    expect(buildTrajectory(spans({ id: 1, input: "what is 6 x 7?" })).task).toBe("what is 6 x 7?");
    expect(buildTrajectory(spans({ id: 1, name: "nightly" })).task).toBe("nightly");
  });

  it("of several roots, the one that names a task", () => {
    const run = buildTrajectory(
      spans({ id: 1, name: "warm-up", input: "no" }, { id: 2, at: 9, attributes: { "culprit.task": "yes" } }),
    );
    expect(run.task).toBe("yes");
  });
});

describe("what a step holds", () => {
  it("renders tool calls in the text and parses their arguments", () => {
    const output: Message[] = [
      {
        role: "assistant",
        parts: [
          { type: "reasoning", content: "secret" },
          { type: "text", content: "I look." },
          { type: "tool_call", id: "c1", name: "search", arguments: '{"q":"x","__proto__":{"polluted":1}}' },
        ],
      },
    ];
    const step = buildTrajectory(spans({ id: 1, operation: "chat", agent: "A", input: "go", output })).steps[0];
    expect(step?.content).toBe('I look.\nsearch({"q":"x","__proto__":{"polluted":1}})');
    expect(step?.tool_calls).toEqual([{ id: "c1", name: "search", arguments: expect.objectContaining({ q: "x" }) }]);
    expect(step?.input).toEqual([{ role: "user", parts: [{ type: "text", content: "go" }] }]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("keeps the span's own error", () => {
    const exception = { name: "exception", time_unix_nano: "1", attributes: { "exception.message": "boom" } };
    const run = buildTrajectory(
      spans(
        { id: 1, operation: "chat", error: "timeout" },
        { id: 2, operation: "chat", error: "", events: [exception] },
      ),
    );
    expect(run.steps.map(({ error }) => error)).toEqual(["timeout", "boom"]);
  });
});

const sketches = fc.array(
  fc.record({
    id: fc.integer({ min: 1, max: 12 }),
    parent: fc.option(fc.integer({ min: 0, max: 14 }), { nil: -1 }),
    at: fc.integer({ min: 0, max: 4 }),
    until: fc.integer({ min: 0, max: 6 }),
    operation: fc.constantFrom("chat", "execute_tool", "invoke_agent", "invoke_workflow", "retrieval", ""),
    agent: fc.constantFrom("A", "B", ""),
    output: fc.constantFrom("", "x", "y"),
    role: fc.constantFrom("agent", "environment", "user", "none", "none", "none"),
    index: fc.integer({ min: -1, max: 5 }),
  }),
  { maxLength: 16 },
);

describe("hostile and disordered spans", () => {
  it("the same spans in any order, cycles and repeated ids among them, are one and the same valid trajectory", () => {
    fc.assert(
      fc.property(
        sketches.chain((drawn) => {
          const given = drawn.map(({ parent, role, index, ...rest }) => {
            const attributes: Span["attributes"] = {};
            if (role !== "none") attributes["culprit.step.role"] = role;
            if (index >= 0) attributes["culprit.step.index"] = index;
            const sketch: SpanSketch = { ...rest, attributes };
            return span(parent < 0 ? sketch : { ...sketch, parent });
          });
          const shuffled = fc.shuffledSubarray(given, { minLength: given.length, maxLength: given.length });
          return fc.tuple(fc.constant(given), shuffled);
        }),
        ([given, shuffled]) => {
          const built = buildTrajectory(given);
          expect(buildTrajectory(shuffled)).toEqual(built);
          expect(built.steps.map(({ index }) => index)).toEqual(built.steps.map((_, at) => at));
          expect(new Set(built.steps.map(({ span_id }) => span_id)).size).toBe(built.steps.length);
          if (given.length > 0) trajectorySchema.parse(built);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("no spans are an empty, incomplete run", () => {
    expect(buildTrajectory([])).toMatchObject({ steps: [], complete: false, task: "" });
  });

  it("100,000 spans one inside the other neither overflow nor take quadratic time", () => {
    const chain = Array.from({ length: 100_000 }, (_, at) =>
      span({
        id: at + 1,
        parent: at === 0 ? 100_000 : at,
        operation: at % 2 ? "chat" : "",
        agent: at === 5 ? "A" : "",
      }),
    );
    const run = buildTrajectory(chain);
    expect(run.steps.length).toBeGreaterThan(0);
    expect(run.complete).toBe(false);
  });

  it("arguments nested a million deep stay text", () => {
    const part = { type: "tool_call", id: "c", name: "f", arguments: "[".repeat(1_000_000) };
    const run = buildTrajectory(spans({ id: 1, operation: "chat", output: [{ role: "assistant", parts: [part] }] }));
    expect(run.steps[0]?.tool_calls[0]?.arguments).toBe(part.arguments);
  });
});
