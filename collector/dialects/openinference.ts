import type { Dialect, FlatShape } from "./dialect.ts";

const MESSAGE: FlatShape = {
  role: "message.role",
  content: "message.content",
  name: "message.name",
  toolCallId: "message.tool_call_id",
  contents: { list: "message.contents", text: "message_content.text" },
  calls: {
    list: "message.tool_calls",
    id: "tool_call.id",
    name: "tool_call.function.name",
    arguments: "tool_call.function.arguments",
  },
};

/** Arize's OpenInference conventions, as Phoenix and its instrumentations of many frameworks emit them. */
export const openinference: Dialect = {
  name: "openinference",
  detect: {
    scopes: ["openinference.*", "@arizeai/openinference-*"],
    attributes: ["openinference.span.kind", "llm.input_messages.*", "llm.output_messages.*"],
  },
  operation: [
    {
      key: "openinference.span.kind",
      map: {
        LLM: "chat",
        AGENT: "invoke_agent",
        TOOL: "execute_tool",
        RETRIEVER: "retrieval",
        RERANKER: "retrieval",
        EMBEDDING: "embeddings",
      },
    },
    { root: "invoke_workflow" },
  ],
  agent: {
    keys: ["agent.name", "graph.node.name", "graph.node.id"],
    inside: [
      ["metadata", "lc_agent_name"],
      ["metadata", "langgraph_checkpoint_ns", "namespace"],
      ["metadata", "langgraph_node"],
    ],
    spanName: true,
  },
  model: ["llm.model_name", "embedding.model_name"],
  conversation: ["session.id"],
  tokens: { input: ["llm.token_count.prompt"], output: ["llm.token_count.completion"] },
  system: [],
  input: [
    { kind: "flat", prefix: "llm.input_messages", shape: MESSAGE, role: "user" },
    { kind: "messages", key: "input.value" },
  ],
  output: [
    { kind: "flat", prefix: "llm.output_messages", shape: MESSAGE, role: "assistant" },
    { kind: "messages", key: "output.value" },
  ],
  // What its instrumentation of the OpenAI Agents SDK calls a handoff's span.
  handoff: { from: [], to: [], namePrefixes: ["handoff to "] },
  tool: {
    name: ["tool.name", "tool_call.function.name"],
    spanName: true,
    id: ["tool.id", "tool_call.id"],
    arguments: ["input.value", "tool_call.function.arguments", "tool.parameters"],
    result: ["output.value"],
  },
};
