import { GEN_AI } from "@culprit/schemas";
import type { Dialect } from "./dialect.ts";
import { genai } from "./genai.ts";

/**
 * Pydantic AI, and Logfire around it: GenAI names, a whole conversation on the agent's span, and before
 * instrumentation version 3 its own names for agents and tools. Table after version 2.68.
 */
export const pydanticAi: Dialect = {
  ...genai,
  name: "pydantic-ai",
  detect: {
    scopes: ["pydantic-ai", "logfire.pydantic_ai", "logfire.openai", "logfire.anthropic"],
    attributes: ["pydantic_ai.*", "logfire.msg_template"],
  },
  operation: [
    { key: GEN_AI.operationName, map: {}, keep: true },
    { has: [GEN_AI.toolName, "tool_arguments"], operation: "execute_tool" },
    { has: ["model_request_parameters", GEN_AI.requestModel], operation: "chat" },
    { has: [GEN_AI.agentName, "agent_name"], operation: "invoke_agent" },
  ],
  agent: { keys: [GEN_AI.agentName, "agent_name"], namePrefixes: ["invoke_agent "] },
  model: [GEN_AI.responseModel, GEN_AI.requestModel, "model_name"],
  input: [
    ...genai.input,
    { kind: "messages", key: "pydantic_ai.all_messages" },
    { kind: "messages", key: "all_messages_events" },
    { kind: "messages", key: "request_data" },
  ],
  output: [
    ...genai.output,
    { kind: "text", key: "final_result", role: "assistant" },
    { kind: "messages", key: "response_data" },
  ],
};
