import { CULPRIT, GEN_AI } from "@culprit/schemas";
import { CONTENT_EVENTS } from "./content-events.ts";
import type { Dialect } from "./dialect.ts";

/**
 * The OpenTelemetry GenAI conventions, names of 2026 and the ones they replaced, plus the `culprit.*` text our own SDK
 * puts on workflow and agent spans.
 */
export const genai: Dialect = {
  name: "genai",
  detect: {
    scopes: ["@culprit/*", "@opentelemetry/instrumentation-*"],
    attributes: [GEN_AI.operationName, "gen_ai.*", CULPRIT.task, CULPRIT.stepRole, CULPRIT.handoffTo],
    events: CONTENT_EVENTS.names,
  },
  operation: [
    {
      key: GEN_AI.operationName,
      map: { completion: "text_completion", invoke_workflow: "invoke_workflow" },
      keep: true,
    },
    { has: [GEN_AI.toolName, GEN_AI.toolCallId], operation: "execute_tool" },
    { has: [GEN_AI.inputMessages, GEN_AI.outputMessages, GEN_AI.requestModel, "gen_ai.system"], operation: "chat" },
    { has: [CULPRIT.task], operation: "invoke_workflow" },
    { has: [GEN_AI.agentName], operation: "invoke_agent" },
  ],
  agent: { keys: [GEN_AI.agentName, "agent_name"], namePrefixes: ["invoke_agent "] },
  model: [GEN_AI.responseModel, GEN_AI.requestModel],
  conversation: [GEN_AI.conversationId, "session.id"],
  tokens: {
    input: [GEN_AI.usageInputTokens, "gen_ai.usage.prompt_tokens"],
    output: [GEN_AI.usageOutputTokens, "gen_ai.usage.completion_tokens"],
  },
  system: [GEN_AI.systemInstructions],
  input: [
    { kind: "messages", key: GEN_AI.inputMessages },
    ...CONTENT_EVENTS.input,
    { kind: "messages", key: "gen_ai.prompt" },
    { kind: "text", key: CULPRIT.input, role: "user" },
    { kind: "text", key: CULPRIT.task, role: "user" },
  ],
  output: [
    { kind: "messages", key: GEN_AI.outputMessages },
    ...CONTENT_EVENTS.output,
    { kind: "messages", key: "gen_ai.completion" },
    { kind: "text", key: CULPRIT.output, role: "assistant" },
  ],
  handoff: { from: [CULPRIT.handoffFrom], to: [CULPRIT.handoffTo] },
  tool: {
    name: [GEN_AI.toolName],
    id: [GEN_AI.toolCallId],
    arguments: [GEN_AI.toolCallArguments, "tool_arguments", CULPRIT.input],
    result: [GEN_AI.toolCallResult, "tool_response", CULPRIT.output],
  },
};
