import type { Attributes, AttributeValue, Message, MessagePart } from "@culprit/schemas";
import type { FlatShape } from "./dialect.ts";
import { plainText, structured } from "./json-text.ts";
import { MAX_MESSAGES } from "./messages.ts";

const MAX_INDEX_DIGITS = 9;

/**
 * Rebuilds messages that were spread over keys such as `llm.input_messages.0.message.role`.
 *
 * Indexes are used to sort by and never to allocate by: `llm.input_messages.999999999.x` costs one map entry. The
 * number of messages is bounded by the number of attributes and by {@link MAX_MESSAGES}.
 */
export function readFlattened(attributes: Attributes, prefix: string, shape: FlatShape, role: string): Message[] {
  const messages: Message[] = [];
  for (const fields of groupByIndex(Object.entries(attributes), prefix)) {
    const message = toMessage(fields, shape, role);
    if (message) messages.push(message);
  }
  return messages;
}

type Entry = [key: string, value: AttributeValue];

/** Splits `PREFIX.N.REST` entries by N, in order of N. */
function groupByIndex(entries: Iterable<Entry>, prefix: string): Map<string, AttributeValue>[] {
  const groups = new Map<number, Map<string, AttributeValue>>();
  const start = `${prefix}.`;
  for (const [key, value] of entries) {
    if (!key.startsWith(start)) continue;
    const dot = key.indexOf(".", start.length);
    const digits = key.slice(start.length, dot === -1 ? undefined : dot);
    if (dot === -1 || digits.length > MAX_INDEX_DIGITS || !/^\d+$/.test(digits)) continue;
    const index = Number(digits);
    let group = groups.get(index);
    if (!group) {
      if (groups.size >= MAX_MESSAGES) continue;
      group = new Map();
      groups.set(index, group);
    }
    group.set(key.slice(dot + 1), value);
  }
  return [...groups].sort(([left], [right]) => left - right).map(([, group]) => group);
}

function toMessage(fields: Map<string, AttributeValue>, shape: FlatShape, fallback: string): Message | undefined {
  const role = plainText(fields.get(shape.role)) || fallback;
  const callId = plainText(fields.get(shape.toolCallId));
  const parts: MessagePart[] = [];
  const content = fields.get(shape.content);
  if (content !== undefined && content !== null && content !== "") {
    if (role === "tool" || callId !== "") {
      parts.push({ type: "tool_call_response", id: callId, response: structured(content) ?? null });
    } else parts.push({ type: "text", content: plainText(content) });
  }
  if (shape.contents) {
    for (const part of groupByIndex(fields, shape.contents.list)) {
      const text = part.get(shape.contents.text);
      if (text !== undefined) parts.push({ type: "text", content: plainText(text) });
    }
  }
  for (const call of groupByIndex(fields, shape.calls.list)) {
    const called = plainText(call.get(shape.calls.name));
    parts.push({
      type: "tool_call",
      id: plainText(call.get(shape.calls.id)),
      name: called,
      // Instrumentations leave empty arguments out.
      arguments: structured(call.get(shape.calls.arguments)) ?? (called === "" ? null : {}),
    });
  }
  if (parts.length === 0 && !fields.has(shape.role)) return undefined;
  const message: Message = { role, parts };
  const name = plainText(fields.get(shape.name));
  if (name !== "") message.name = name;
  return message;
}
