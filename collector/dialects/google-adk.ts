import { GEN_AI } from "@culprit/schemas";
import type { Dialect } from "./dialect.ts";
import { genai } from "./genai.ts";

/**
 * Google's Agent Development Kit. Since 2.x GenAI names; its older schema (`ADK_TELEMETRY_SCHEMA_VERSION_OPT_IN=1`,
 * and 1.x) has `invocation` > `agent_run NAME` or `invoke_agent NAME` > `call_llm` and `execute_tool NAME` with whole
 * requests and answers as JSON, `{}` where contents are left out. Table after version 2.13.
 */
export const googleAdk: Dialect = {
  ...genai,
  name: "google-adk",
  detect: { scopes: ["gcp.vertex.agent"], attributes: ["gcp.vertex.agent.*"] },
  operation: [
    {
      key: GEN_AI.operationName,
      map: { call_llm: "chat", invocation: "invoke_workflow" },
      keep: true,
    },
    { has: ["gcp.vertex.agent.tool_call_args"], operation: "execute_tool" },
    { has: ["gcp.vertex.agent.llm_request"], operation: "chat" },
    { root: "invoke_workflow" },
  ],
  agent: { keys: [GEN_AI.agentName], namePrefixes: ["invoke_agent ", "agent_run "] },
  conversation: [GEN_AI.conversationId, "gcp.vertex.agent.session_id"],
  input: [...genai.input, { kind: "messages", key: "gcp.vertex.agent.llm_request" }],
  output: [...genai.output, { kind: "messages", key: "gcp.vertex.agent.llm_response" }],
  tool: {
    ...genai.tool,
    arguments: [GEN_AI.toolCallArguments, "gcp.vertex.agent.tool_call_args"],
    result: [GEN_AI.toolCallResult, "gcp.vertex.agent.tool_response"],
  },
};
