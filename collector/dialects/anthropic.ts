import { GEN_AI } from "@culprit/schemas";
import type { Dialect } from "./dialect.ts";
import { genai } from "./genai.ts";

/**
 * The tracing inside Anthropic's SDKs (TypeScript 1.x): GenAI names, the answer of a tool under a name of its own. Table
 * after version 1.11.
 */
export const anthropic: Dialect = {
  ...genai,
  name: "anthropic",
  detect: { scopes: ["com.anthropic.sdk.*"], attributes: ["anthropic.tool_result.content", "anthropic.session.id"] },
  conversation: [GEN_AI.conversationId, "anthropic.session.id"],
  tool: { ...genai.tool, result: ["anthropic.tool_result.content", ...genai.tool.result] },
};
