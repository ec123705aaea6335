import { buildTrajectory } from "@culprit/analyzers";
import { type Span, textMessage } from "@culprit/schemas";
import { describe, expect, it } from "vitest";
import { type SpanSketch, spans } from "./trajectory-spans.ts";

const outline = (given: readonly Span[]): string[] =>
  buildTrajectory(given).steps.map((step) => `${step.role} ${step.agent}: ${step.content}`);

const gateway = (sketch: SpanSketch): SpanSketch => ({
  operation: "chat",
  agent: "agent",
  ...sketch,
  attributes: { "culprit.seen_from": "gateway", ...sketch.attributes },
});
const found = (sketch: SpanSketch): SpanSketch => ({
  operation: "execute_tool",
  ...sketch,
  attributes: { "culprit.seen_from": "conversation" },
});
const root: SpanSketch = { id: 1, operation: "invoke_workflow", until: 1000 };

describe("a call that the process and the gateway tell", () => {
  const id = (value: string) => ({ "gen_ai.response.id": value });
  const coder: SpanSketch = { id: 2, parent: 1, operation: "invoke_agent", agent: "Coder", until: 900 };

  it("is one step, the process's: it knows whose it is", () => {
    const given = spans(
      root,
      coder,
      { id: 3, parent: 2, at: 10, operation: "chat", output: "code", attributes: id("r1") },
      gateway({ id: 4, parent: 1, at: 11, output: "code", attributes: id("r1") }),
      gateway({ id: 5, parent: 1, at: 20, agent: "Tester", output: "bug", attributes: id("r2") }),
    );
    expect(outline(given)).toEqual(["agent Coder: code", "agent Tester: bug"]);
  });

  it("is the gateway's where only that recorded the answer", () => {
    const given = spans(
      root,
      { id: 3, parent: 1, at: 10, operation: "chat", agent: "Coder", attributes: id("r1") },
      gateway({ id: 4, parent: 1, at: 11, agent: "Coder", output: "code", attributes: id("r1") }),
    );
    expect(outline(given)).toEqual(["agent Coder: code"]);
  });

  it("is found where a dialect keeps the whole answer, or under a name of its own", () => {
    const given = spans(
      root,
      {
        id: 3,
        parent: 1,
        at: 10,
        operation: "chat",
        agent: "A",
        output: "one",
        attributes: { "output.value": '{"id": "r1", "choices": []}' },
      },
      {
        id: 4,
        parent: 1,
        at: 20,
        operation: "chat",
        agent: "B",
        output: "two",
        attributes: { "ai.response.id": "r2" },
      },
      gateway({ id: 5, parent: 1, at: 11, output: "one", attributes: id("r1") }),
      gateway({ id: 6, parent: 1, at: 21, output: "two", attributes: id("r2") }),
    );
    expect(outline(given)).toEqual(["agent A: one", "agent B: two"]);
  });

  it("is two calls where an endpoint gives both the same id", () => {
    const given = spans(
      root,
      gateway({ id: 4, parent: 1, at: 11, output: "one", attributes: id("same") }),
      gateway({ id: 5, parent: 1, at: 21, output: "two", attributes: id("same") }),
    );
    expect(outline(given)).toEqual(["agent agent: one", "agent agent: two"]);
    const told = spans(
      root,
      { id: 2, parent: 1, at: 10, operation: "chat", agent: "A", output: "one", attributes: id("same") },
      { id: 3, parent: 1, at: 20, operation: "chat", agent: "B", output: "two", attributes: id("same") },
    );
    expect(outline([...told, ...given.slice(1)])).toEqual(["agent A: one", "agent B: two"]);
  });
});

describe("a tool's answer found in a conversation", () => {
  it("comes after what happened while the tool ran: the tool may have been an agent", () => {
    const given = spans(
      root,
      gateway({ id: 2, parent: 1, at: 10, until: 20, agent: "Lead", output: "ask the scout" }),
      gateway({ id: 3, parent: 1, at: 30, until: 40, agent: "Scout", output: "it is there" }),
      found({ id: 4, parent: 1, at: 20, until: 50, tool: "scout", output: "there" }),
    );
    expect(outline(given)).toEqual([
      "agent Lead: ask the scout",
      "agent Scout: it is there",
      "environment scout: there",
    ]);
  });

  it("gives way to the tool's own span", () => {
    const given = spans(
      root,
      { id: 2, parent: 1, at: 10, operation: "execute_tool", tool: "search", output: "found" },
      found({ id: 3, parent: 1, at: 12, tool: "search", output: "found" }),
      found({ id: 4, parent: 1, at: 14, tool: "python", output: "4" }),
    );
    expect(outline(given)).toEqual(["environment search: found", "environment python: 4"]);
  });
});

describe("a call that its client made again", () => {
  const asked = [textMessage("user", "add 2 and 2")];

  it("is one step: the attempts that came to nothing are none", () => {
    const given = spans(
      root,
      gateway({ id: 2, parent: 1, at: 10, input: asked, error: "429" }),
      gateway({ id: 3, parent: 1, at: 20, input: asked, error: "503" }),
      gateway({ id: 4, parent: 1, at: 30, input: asked, output: "4" }),
    );
    expect(outline(given)).toEqual(["agent agent: 4"]);
  });

  it("stays where nothing followed, where it had begun to answer, and where another agent asked", () => {
    const given = spans(
      root,
      gateway({ id: 2, parent: 1, at: 10, input: asked, output: "it is", error: "cut" }),
      gateway({ id: 3, parent: 1, at: 20, input: asked, agent: "Other", error: "429" }),
      gateway({ id: 4, parent: 1, at: 30, input: asked, error: "429" }),
    );
    expect(outline(given)).toEqual(["agent agent: it is", "agent Other: ", "agent agent: "]);
  });
});

it("a guessed agent counts where no span around the call knows better", () => {
  const guess = (name: string) => ({ "culprit.agent.guess": name });
  const given = spans(
    root,
    { id: 2, parent: 1, operation: "invoke_agent", agent: "Coder", until: 900 },
    gateway({ id: 3, parent: 2, agent: "", output: "code", attributes: guess("Senior") }),
    gateway({ id: 4, parent: 1, agent: "", output: "fine", attributes: guess("Reviewer") }),
  );
  expect(outline(given)).toEqual(["agent Coder: code", "agent Reviewer: fine"]);
});

it("the system's own root stands before the gateway's, which still says what the task is", () => {
  const given = spans(
    gateway({ ...root, at: 0, agent: "", attributes: { "culprit.task": "add" } }),
    { id: 2, at: 5, operation: "invoke_workflow", error: "it failed", until: 900 },
    gateway({ id: 3, parent: 1, at: 10, output: "4" }),
  );
  const { task, outcome } = buildTrajectory(given);
  expect([task, outcome.outcome, outcome.feedback]).toEqual(["add", "failure", "it failed"]);
});
