import type { Dialect } from "./dialect.ts";

/**
 * VoltAgent's own tracing. A model's span holds what it was shown and not what it answered; the agent's span around it
 * holds the last answer, and is its step. Table after `@voltagent/core` 2.10.
 */
export const voltagent: Dialect = {
  name: "voltagent",
  detect: { scopes: ["@voltagent/*", "voltagent*"], attributes: ["voltagent.*"] },
  operation: [
    { key: "span.type", map: { tool: "execute_tool", retriever: "retrieval", llm: "" } },
    { key: "entity.type", map: { agent: "invoke_agent", workflow: "invoke_workflow" } },
  ],
  agent: { keys: ["subagent.name", "entity.name"], namePrefixes: ["subagent:"] },
  model: ["ai.model.name", "llm.model"],
  conversation: ["conversation.id", "session.id"],
  tokens: { input: ["usage.prompt_tokens"], output: ["usage.completion_tokens"] },
  system: [],
  input: [
    { kind: "messages", key: "agent.messages" },
    { kind: "messages", key: "input" },
  ],
  output: [{ kind: "messages", key: "output" }],
  tool: { name: ["tool.name"], id: ["tool.call.id"], arguments: ["input"], result: ["output"] },
};
