import { GEN_AI } from "@culprit/schemas";
import type { Dialect } from "./dialect.ts";
import { genai } from "./genai.ts";

/**
 * AutoGen 0.4 and later by itself: `autogen-core` says which agent ran and which tool, without contents; the runtime's
 * spans (`autogen process …`) carry messages between actors and are nobody's step. The contents come from OpenInference
 * beside it. Table after version 0.7.5.
 */
export const autogen: Dialect = {
  ...genai,
  name: "autogen",
  detect: { scopes: ["autogen-core", "autogen *"], attributes: ["recipient_agent_type", "sender_agent_type"] },
  operation: [
    { has: ["messaging.operation"], operation: "" },
    { key: GEN_AI.operationName, map: { create_agent: "create_agent" }, keep: true },
  ],
};
