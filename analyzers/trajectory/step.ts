import {
  type AttributeValue,
  CULPRIT,
  GEN_AI,
  type Message,
  messageText,
  type Span,
  type Step,
  type ToolCall,
} from "@culprit/schemas";
import type { Role } from "./roles.ts";
import { durationMs, isoFromNanos } from "./time.ts";

/** Arguments nested deeper than this stay the string they came as; writing them out again would overflow. */
const DEEPEST_ARGUMENTS = 64;

/** One span as step `index`; `agent` is who acted. */
export function toStep(span: Span, role: Role, agent: string, index: number): Step {
  return {
    index,
    role,
    agent,
    ...(role === "environment" ? { ...observationOf(span), ...answered(span) } : spoken(span, role)),
    tool_calls: toolCalls(span.reading.output),
    input: span.reading.input,
    span_id: span.span_id,
    started_at: isoFromNanos(span.start_time_unix_nano),
    duration_ms: durationMs(span.start_time_unix_nano, span.end_time_unix_nano),
    error: errorOf(span),
    model: span.reading.model,
    input_tokens: span.reading.input_tokens,
    output_tokens: span.reading.output_tokens,
  };
}

/** Text of what the span produced, its tool calls rendered; empty when it recorded nothing. */
export function outputText(span: Span): string {
  return textOf(span.reading.output) || plain(span.attributes[CULPRIT.output]);
}

/** Texts of messages, one under the other. */
export function textOf(messages: readonly Message[]): string {
  try {
    return messages
      .map(messageText)
      .filter((text) => text !== "")
      .join("\n");
  } catch {
    return "";
  }
}

/** An attribute as text; structures and absent values are empty. */
export function plain(value: AttributeValue | undefined): string {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

function contentOf(span: Span, role: Role): string {
  const output = outputText(span);
  if (output !== "" || role !== "user") return output;
  return textOf(span.reading.input) || plain(span.attributes[CULPRIT.input]);
}

function spoken(span: Span, role: Role): Pick<Step, "content" | "reasoning"> {
  const content = contentOf(span, role);
  const thoughts = span.reading.output.flatMap(({ parts }) =>
    parts.filter(({ type }) => type === "reasoning").map((part) => plain(part.content)),
  );
  const reasoning = thoughts.filter((thought) => thought !== "").join("\n");
  return reasoning === "" ? { content } : { content, reasoning };
}

/** Which call a tool answered, and how its process ended. */
function answered(span: Span): Pick<Step, "call_id" | "exit_code"> {
  const call = plain(span.attributes[GEN_AI.toolCallId]);
  const exit = plain(span.attributes[CULPRIT.exitCode]);
  return {
    ...(call === "" ? {} : { call_id: call }),
    ...(/^-?\d{1,10}$/.test(exit) ? { exit_code: Number(exit) } : {}),
  };
}

/** A tool's answer is recorded as JSON: text is shown as it is, any other value is kept beside what shows it. */
function observationOf(span: Span): Pick<Step, "content" | "result"> {
  const content = outputText(span);
  const recorded = span.attributes[GEN_AI.toolCallResult];
  if (recorded === undefined) return { content };
  if (typeof recorded !== "string") return { content, result: recorded };
  if (nesting(recorded) > DEEPEST_ARGUMENTS) return { content };
  try {
    const value = JSON.parse(recorded) as AttributeValue;
    return typeof value === "string" ? { content: value } : { content: content || recorded, result: value };
  } catch {
    return { content };
  }
}

function toolCalls(messages: readonly Message[]): ToolCall[] {
  const calls: ToolCall[] = [];
  for (const message of messages) {
    for (const part of message.parts) {
      if (part.type !== "tool_call") continue;
      calls.push({ id: part.id ?? "", name: part.name ?? "tool", arguments: parseArguments(part.arguments) });
    }
  }
  return calls;
}

function parseArguments(value: AttributeValue | undefined): AttributeValue {
  if (typeof value !== "string") return value ?? null;
  if (!/^\s*[[{]/.test(value) || nesting(value) > DEEPEST_ARGUMENTS) return value;
  try {
    return JSON.parse(value) as AttributeValue;
  } catch {
    return value;
  }
}

function nesting(json: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of json) {
    if (character === "[" || character === "{") deepest = Math.max(deepest, ++depth);
    else if (character === "]" || character === "}") depth--;
  }
  return deepest;
}

function errorOf(span: Span): string {
  if (span.status_code !== "error") return "";
  if (span.status_message !== "") return span.status_message;
  const exception = span.events.find((event) => event.name === "exception");
  return plain(exception?.attributes["exception.message"]) || "error";
}
