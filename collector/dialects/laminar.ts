import { GEN_AI } from "@culprit/schemas";
import type { Dialect } from "./dialect.ts";
import { openllmetry } from "./openllmetry.ts";

/**
 * Laminar's SDKs: `observe()` makes a span with its name, inputs and outputs; its instrumentations are descended from
 * OpenLLMetry's. An agent is an observed function around model calls. Table after the SDKs of 2026.
 */
export const laminar: Dialect = {
  ...openllmetry,
  name: "laminar",
  detect: { scopes: ["lmnr*", "@lmnr-ai/*"], attributes: ["lmnr.span.*", "lmnr.association.*"] },
  operation: [
    {
      key: "lmnr.span.type",
      map: {
        LLM: "chat",
        TOOL: "execute_tool",
        DEFAULT: "",
        EVALUATION: "",
        EVALUATOR: "",
        HUMAN_EVALUATOR: "",
        EXECUTOR: "",
      },
    },
    ...openllmetry.operation,
  ],
  agent: {
    keys: [GEN_AI.agentName],
    ofKind: { key: "lmnr.span.type", values: ["DEFAULT", "EXECUTOR"], except: ["Runnable*", "LangGraph", "Channel*"] },
  },
  conversation: ["lmnr.association.properties.session_id", ...openllmetry.conversation],
  input: [...openllmetry.input, { kind: "messages", key: "lmnr.span.input" }],
  output: [...openllmetry.output, { kind: "messages", key: "lmnr.span.output" }],
  tool: {
    ...openllmetry.tool,
    arguments: [GEN_AI.toolCallArguments, "lmnr.span.input"],
    result: [GEN_AI.toolCallResult, "lmnr.span.output"],
  },
};
