import { GEN_AI } from "@culprit/schemas";
import type { Dialect } from "./dialect.ts";

/** Spans that carry their content under a name of their own: `mastra.TYPE.input`. */
const TYPES = [
  "agent_run",
  "model_generation",
  "model_step",
  "workflow_run",
  "workflow_step",
  "tool_call",
  "mcp_tool_call",
];

/**
 * Mastra, whichever of its exporters sent it: the kind of a span in `mastra.span.type`, GenAI names on model and tool
 * spans, content of the others by kind. A generation holds its steps, a step its inference. Table after its
 * OpenTelemetry exporters of 2026.
 */
export const mastra: Dialect = {
  name: "mastra",
  detect: { scopes: ["@mastra/*", "mastra*"], attributes: ["mastra.*"] },
  operation: [
    {
      key: "mastra.span.type",
      map: {
        agent_run: "invoke_agent",
        workflow_run: "invoke_workflow",
        model_generation: "chat",
        model_step: "chat",
        model_inference: "chat",
        model_chunk: "",
        tool_call: "execute_tool",
        mcp_tool_call: "execute_tool",
        workflow_step: "",
        processor_run: "",
        generic: "",
      },
    },
  ],
  agent: {
    keys: [GEN_AI.agentName],
    namePrefixes: ["invoke_agent ", "agent run: ", "agent."],
  },
  model: [GEN_AI.responseModel, GEN_AI.requestModel],
  conversation: [GEN_AI.conversationId, "mastra.metadata.threadId", "mastra.metadata.sessionId"],
  tokens: { input: [GEN_AI.usageInputTokens], output: [GEN_AI.usageOutputTokens] },
  system: [GEN_AI.systemInstructions],
  input: [
    { kind: "messages", key: GEN_AI.inputMessages },
    ...TYPES.map((type) => ({ kind: "messages" as const, key: `mastra.${type}.input` })),
  ],
  output: [
    { kind: "messages", key: GEN_AI.outputMessages },
    ...TYPES.map((type) => ({ kind: "messages" as const, key: `mastra.${type}.output` })),
  ],
  tool: {
    name: [GEN_AI.toolName],
    id: [GEN_AI.toolCallId],
    arguments: [GEN_AI.toolCallArguments, "mastra.tool_call.input", "mastra.mcp_tool_call.input"],
    result: [GEN_AI.toolCallResult, "mastra.tool_call.output", "mastra.mcp_tool_call.output"],
  },
};
