import { GEN_AI } from "@culprit/schemas";
import type { Dialect } from "./dialect.ts";

/**
 * Claude Code and the Claude Agent SDK, whose process traces itself (`CLAUDE_CODE_ENABLE_TELEMETRY`). Agents have ids
 * and no names; what prompts and tools said is there when it was asked for (`OTEL_LOG_USER_PROMPTS`,
 * `OTEL_LOG_TOOL_DETAILS`, `OTEL_LOG_TOOL_CONTENT`). Table after captures of version 2.1.
 */
export const claudeCode: Dialect = {
  name: "claude-code",
  detect: {
    scopes: ["com.anthropic.claude_code*"],
    attributes: ["claude_code.*", "query_source", "tool_use_id"],
  },
  operation: [
    {
      key: "span.type",
      map: {
        interaction: "invoke_agent",
        llm_request: "chat",
        tool: "execute_tool",
        "tool.execution": "",
        "tool.blocked_on_user": "",
        hook: "",
      },
    },
  ],
  agent: { keys: [GEN_AI.agentName, "agent_name", "agent_type", "agent_id", "query_source"] },
  model: [GEN_AI.responseModel, GEN_AI.requestModel, "model"],
  conversation: [GEN_AI.conversationId, "session.id"],
  tokens: { input: ["input_tokens", GEN_AI.usageInputTokens], output: ["output_tokens", GEN_AI.usageOutputTokens] },
  system: [],
  input: [
    { kind: "messages", key: GEN_AI.inputMessages },
    { kind: "text", key: "user_prompt", role: "user" },
    { kind: "text", key: "new_context", role: "user" },
  ],
  output: [
    { kind: "messages", key: GEN_AI.outputMessages },
    { kind: "text", key: "response.model_output", role: "assistant" },
    { kind: "event_messages", event: "tool.output", key: "content" },
    { kind: "event_messages", event: "tool.output", key: "output" },
  ],
  tool: {
    name: ["tool_name", GEN_AI.toolName],
    id: ["tool_use_id", GEN_AI.toolCallId],
    arguments: [GEN_AI.toolCallArguments, "tool_input", "tool_parameters", "full_command", "file_path"],
    result: [GEN_AI.toolCallResult, "tool_output"],
  },
};
