import { GEN_AI } from "@culprit/schemas";
import type { Dialect, FlatShape } from "./dialect.ts";

const MESSAGE: FlatShape = {
  role: "role",
  content: "content",
  name: "name",
  toolCallId: "tool_call_id",
  calls: { list: "tool_calls", id: "id", name: "name", arguments: "arguments" },
};

/** Traceloop's OpenLLMetry: `traceloop.*` around the GenAI names, with messages flattened in its older versions. */
export const openllmetry: Dialect = {
  name: "openllmetry",
  detect: {
    scopes: ["@traceloop/*", "traceloop.*", "opentelemetry.instrumentation.*"],
    attributes: ["traceloop.*", "gen_ai.prompt.0.*", "gen_ai.completion.0.*", "llm.request.type"],
  },
  operation: [
    {
      key: "traceloop.span.kind",
      map: { workflow: "invoke_workflow", agent: "invoke_agent", tool: "execute_tool", task: "" },
    },
    { key: GEN_AI.operationName, map: { completion: "text_completion" }, keep: true },
    {
      key: "llm.request.type",
      map: { chat: "chat", completion: "text_completion", embedding: "embeddings", rerank: "retrieval" },
    },
    { has: ["gen_ai.prompt.0.content", "gen_ai.prompt.0.role", "gen_ai.completion.0.content"], operation: "chat" },
  ],
  agent: {
    keys: [GEN_AI.agentName, "traceloop.association.properties.langgraph_node"],
    namePrefixes: ["invoke_agent "],
    spanName: true,
  },
  model: [GEN_AI.responseModel, GEN_AI.requestModel],
  conversation: [
    GEN_AI.conversationId,
    "traceloop.association.properties.session_id",
    "traceloop.association.properties.thread_id",
  ],
  tokens: {
    input: [GEN_AI.usageInputTokens, "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens"],
    output: [GEN_AI.usageOutputTokens, "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens"],
  },
  system: [GEN_AI.systemInstructions],
  input: [
    { kind: "messages", key: GEN_AI.inputMessages },
    { kind: "flat", prefix: "gen_ai.prompt", shape: MESSAGE, role: "user" },
    { kind: "messages", key: "traceloop.entity.input" },
  ],
  output: [
    { kind: "messages", key: GEN_AI.outputMessages },
    { kind: "flat", prefix: "gen_ai.completion", shape: MESSAGE, role: "assistant" },
    { kind: "messages", key: "traceloop.entity.output" },
  ],
  handoff: { from: ["gen_ai.handoff.from_agent"], to: ["gen_ai.handoff.to_agent"] },
  tool: {
    name: [GEN_AI.toolName, "traceloop.entity.name"],
    spanName: true,
    id: [GEN_AI.toolCallId],
    arguments: [GEN_AI.toolCallArguments, "traceloop.entity.input"],
    result: [GEN_AI.toolCallResult, "traceloop.entity.output"],
  },
};
