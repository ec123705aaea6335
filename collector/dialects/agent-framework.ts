import { GEN_AI } from "@culprit/schemas";
import type { Dialect } from "./dialect.ts";
import { genai } from "./genai.ts";

/**
 * Microsoft Agent Framework and Semantic Kernel: GenAI names, and workflows of `executor.process`, `edge_group.process`
 * and `message.send`, which are nobody's step: what an executor does lies inside. Table after versions 1.23 and 1.45.
 */
export const agentFramework: Dialect = {
  ...genai,
  name: "agent-framework",
  detect: {
    scopes: ["agent_framework", "agent_framework.*", "semantic_kernel.*", "Microsoft.SemanticKernel*"],
    attributes: ["workflow.id", "executor.id", "edge_group.*", "message.source_id"],
  },
  operation: [
    {
      key: GEN_AI.operationName,
      map: { "chat.completions": "chat", "chat.streaming_completions": "chat" },
      keep: true,
    },
    { has: ["workflow.definition", "executor.id", "edge_group.id", "message.source_id"], operation: "" },
    { has: ["workflow.id"], operation: "invoke_workflow" },
  ],
};
