import { GEN_AI } from "@culprit/schemas";
import type { Dialect } from "./dialect.ts";
import { genai } from "./genai.ts";

/**
 * Strands Agents (AWS), Python and TypeScript: GenAI names, messages as span events in Bedrock's shape. A turn of the
 * loop (`execute_event_loop_cycle`) is nobody's step; a team (`invoke_swarm`, `invoke_graph`) is a workflow. Table
 * after version 1.62.
 */
export const strands: Dialect = {
  ...genai,
  name: "strands",
  detect: { scopes: ["strands.telemetry.tracer", "strands-agents"], attributes: ["event_loop.cycle_id"] },
  operation: [
    {
      key: GEN_AI.operationName,
      map: {
        execute_event_loop_cycle: "",
        invoke_swarm: "invoke_workflow",
        invoke_graph: "invoke_workflow",
        invoke_workflow: "invoke_workflow",
      },
      keep: true,
    },
  ],
  tool: { ...genai.tool, arguments: [GEN_AI.toolCallArguments], result: [GEN_AI.toolCallResult] },
};
