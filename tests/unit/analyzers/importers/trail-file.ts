/** A synthetic trace laid out as TRAIL's: an agent over two model calls and a tool, nested, OpenInference attributes. */
export function syntheticTrace(name: string) {
  const id = (place: number) => `${name.padEnd(12, "0")}${String(place).padStart(4, "0")}`.slice(0, 16);
  const span = (
    place: number,
    span_name: string,
    span_attributes: Record<string, unknown>,
    child_spans: unknown[],
  ) => ({
    timestamp: `2025-03-19T16:43:0${place}.123456Z`,
    duration: "PT0.5S",
    trace_id: "0".repeat(32),
    span_id: id(place),
    span_name,
    span_attributes,
    status_code: place === 3 ? "Error" : "Ok",
    status_message: place === 3 ? "page not found" : "",
    child_spans,
  });
  const call = span(
    2,
    "LiteLLMModel.__call__",
    {
      "openinference.span.kind": "LLM",
      "llm.model_name": "o3-mini",
      "llm.input_messages.0.message.role": "user",
      "llm.input_messages.0.message.content": "Find the page.",
      "llm.output_messages.0.message.role": "assistant",
      "llm.output_messages.0.message.content": "I will visit it.",
      "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "visit",
      "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"url":"http://a.example"}',
    },
    [],
  );
  const tool = span(
    3,
    "VisitTool",
    { "openinference.span.kind": "TOOL", "tool.name": "visit_page", "output.value": "404" },
    [],
  );
  const answer = span(
    4,
    "LiteLLMModel.__call__",
    { "openinference.span.kind": "LLM", "output.value": "It says 42." },
    [],
  );
  const step = span(1, "Step 1", { "openinference.span.kind": "CHAIN" }, [call, tool, answer]);
  const agent = span(
    0,
    "CodeAgent.run",
    { "openinference.span.kind": "AGENT", "input.value": JSON.stringify({ task: `Question ${name}` }) },
    [step],
  );
  return { trace: { trace_id: `${name}-trace`, spans: [agent] }, ids: [0, 1, 2, 3, 4].map(id) };
}
