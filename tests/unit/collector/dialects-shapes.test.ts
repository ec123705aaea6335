import { readSpan } from "@culprit/collector";
import type { AttributeValue, RawSpan } from "@culprit/schemas";
import { describe, expect, test } from "vitest";
import { readFixture } from "../../peers/fixture.ts";

const TEMPLATE = readFixture("pydantic-ai").spans[0] as RawSpan;

function reading(attributes: RawSpan["attributes"], more: Partial<RawSpan> = {}) {
  return readSpan({ ...TEMPLATE, scope_name: "", attributes, events: [], ...more });
}

function messages(value: AttributeValue) {
  return reading({ "gen_ai.operation.name": "chat", "gen_ai.input.messages": JSON.stringify(value) }).input;
}

const said = (role: string, content: string) => ({ role, parts: [{ type: "text", content }] });
const asks = { type: "tool_call", id: "c1", name: "price_of", arguments: { city: "Oslo" } };

describe("messages in the shapes of", () => {
  test("Bedrock and Strands", () => {
    const given = [
      { role: "user", content: [{ text: "How much?" }] },
      { role: "assistant", content: [{ toolUse: { toolUseId: "c1", name: "price_of", input: { city: "Oslo" } } }] },
      { role: "user", content: [{ toolResult: { toolUseId: "c1", content: [{ text: "1217" }] } }] },
      { role: "assistant", content: [{ reasoningContent: { reasoningText: { text: "hm" } } }, { text: "1217" }] },
    ];
    expect(messages(given)).toEqual([
      said("user", "How much?"),
      { role: "assistant", parts: [asks] },
      { role: "user", parts: [{ type: "tool_call_response", id: "c1", response: "1217" }] },
      {
        role: "assistant",
        parts: [
          { type: "reasoning", content: "hm" },
          { type: "text", content: "1217" },
        ],
      },
    ]);
  });

  test("Gemini, a request and its answer", () => {
    const call = { function_call: { id: "c1", name: "price_of", args: { city: "Oslo" } } };
    const request = {
      config: { system_instruction: "Be brief." },
      contents: [
        { role: "user", parts: [{ text: "How much?" }] },
        { role: "model", parts: [call] },
        { role: "user", parts: [{ functionResponse: { id: "c1", response: { price: "1217" } } }] },
      ],
    };
    expect(messages(request)).toEqual([
      said("system", "Be brief."),
      said("user", "How much?"),
      { role: "assistant", parts: [asks] },
      { role: "user", parts: [{ type: "tool_call_response", id: "c1", response: { price: "1217" } }] },
    ]);
    expect(messages({ content: { role: "model", parts: [{ text: "1217" }] } })).toEqual([said("assistant", "1217")]);
  });

  test("LangChain, as dictionaries and as constructors", () => {
    const call = { id: "c1", name: "price_of", args: { city: "Oslo" }, type: "tool_call" };
    const given = {
      messages: [
        { type: "human", data: { content: "How much?", type: "human" } },
        { lc: 1, type: "constructor", id: ["x", "AIMessage"], kwargs: { content: "", tool_calls: [call] } },
        { type: "tool", data: { content: "1217", tool_call_id: "c1" } },
      ],
    };
    expect(messages(given)).toEqual([
      said("user", "How much?"),
      { role: "assistant", parts: [asks] },
      { role: "tool", parts: [{ type: "tool_call_response", id: "c1", response: "1217" }] },
    ]);
  });

  test("LangChain's tools: the answer inside a message, or inside a command", () => {
    const message = { type: "tool", data: { content: "1217", tool_call_id: "c1" } };
    for (const value of [message, { graph: "__parent__", goto: "Pricer", update: { messages: [message] } }]) {
      const { output } = reading({ "openinference.span.kind": "TOOL", "output.value": JSON.stringify(value) });
      expect(output).toEqual([{ role: "tool", parts: [{ type: "tool_call_response", id: "", response: "1217" }] }]);
    }
  });

  test("nobody: what only looks like one of them stays what it is", () => {
    expect(messages([{ role: "user", content: [{ toolUse: "no" }] }])).toEqual([said("user", '[{"toolUse":"no"}]')]);
    expect(messages([{ lc: 1, id: "AIMessage", kwargs: null, content: "hi" }])).toEqual([said("user", "hi")]);
    expect(messages({ type: "ai", data: [] })).toEqual([said("user", '{"type":"ai","data":[]}')]);
  });
});

describe("the agent of a LangGraph span", () => {
  test.for([
    ["a node of a graph", { langgraph_node: "Planner", langgraph_checkpoint_ns: "Planner:1" }, "Planner"],
    [
      "a ready-made agent in a graph",
      { langgraph_node: "agent", langgraph_checkpoint_ns: "Pricer:1|agent:2" },
      "Pricer",
    ],
    ["its tools", { langgraph_node: "tools", langgraph_checkpoint_ns: "Pricer:1|tools:2" }, "Pricer"],
    ["a team in a team", { langgraph_node: "agent", langgraph_checkpoint_ns: "Team:1|Pricer:2|agent:3" }, "Pricer"],
    ["a ready-made agent alone", { langgraph_node: "agent", langgraph_checkpoint_ns: "agent:1" }, "agent"],
    ["an agent that says its name", { lc_agent_name: "Pricer", langgraph_checkpoint_ns: "x:1|model:2" }, "Pricer"],
    ["a node without a namespace", { langgraph_node: "Planner" }, "Planner"],
  ] as const)("%s", ([, metadata, agent]) => {
    const attributes = { "openinference.span.kind": "LLM", metadata: JSON.stringify(metadata) };
    expect(reading(attributes).agent).toBe(agent);
  });
});
