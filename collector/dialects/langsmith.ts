import { GEN_AI } from "@culprit/schemas";
import type { Dialect } from "./dialect.ts";

/**
 * The LangSmith SDKs in their OpenTelemetry mode. Every run is a span, inputs and outputs are JSON in two attributes. An
 * agent is what LangChain's metadata calls it, else a chain that somebody named. Table after `langsmith` 0.10 for
 * JavaScript.
 */
export const langsmith: Dialect = {
  name: "langsmith",
  detect: { scopes: ["langsmith"], attributes: ["langsmith.*"] },
  operation: [
    {
      key: "langsmith.span.kind",
      map: {
        llm: "chat",
        tool: "execute_tool",
        retriever: "retrieval",
        embedding: "embeddings",
        chain: "",
        prompt: "",
        parser: "",
      },
    },
  ],
  agent: {
    keys: ["langsmith.metadata.lc_agent_name", "langsmith.metadata.langgraph_node"],
    ofKind: {
      key: "langsmith.span.kind",
      values: ["chain"],
      // What LangChain and LangGraph call their own parts.
      except: [
        "Runnable*",
        "LangGraph",
        "Channel*",
        "ChatPromptTemplate",
        "PromptTemplate",
        "Branch*",
        "_*",
        "Pregel*",
      ],
    },
  },
  model: [GEN_AI.responseModel, GEN_AI.requestModel],
  conversation: ["langsmith.metadata.session_id", "langsmith.metadata.thread_id", "langsmith.metadata.conversation_id"],
  tokens: { input: [GEN_AI.usageInputTokens], output: [GEN_AI.usageOutputTokens] },
  system: [],
  input: [{ kind: "messages", key: "gen_ai.prompt" }],
  output: [{ kind: "messages", key: "gen_ai.completion" }],
  tool: {
    name: [GEN_AI.toolName, "langsmith.trace.name"],
    spanName: true,
    id: [GEN_AI.toolCallId],
    arguments: ["gen_ai.prompt"],
    result: ["gen_ai.completion"],
  },
};
