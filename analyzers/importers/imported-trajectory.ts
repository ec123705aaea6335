import { type AttributeValue, GEN_AI, type Message, type RawSpan, type Span, type Trajectory } from "@culprit/schemas";
import { buildTrajectory } from "../trajectory/build.ts";
import type { ImportedRun } from "./import-path.ts";

/**
 * The trajectory of an imported run, without a store in between: the spans the importer wrote are read here, by the
 * attributes it wrote.
 */
export function importedTrajectory(run: ImportedRun): Trajectory {
  return buildTrajectory(run.spans.map(readSpan));
}

function readSpan(span: RawSpan): Span {
  const text = (key: string) => plain(span.attributes[key]);
  const messages = (key: string) => messagesIn(text(key));
  return {
    ...span,
    project: "import",
    reading: {
      dialect: "genai",
      operation: text(GEN_AI.operationName),
      agent: text(GEN_AI.agentName),
      tool: text(GEN_AI.toolName),
      model: text(GEN_AI.responseModel),
      input: messages(GEN_AI.inputMessages),
      output: messages(GEN_AI.outputMessages),
      input_tokens: count(span.attributes[GEN_AI.usageInputTokens]),
      output_tokens: count(span.attributes[GEN_AI.usageOutputTokens]),
      conversation_id: "",
    },
  };
}

/** Messages as the importer wrote them; a schema would look at every value of every argument again. */
function messagesIn(json: string): Message[] {
  if (json === "") return [];
  const messages = JSON.parse(json) as Message[];
  return Array.isArray(messages) && messages.every((message) => Array.isArray(message?.parts)) ? messages : [];
}

function count(value: AttributeValue | undefined): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function plain(value: AttributeValue | undefined): string {
  return typeof value === "string" ? value : "";
}
