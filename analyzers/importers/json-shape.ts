import type { AttributeValue } from "@culprit/schemas";
import type { ParsedRun } from "./format.ts";

/** A JSON object, or `undefined` for anything else. */
export function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** Text as it is; anything else as JSON; nothing as the empty string. */
export function asText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

/** The entries of `history` when every one is an object with all of `keys`, else `undefined`. */
export function historyWith(document: unknown, keys: readonly string[]): Record<string, unknown>[] | undefined {
  const history = asObject(document)?.["history"];
  if (!Array.isArray(history)) return undefined;
  const entries: Record<string, unknown>[] = [];
  for (const item of history) {
    const entry = asObject(item);
    if (!entry || keys.some((key) => !(key in entry))) return undefined;
    entries.push(entry);
  }
  return entries;
}

/** `mistake_agent` and `mistake_step` (an integer, or a string of one) as a label; `null` when either is missing. */
export function mistakeLabel(document: Record<string, unknown>, warnings: string[]): ParsedRun["label"] {
  const agent = document["mistake_agent"];
  const step = document["mistake_step"];
  if (agent === undefined && step === undefined) return null;
  const digits = typeof step === "number" ? String(step) : typeof step === "string" ? step.trim() : "";
  if (typeof agent !== "string" || !/^-?\d{1,9}$/.test(digits)) {
    warnings.push("The label is unreadable and was left out.");
    return null;
  }
  return { agent: agent.trim(), step: Number(digits), reason: asText(document["mistake_reason"]) };
}

/** System prompts of a `{agent: text}` object. */
export function systemPrompts(value: unknown): Map<string, string> {
  return new Map(Object.entries(asObject(value) ?? {}).map(([agent, text]) => [agent, asText(text)]));
}

/** The objects of an array; none when the value is no array or holds anything else. */
export function asObjects(value: unknown): Record<string, unknown>[] {
  if (!Array.isArray(value)) return [];
  const objects = value.map(asObject).filter((item) => item !== undefined);
  return objects.length === value.length ? objects : [];
}

/** Tool arguments: JSON text as its value, anything else as it is. */
export function parseArguments(value: unknown): AttributeValue {
  if (typeof value !== "string") return (value ?? null) as AttributeValue;
  try {
    return JSON.parse(value) as AttributeValue;
  } catch {
    return value;
  }
}

/** A chat message's content: text, or the text of its parts one under the other. */
export function messageContent(content: unknown): string {
  if (!Array.isArray(content)) return asText(content);
  return content
    .map((part) => {
      const fields = asObject(part);
      if (fields === undefined) return asText(part);
      const text = fields["text"] ?? fields["content"];
      return typeof text === "string" ? text : Array.isArray(text) ? messageContent(text) : "";
    })
    .filter((text) => text !== "")
    .join("\n");
}

/** What a message keeps beside its content as thought: `reasoning_content`, `reasoning`, `thinking_blocks`. */
export function reasoningOf(message: Record<string, unknown>): string {
  for (const key of ["reasoning_content", "reasoning"]) if (typeof message[key] === "string") return message[key];
  return asObjects(message["thinking_blocks"])
    .map((block) => asText(block["thinking"]))
    .filter((text) => text !== "")
    .join("\n");
}

/** A count of tokens and the like; `undefined` for anything that is not a whole number from 0. */
export function asCount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
