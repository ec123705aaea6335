import type { Attributes, AttributeValue, RawLog, RawSpan } from "@culprit/schemas";
import { structured } from "../dialects/json-text.ts";
import { putAttribute } from "../otlp/values.ts";
import { FLAT_PREFIXES, FLAT_STRUCTURE, MESSAGE_KEYS, STRUCTURAL_KEYS } from "./structural-keys.ts";

/** Fields of a message, a part or a call that say what it is, not what it says. */
const STRUCTURE: ReadonlySet<string> = new Set([
  "role",
  "type",
  "name",
  "id",
  "index",
  "finish_reason",
  "tool_call_id",
  "toolCallId",
  "toolName",
]);
/** Fields that hold further messages, parts or calls. */
const NESTED: ReadonlySet<string> = new Set(["parts", "content", "tool_calls", "function", "message", "messages"]);
/** Messages nest a few levels: message, part, call, function. */
const DEPTH = 6;

/** Stands where text was, with its length: how much was said is structure. */
function notKept(value: AttributeValue): string {
  return typeof value === "string" ? `[not kept: ${value.length} characters]` : "[not kept]";
}

/**
 * A span without what was said in it, changed in place: its messages keep their roles, parts and calls, its numbers stay,
 * and every other text that is not known to be structure goes. What no table knows counts as content.
 */
export function dropSpanContent(span: RawSpan): void {
  dropAttributes(span.attributes);
  if (span.status_message !== "") span.status_message = notKept(span.status_message);
  for (const event of span.events) dropAttributes(event.attributes);
  for (const link of span.links) dropAttributes(link.attributes);
}

/** A log record without what it says, changed in place. */
export function dropLogContent(log: RawLog): void {
  dropAttributes(log.attributes);
  log.body = skeleton(log.body, DEPTH);
}

function dropAttributes(attributes: Attributes): void {
  for (const key of Object.keys(attributes)) {
    const value = attributes[key] as AttributeValue;
    if (typeof value === "number" || typeof value === "boolean" || value === null) continue;
    if (STRUCTURAL_KEYS.has(key)) continue;
    if (FLAT_STRUCTURE.test(key) && FLAT_PREFIXES.some((prefix) => key.startsWith(prefix))) continue;
    putAttribute(attributes, key, MESSAGE_KEYS.has(key) ? messagesWithout(value) : notKept(value));
  }
}

/** Messages keep the form they came in: JSON text stays JSON text. */
function messagesWithout(value: AttributeValue): AttributeValue {
  if (typeof value !== "string") return skeleton(value, DEPTH);
  const parsed = structured(value);
  return typeof parsed === "object" && parsed !== null ? JSON.stringify(skeleton(parsed, DEPTH)) : notKept(value);
}

/** What is no message, part or call is not kept: its fields could be anything. */
function skeleton(value: AttributeValue, depth: number): AttributeValue {
  if (typeof value !== "object" || value === null || depth === 0) return notKept(value);
  if (Array.isArray(value)) return value.map((item) => skeleton(item, depth - 1));
  const known = ["role", "type", "tool_calls", "message", "messages", "function"].some((key) =>
    Object.hasOwn(value, key),
  );
  if (!known && !(Object.hasOwn(value, "name") && Object.hasOwn(value, "arguments"))) return notKept(value);
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => {
      if (STRUCTURE.has(key) && (typeof field !== "object" || field === null)) return [key, field];
      if (NESTED.has(key) && typeof field === "object" && field !== null) return [key, skeleton(field, depth - 1)];
      return [key, typeof field === "number" || typeof field === "boolean" || field === null ? field : notKept(field)];
    }),
  );
}
