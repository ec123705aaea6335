import type { AttributeValue, MessagePart } from "@culprit/schemas";
import { plainText, structured } from "./json-text.ts";

type Fields = { [key: string]: AttributeValue };

/**
 * A part whose kind is a key and not a `type`: Bedrock's and Strands' `{text}`, `{toolUse}`, `{toolResult}` and
 * `{reasoningContent}`, Gemini's and ADK's `{functionCall}` and `{functionResponse}` (or `function_call`, …).
 */
export function untypedPart(part: Fields): MessagePart | undefined {
  if (part["type"] !== undefined || part["role"] !== undefined) return undefined;
  const call = fieldsOf(part["toolUse"] ?? part["functionCall"] ?? part["function_call"]);
  if (call) {
    const args = call["input"] ?? call["args"] ?? {};
    const id = plainText(call["toolUseId"] ?? call["id"]);
    return { type: "tool_call", id, name: plainText(call["name"]), arguments: structured(args) ?? null };
  }
  const answer = fieldsOf(part["toolResult"] ?? part["functionResponse"] ?? part["function_response"]);
  if (answer) {
    const id = plainText(answer["toolUseId"] ?? answer["id"]);
    return { type: "tool_call_response", id, response: untypedText(answer["content"] ?? answer["response"]) };
  }
  const thought = fieldsOf(fieldsOf(part["reasoningContent"])?.["reasoningText"]);
  if (thought) return { type: "reasoning", content: plainText(thought["text"]) };
  if (typeof part["text"] !== "string") return undefined;
  return { type: part["thought"] === true ? "reasoning" : "text", content: part["text"] };
}

/** What a tool answered: a list of nothing but `{text}` parts is their text, anything else stays. */
export function untypedText(value: AttributeValue | undefined): AttributeValue {
  if (!Array.isArray(value) || value.length === 0) return value ?? null;
  const texts: string[] = [];
  for (const item of value) {
    const fields = fieldsOf(item);
    if (typeof fields?.["text"] !== "string" || Object.keys(fields).length !== 1) return value;
    texts.push(fields["text"]);
  }
  return texts.join("\n");
}

function fieldsOf(value: AttributeValue | undefined): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}
