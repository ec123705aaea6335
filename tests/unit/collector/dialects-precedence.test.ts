import { readSpan } from "@culprit/collector";
import { type Attributes, messageText } from "@culprit/schemas";
import { describe, expect, test } from "vitest";
import { DIALECTS } from "../../../collector/dialects/tables.ts";
import { readFixture } from "../../peers/fixture.ts";

const [example] = readFixture("openai-js").spans;

function read(attributes: Attributes, scope_name = "") {
  if (example === undefined) throw new Error("The fixture is empty.");
  const { operation, agent, model, input, output, input_tokens, handoff, dialect } = readSpan({
    ...example,
    name: "a span",
    scope_name,
    attributes,
    events: [],
  });
  const [asked, said] = [input, output].map((list) => list.map(messageText).join());
  return { dialect, operation, agent, model, asked, said, input_tokens, handoff };
}

describe("attributes that contradict each other", () => {
  test("the current names win over the old ones, what was answered over what was asked for", () => {
    const both = {
      "gen_ai.operation.name": "chat",
      "gen_ai.tool.name": "not a tool call",
      "gen_ai.agent.name": "Planner",
      agent_name: "Old",
      "gen_ai.request.model": "asked",
      "gen_ai.response.model": "answered",
      "gen_ai.usage.input_tokens": 5,
      "gen_ai.usage.prompt_tokens": 6,
      "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"new"}]}]',
      "gen_ai.prompt": "old",
      "gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"text","content":"new"}]}]',
      "gen_ai.completion": "old",
    };
    const expected = {
      operation: "chat",
      agent: "Planner",
      model: "answered",
      input_tokens: 5,
      asked: "new",
      said: "new",
    };
    expect(read(both)).toMatchObject(expected);
    expect(read(Object.fromEntries(Object.entries(both).reverse()))).toMatchObject(expected);
  });

  test("an attribute that is empty says nothing", () => {
    const attributes = { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "", agent_name: "Planner" };
    expect(read(attributes).agent).toBe("Planner");
  });

  test("the scope's table reads a span that speaks two dialects, whatever the order of the tables", () => {
    const attributes = {
      "openinference.span.kind": "AGENT",
      "agent.name": "Inferred",
      "langfuse.observation.type": "generation",
      "langfuse.observation.output": "said",
    };
    expect(read(attributes, "langfuse-sdk")).toMatchObject({ dialect: "langfuse", operation: "chat", said: "said" });
    expect(read(attributes)).toMatchObject({ dialect: "openinference", operation: "invoke_agent", agent: "Inferred" });
  });

  test("a table that knows a span as no work ends the search", () => {
    const attributes = {
      "langsmith.span.kind": "chain",
      "gen_ai.operation.name": "chain",
      "gen_ai.system": "langchain",
    };
    expect(read(attributes)).toMatchObject({ dialect: "langsmith", operation: "" });
  });
});

test("handoffs are read in every spelling", () => {
  expect(read({ "culprit.handoff.from": "A", "culprit.handoff.to": "B" }).handoff).toEqual({ from: "A", to: "B" });
  const traceloop = { "gen_ai.handoff.from_agent": "A", "gen_ai.handoff.to_agent": "B", "traceloop.span.kind": "tool" };
  expect(read(traceloop).handoff).toEqual({ from: "A", to: "B" });
});

test("every table has a place among the bits that find it, and a name of its own", () => {
  expect(DIALECTS.length).toBeLessThanOrEqual(31);
  expect(new Set(DIALECTS.map(({ name }) => name)).size).toBe(DIALECTS.length);
});
