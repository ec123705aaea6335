import type { Dialect } from "./dialect.ts";

/**
 * MLflow Tracing and its autologging: every attribute is JSON text, so a plain text has quotes; the agent's name is the
 * span's. With `MLFLOW_ENABLE_OTEL_GENAI_SEMCONV=true` it sends GenAI names instead. Table after version 3.17.
 */
export const mlflow: Dialect = {
  name: "mlflow",
  detect: { scopes: ["mlflow.*"], attributes: ["mlflow.spanType", "mlflow.spanInputs"] },
  operation: [
    {
      key: "mlflow.spanType",
      map: {
        AGENT: "invoke_agent",
        CHAT_MODEL: "chat",
        LLM: "chat",
        TOOL: "execute_tool",
        RETRIEVER: "retrieval",
        RERANKER: "retrieval",
        EMBEDDING: "embeddings",
        WORKFLOW: "invoke_workflow",
      },
    },
    { root: "invoke_workflow" },
  ],
  agent: { keys: ["gen_ai.agent.name"], spanName: true },
  model: ["mlflow.llm.model", "model"],
  conversation: ["session.id", "mlflow.trace.session"],
  tokens: {
    input: [],
    output: [],
    inside: { key: "mlflow.chat.tokenUsage", input: "input_tokens", output: "output_tokens" },
  },
  system: [],
  input: [{ kind: "messages", key: "mlflow.spanInputs", json: true }],
  output: [{ kind: "messages", key: "mlflow.spanOutputs", json: true }],
  tool: {
    name: [],
    spanName: true,
    id: [],
    arguments: ["mlflow.spanInputs"],
    result: ["mlflow.spanOutputs"],
  },
};
