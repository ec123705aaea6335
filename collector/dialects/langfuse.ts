import { GEN_AI } from "@culprit/schemas";
import type { Dialect } from "./dialect.ts";

/** The Langfuse SDKs, JavaScript 4 and 5 and Python 3 and 4, whose observations are spans. Table after version 5.11. */
export const langfuse: Dialect = {
  name: "langfuse",
  detect: { scopes: ["langfuse-sdk"], attributes: ["langfuse.observation.*"] },
  operation: [
    {
      key: "langfuse.observation.type",
      map: {
        generation: "chat",
        agent: "invoke_agent",
        tool: "execute_tool",
        retriever: "retrieval",
        embedding: "embeddings",
        span: "",
        chain: "",
        event: "",
        evaluator: "",
        guardrail: "",
      },
    },
  ],
  agent: { keys: [GEN_AI.agentName], spanName: true },
  model: ["langfuse.observation.model.name", GEN_AI.responseModel, GEN_AI.requestModel],
  conversation: ["session.id", "langfuse.session.id"],
  tokens: {
    input: [GEN_AI.usageInputTokens],
    output: [GEN_AI.usageOutputTokens],
    inside: { key: "langfuse.observation.usage_details", input: "input", output: "output" },
  },
  system: [],
  input: [
    { kind: "messages", key: "langfuse.observation.input" },
    { kind: "messages", key: "langfuse.trace.input" },
  ],
  output: [
    { kind: "messages", key: "langfuse.observation.output" },
    { kind: "messages", key: "langfuse.trace.output" },
  ],
  tool: {
    name: [GEN_AI.toolName],
    spanName: true,
    id: [GEN_AI.toolCallId],
    arguments: ["langfuse.observation.input"],
    result: ["langfuse.observation.output"],
  },
};
