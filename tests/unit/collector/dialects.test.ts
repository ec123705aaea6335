import { readSpan } from "@culprit/collector";
import { type Attributes, messageText, type RawSpan } from "@culprit/schemas";
import { describe, expect, test } from "vitest";

function span(attributes: Attributes, more: Partial<RawSpan> = {}): RawSpan {
  return {
    trace_id: "5b8efff798038103d269b633813fc60c",
    span_id: "eee19b7ec3c1b174",
    parent_span_id: "eee19b7ec3c1b173",
    name: "a span",
    kind: "internal",
    start_time_unix_nano: "1",
    end_time_unix_nano: "2",
    status_code: "unset",
    status_message: "",
    trace_state: "",
    scope_name: "",
    scope_version: "",
    resource_attributes: {},
    attributes,
    events: [],
    links: [],
    dropped_attributes_count: 0,
    dropped_events_count: 0,
    dropped_links_count: 0,
    ...more,
  };
}

const event = (name: string, attributes: Attributes) => ({ name, time_unix_nano: "1", attributes });

describe("GenAI", () => {
  test("a chat span: messages as JSON text, tokens, model", () => {
    const input = [
      { role: "system", parts: [{ type: "text", content: "You plan." }] },
      { role: "user", parts: [{ type: "text", content: "Sort a list" }] },
    ];
    const output = [
      { role: "assistant", parts: [{ type: "tool_call", id: "c1", name: "run", arguments: { code: "x" } }] },
    ];
    const reading = readSpan(
      span({
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "m",
        "gen_ai.response.model": "m-2026",
        "gen_ai.input.messages": JSON.stringify(input),
        "gen_ai.output.messages": JSON.stringify(output),
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": "5",
        "gen_ai.conversation.id": "conv",
      }),
    );
    expect(reading).toEqual({
      dialect: "genai",
      operation: "chat",
      agent: "",
      tool: "",
      model: "m-2026",
      input,
      output,
      input_tokens: 12,
      output_tokens: 5,
      conversation_id: "conv",
    });
  });

  test("structured messages read like JSON text", () => {
    const messages = [{ role: "user", parts: [{ type: "text", content: "hi" }] }];
    const reading = readSpan(span({ "gen_ai.operation.name": "chat", "gen_ai.input.messages": messages }));
    expect(reading.input).toEqual(messages);
  });

  test("system instructions come first, once", () => {
    const reading = readSpan(
      span({
        "gen_ai.operation.name": "chat",
        "gen_ai.system_instructions": '[{"type":"text","content":"Be brief."}]',
        "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]',
      }),
    );
    expect(reading.input.map((message) => [message.role, messageText(message)])).toEqual([
      ["system", "Be brief."],
      ["user", "hi"],
    ]);
  });

  test("a workflow root of our SDK: its task is the input", () => {
    const attributes = { "gen_ai.operation.name": "invoke_workflow", "culprit.task": "Sort a list" };
    const reading = readSpan(span(attributes, { parent_span_id: "", name: "invoke_workflow sort" }));
    expect(reading).toMatchObject({ dialect: "genai", operation: "invoke_workflow" });
    expect(reading.input.map(messageText)).toEqual(["Sort a list"]);
  });

  test("an agent span of our SDK: name, input and output text", () => {
    const reading = readSpan(
      span({
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "Planner",
        "culprit.input": "[1, 2]",
        "culprit.output": "A plan",
      }),
    );
    expect(reading).toMatchObject({ operation: "invoke_agent", agent: "Planner" });
    expect(reading.input.map(messageText)).toEqual(["[1, 2]"]);
    expect(reading.output.map(messageText)).toEqual(["A plan"]);
  });

  test("a tool span: the call goes in, the result comes out", () => {
    const reading = readSpan(
      span({
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "run_tests",
        "gen_ai.tool.call.id": "c1",
        "gen_ai.tool.call.arguments": '{"file":"a.py"}',
        "gen_ai.tool.call.result": "2 failed",
      }),
    );
    expect(reading.tool).toBe("run_tests");
    expect(reading.input).toEqual([
      { role: "assistant", parts: [{ type: "tool_call", id: "c1", name: "run_tests", arguments: { file: "a.py" } }] },
    ]);
    expect(reading.output).toEqual([
      { role: "tool", parts: [{ type: "tool_call_response", id: "c1", response: "2 failed" }] },
    ]);
  });

  test.each([
    ['"2 failed"', "2 failed"],
    ['"a" and "b"', '"a" and "b"'],
    ["2 failed", "2 failed"],
    ["[1]", [1]],
    ["true", "true"],
  ])("a tool's result %s, as JSON or as it is", (result, response) => {
    const attributes = { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.result": result };
    expect(readSpan(span(attributes)).output[0]?.parts).toEqual([{ type: "tool_call_response", id: "", response }]);
  });

  test("messages as span events, one each", () => {
    const reading = readSpan(
      span(
        { "gen_ai.system": "openai", "gen_ai.operation.name": "chat" },
        {
          events: [
            event("gen_ai.system.message", { content: "You test." }),
            event("gen_ai.user.message", { content: "Test it" }),
            event("gen_ai.tool.message", { content: "ok", id: "c1" }),
            event("gen_ai.choice", { index: 0, message: '{"role":"assistant","content":"done"}' }),
          ],
        },
      ),
    );
    expect(reading.input.map(({ role }) => role)).toEqual(["system", "user", "tool"]);
    expect(reading.input.map(messageText)).toEqual(["You test.", "Test it", "ok"]);
    expect(reading.output.map(messageText)).toEqual(["done"]);
  });

  test.each(["opentelemetry.instrumentation.openai_v2", "openinference.instrumentation.openai", "ai"])(
    "messages as events of a span whose scope, %s, is another vendor's too",
    (scope_name) => {
      const events = [
        event("gen_ai.user.message", { content: "Test it" }),
        event("gen_ai.choice", { message: { role: "assistant", content: "done" } }),
      ];
      const reading = readSpan(span({ "gen_ai.operation.name": "chat" }, { scope_name, events }));
      expect([reading.operation, ...[reading.input, reading.output].map((list) => list.map(messageText))]).toEqual([
        "chat",
        ["Test it"],
        ["done"],
      ]);
    },
  );

  test("one event with the whole exchange", () => {
    const messages = '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]';
    const events = [event("gen_ai.client.inference.operation.details", { "gen_ai.input.messages": messages })];
    expect(readSpan(span({ "gen_ai.operation.name": "chat" }, { events })).input.map(messageText)).toEqual(["hi"]);
  });

  test("old names: prompt_tokens, gen_ai.system, a prompt in OpenAI's shape", () => {
    const reading = readSpan(
      span({
        "gen_ai.system": "openai",
        "gen_ai.usage.prompt_tokens": 3,
        "gen_ai.prompt": '{"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}',
        "gen_ai.completion": "hello",
      }),
    );
    expect(reading).toMatchObject({ operation: "chat", input_tokens: 3 });
    expect([...reading.input, ...reading.output].map(messageText)).toEqual(["hi", "hello"]);
  });

  test("the agent's name from the span's name, unless that is the model's", () => {
    const attributes = { "gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "gpt" };
    expect(readSpan(span(attributes, { name: "invoke_agent Coder" })).agent).toBe("Coder");
    expect(readSpan(span(attributes, { name: "invoke_agent gpt" })).agent).toBe("");
  });
});

describe("OpenInference", () => {
  const llm = {
    "openinference.span.kind": "LLM",
    "llm.model_name": "m",
    "llm.token_count.prompt": 7,
    "llm.input_messages.1.message.role": "tool",
    "llm.input_messages.1.message.content": "42",
    "llm.input_messages.1.message.tool_call_id": "c1",
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.contents.0.message_content.type": "text",
    "llm.input_messages.0.message.contents.0.message_content.text": "add",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c2",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "sum",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"a":1}',
  };

  test("flattened messages are put together in the order of their indexes", () => {
    const reading = readSpan(span(llm));
    expect(reading).toMatchObject({ dialect: "openinference", operation: "chat", model: "m", input_tokens: 7 });
    expect(reading.input).toEqual([
      { role: "user", parts: [{ type: "text", content: "add" }] },
      { role: "tool", parts: [{ type: "tool_call_response", id: "c1", response: "42" }] },
    ]);
    expect(reading.output[0]?.parts).toEqual([{ type: "tool_call", id: "c2", name: "sum", arguments: { a: 1 } }]);
  });

  test("a hostile index allocates nothing", () => {
    const before = process.memoryUsage().heapUsed;
    const reading = readSpan(
      span({
        ...llm,
        "llm.input_messages.999999999.message.content": "last",
        "llm.input_messages.999999999.message.tool_calls.999999999.tool_call.id": "x",
        "llm.input_messages.99999999999999999999.message.content": "too far",
        "llm.input_messages.-1.message.content": "no index",
        "llm.input_messages.x.message.content": "no index",
      }),
    );
    expect(reading.input.map(messageText)).toEqual(["add", "42", "last\n()"]);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000);
  });

  test("agents, tools and chains", () => {
    expect(
      readSpan(span({ "openinference.span.kind": "AGENT", "agent.name": "Researcher", "input.value": "find" })),
    ).toMatchObject({ operation: "invoke_agent", agent: "Researcher" });
    expect(readSpan(span({ "openinference.span.kind": "AGENT" }, { name: "Writer" })).agent).toBe("Writer");
    expect(readSpan(span({ "openinference.span.kind": "LLM", metadata: '{"langgraph_node":"planner"}' })).agent).toBe(
      "planner",
    );
    expect(readSpan(span({ "openinference.span.kind": "CHAIN" }))).toMatchObject({ operation: "" });
    const tool = readSpan(
      span({
        "openinference.span.kind": "TOOL",
        "tool.name": "search",
        "input.value": '{"q":"x"}',
        "output.value": "y",
      }),
    );
    expect(tool).toMatchObject({ operation: "execute_tool", tool: "search" });
    expect(tool.input[0]?.parts[0]).toMatchObject({ name: "search", arguments: { q: "x" } });
    expect(tool.output[0]?.parts[0]).toMatchObject({ response: "y" });
  });
});

describe("OpenLLMetry", () => {
  test("agents and tools are entities", () => {
    const agent = readSpan(
      span(
        { "traceloop.span.kind": "agent", "gen_ai.agent.name": "Coder", "traceloop.entity.input": '{"messages":[]}' },
        { scope_name: "opentelemetry.instrumentation.langchain" },
      ),
    );
    expect(agent).toMatchObject({ dialect: "openllmetry", operation: "invoke_agent", agent: "Coder" });
    const tool = readSpan(
      span({ "traceloop.span.kind": "tool", "traceloop.entity.name": "grep", "traceloop.entity.output": "3 lines" }),
    );
    expect(tool).toMatchObject({ operation: "execute_tool", tool: "grep" });
    expect(tool.output.map(messageText)).toEqual(["3 lines"]);
  });

  test("flattened prompts and completions", () => {
    const reading = readSpan(
      span({
        "llm.request.type": "chat",
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": "hi",
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": "hello",
        "gen_ai.completion.0.tool_calls.0.name": "f",
        "gen_ai.completion.0.tool_calls.0.arguments": "{}",
      }),
    );
    expect(reading).toMatchObject({ dialect: "openllmetry", operation: "chat" });
    expect(reading.input.map(messageText)).toEqual(["hi"]);
    expect(reading.output.map(messageText)).toEqual(["hello\nf({})"]);
  });
});

describe("Vercel AI SDK", () => {
  test("a call, its model call and its tool call", () => {
    const outer = readSpan(
      span({
        "ai.operationId": "ai.generateText",
        "ai.telemetry.functionId": "planner",
        "ai.prompt": '{"prompt":"go"}',
      }),
    );
    expect(outer).toMatchObject({ dialect: "vercel-ai", operation: "invoke_agent", agent: "planner" });
    expect(outer.input.map(messageText)).toEqual(["go"]);
    const inner = readSpan(
      span({
        "ai.operationId": "ai.generateText.doGenerate",
        "gen_ai.request.model": "gpt",
        "ai.prompt.messages": JSON.stringify([
          { role: "user", content: [{ type: "text", text: "go" }] },
          { role: "tool", content: [{ type: "tool-result", toolCallId: "c1", toolName: "f", result: { ok: true } }] },
        ]),
        "ai.response.text": "calling",
        "ai.response.toolCalls": '[{"toolCallId":"c2","toolName":"f","args":"{\\"a\\":1}"}]',
      }),
    );
    expect(inner).toMatchObject({ operation: "chat", model: "gpt" });
    expect(inner.input[1]?.parts).toEqual([{ type: "tool_call_response", id: "c1", response: { ok: true } }]);
    expect(inner.output.map(messageText)).toEqual(['calling\nf({"a":1})']);
    const tool = readSpan(
      span({
        "ai.operationId": "ai.toolCall",
        "ai.toolCall.name": "f",
        "ai.toolCall.args": "{}",
        "ai.toolCall.result": "1",
      }),
    );
    expect(tool).toMatchObject({ operation: "execute_tool", tool: "f" });
  });

  test("version 7, whose scope stayed but whose names are GenAI", () => {
    const attributes = { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner" };
    expect(readSpan(span(attributes, { scope_name: "ai" }))).toMatchObject({ dialect: "genai", agent: "planner" });
  });
});

describe("any span", () => {
  test("that nobody knows is generic and no agent's work", () => {
    expect(readSpan(span({ "http.method": "GET" }))).toMatchObject({ dialect: "generic", operation: "", agent: "" });
  });

  test("keeps its raw attributes untouched", () => {
    const attributes = { "gen_ai.operation.name": "chat", "gen_ai.input.messages": '[{"role":"user","content":"x"}]' };
    const frozen = span(Object.freeze({ ...attributes }));
    readSpan(frozen);
    expect(frozen.attributes).toEqual(attributes);
  });

  test.each([
    "not json",
    "[",
    "{}",
    "[[[[[1]]]]]",
    "[null, 3, true]",
    '[{"role":5,"parts":7}]',
    '[{"role":"user","parts":[null,{"type":7},{"type":"image","name":5,"id":{}}]}]',
    '{"__proto__":{"role":"user"}}',
    `${"[".repeat(50_000)}${"]".repeat(50_000)}`,
  ])("with unusual content reads without throwing, into what the schema holds: %.40s", async (content) => {
    const { spanReadingSchema } = await import("@culprit/schemas");
    const keys = [
      "gen_ai.input.messages",
      "input.value",
      "ai.prompt",
      "traceloop.entity.input",
      "gen_ai.tool.call.arguments",
    ];
    for (const operation of ["chat", "execute_tool"]) {
      for (const key of keys) {
        const reading = readSpan(span({ "gen_ai.operation.name": operation, [key]: content }));
        expect(spanReadingSchema.safeParse(reading).error).toBeUndefined();
        expect(() => JSON.stringify(reading)).not.toThrow();
      }
    }
  });
});
