import { GEN_AI } from "@culprit/schemas";
import type { ContentSource } from "./dialect.ts";

/** The one event that carries a whole exchange, in the current conventions. */
const DETAILS = "gen_ai.client.inference.operation.details";

/** Events of the older conventions, one a message; still what several SDKs emit. */
const INPUT_EVENTS = {
  "gen_ai.system.message": "system",
  "gen_ai.user.message": "user",
  "gen_ai.assistant.message": "assistant",
  "gen_ai.tool.message": "tool",
};
const OUTPUT_EVENTS = { "gen_ai.choice": "assistant" };

/**
 * Messages as events of a span, be they its own or log records that belong to it. They are read whatever the dialect
 * of the span: instrumentations that share a scope name, or keep a vendor's attributes, send content this way too.
 */
export const CONTENT_EVENTS: {
  names: readonly string[];
  input: readonly ContentSource[];
  output: readonly ContentSource[];
} = {
  names: [DETAILS, ...Object.keys(INPUT_EVENTS), ...Object.keys(OUTPUT_EVENTS)],
  input: [
    { kind: "event_messages", event: DETAILS, key: GEN_AI.inputMessages },
    { kind: "events", roles: INPUT_EVENTS },
  ],
  output: [
    { kind: "event_messages", event: DETAILS, key: GEN_AI.outputMessages },
    { kind: "events", roles: OUTPUT_EVENTS },
  ],
};
