import { CULPRIT } from "@culprit/schemas";
import type { ContentSource, Dialect } from "./dialect.ts";

function messages(key: string): ContentSource {
  return { kind: "messages", key };
}

/**
 * A span no table knows. It is kept raw; only names that can hardly mean anything else are read, and it becomes agent
 * work only when it says whose work it is.
 */
export const generic: Dialect = {
  name: "generic",
  detect: { scopes: [], attributes: [] },
  operation: [{ has: ["agent.name", "agent_name"], operation: "invoke_agent" }],
  agent: { keys: ["agent.name", "agent_name"] },
  model: ["model", "llm.model"],
  conversation: ["session.id", "conversation.id"],
  tokens: { input: ["input_tokens"], output: ["output_tokens"] },
  system: [],
  input: [
    { kind: "text", key: CULPRIT.input, role: "user" },
    ...["input.value", "input", "inputs", "messages", "prompt", "request", "query", "question"].map(messages),
  ],
  output: [
    { kind: "text", key: CULPRIT.output, role: "assistant" },
    ...["output.value", "output", "outputs", "response", "completion", "result", "answer"].map(messages),
  ],
  tool: { name: ["tool.name"], id: [], arguments: [], result: [] },
};
