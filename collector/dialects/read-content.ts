import { type AttributeValue, type Message, type MessagePart, type RawSpan, textMessage } from "@culprit/schemas";
import type { ContentSource } from "./dialect.ts";
import { readFlattened } from "./flattened.ts";
import { plainText, unquoted } from "./json-text.ts";
import { toCalls, toMessages } from "./messages.ts";

/** Messages from the first source that has any. */
export function readContent(sources: readonly ContentSource[], raw: RawSpan, role: string): Message[] {
  for (const source of sources) {
    const messages = readSource(source, raw, role);
    if (messages.length > 0) return messages;
  }
  return [];
}

function readSource(source: ContentSource, raw: RawSpan, role: string): Message[] {
  const { attributes } = raw;
  switch (source.kind) {
    case "messages":
      return toMessages(source.json ? unquoted(attributes[source.key]) : attributes[source.key], role);
    case "text": {
      const text = plainText(attributes[source.key]);
      return text === "" ? [] : [textMessage(source.role, text)];
    }
    case "flat":
      return readFlattened(attributes, source.prefix, source.shape, source.role);
    case "answer":
      return readAnswer(source, raw);
    case "events":
      return raw.events.flatMap((event) => {
        const named = source.roles[event.name];
        return named === undefined ? [] : readEvent(event.attributes, named);
      });
    case "event_messages":
      return raw.events
        .filter((event) => event.name === source.event)
        .flatMap((event) => toMessages(event.attributes[source.key], role));
  }
}

function readAnswer(source: Extract<ContentSource, { kind: "answer" }>, { attributes }: RawSpan): Message[] {
  const parts: MessagePart[] = [];
  const reasoning = plainText(firstOf(attributes, source.reasoning));
  if (reasoning !== "") parts.push({ type: "reasoning", content: reasoning });
  const text = plainText(firstOf(attributes, source.text));
  if (text !== "") parts.push({ type: "text", content: text });
  parts.push(...toCalls(firstOf(attributes, source.calls)));
  return parts.length > 0 ? [{ role: "assistant", parts }] : [];
}

/** `gen_ai.choice` and `gen_ai.*.message` events carry the message as attributes, or as one JSON attribute. */
function readEvent(attributes: RawSpan["attributes"], role: string): Message[] {
  const whole =
    attributes["message"] ?? attributes["gen_ai.event.content"] ?? attributes["event_body"] ?? attributes["body"];
  if (whole !== undefined) return toMessages(whole, role);
  const fields: { [key: string]: AttributeValue } = {
    role: plainText(attributes["role"]) || role,
  };
  const id = attributes["id"];
  if (attributes["content"] !== undefined) fields["content"] = attributes["content"];
  if (attributes["tool_calls"] !== undefined) fields["tool_calls"] = attributes["tool_calls"];
  if (id !== undefined) fields["tool_call_id"] = id;
  return "content" in fields || "tool_calls" in fields ? toMessages(fields, role) : [];
}

/** The first of the keys that is present and says something. */
export function firstOf(attributes: RawSpan["attributes"], keys: readonly string[]): AttributeValue | undefined {
  for (const key of keys) {
    const value = attributes[key];
    if (value !== undefined && value !== null && value !== "") return value;
  }
  return undefined;
}
