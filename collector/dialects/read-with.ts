import {
  type AttributeValue,
  type Message,
  messageText,
  type RawSpan,
  type SpanHead,
  type SpanReading,
} from "@culprit/schemas";
import { wellFormed } from "../otlp/values.ts";
import { CONTENT_EVENTS } from "./content-events.ts";
import type { Dialect } from "./dialect.ts";
import { plainText, structured, unquoted } from "./json-text.ts";
import { callMessage, resultMessage, toMessages } from "./messages.ts";
import { firstOf, readContent } from "./read-content.ts";

/** Longest agent, tool, model or operation name that is kept; longer ones are cut. */
const MAX_NAME = 200;

/** Reads a span by one dialect's table. */
export function readWith(dialect: Dialect, raw: RawSpan, operation = operationOf(dialect, raw)): SpanReading {
  const head = readHeadWith(dialect, raw, operation);
  const isTool = head.operation === "execute_tool";
  return { ...head, ...(isTool ? readTool(dialect, raw, head.tool) : readMessages(dialect, raw)) };
}

/** {@link readWith} without the messages, at a fraction of its cost: no JSON is parsed for it. */
export function readHeadWith(dialect: Dialect, raw: RawSpan, known = operationOf(dialect, raw)): SpanHead {
  const { attributes } = raw;
  const operation = known ?? "";
  const isTool = operation === "execute_tool";
  const handoff = readHandoff(dialect.handoff, raw);
  return {
    ...(handoff === undefined ? {} : { handoff }),
    dialect: dialect.name,
    operation,
    agent: readAgent(dialect, raw, operation),
    tool: name(firstOf(attributes, dialect.tool.name)) || (isTool && dialect.tool.spanName ? name(raw.name) : ""),
    model: name(firstOf(attributes, dialect.model)),
    ...readTokens(dialect, raw),
    conversation_id: name(firstOf(attributes, dialect.conversation)),
  };
}

/** The operation by a dialect's rules; empty for what they know as no work, undefined for what they don't know. */
export function operationOf({ operation }: Dialect, raw: RawSpan): string | undefined {
  for (const rule of operation) {
    if ("root" in rule) {
      if (raw.parent_span_id === "") return rule.root;
    } else if ("has" in rule) {
      if (rule.has.some((key) => Object.hasOwn(raw.attributes, key))) return rule.operation;
    } else {
      const value = name(raw.attributes[rule.key]);
      if (value !== "" && Object.hasOwn(rule.map, value)) return rule.map[value] ?? "";
      if (value !== "" && rule.keep) return value;
    }
  }
  return undefined;
}

function readAgent({ agent, model }: Dialect, raw: RawSpan, operation: string): string {
  const named = name(firstOf(raw.attributes, agent.keys));
  if (named !== "") return named;
  for (const [attribute, key, as] of agent.inside ?? []) {
    const text = insideOf(raw, attribute, key);
    const found = name(as === "namespace" ? ofNamespace(text) : text);
    if (found !== "") return found;
  }
  if (operation !== "invoke_agent") return agent.ofKind === undefined ? "" : nameOfKind(agent.ofKind, raw);
  for (const prefix of agent.namePrefixes ?? []) {
    const rest = raw.name.startsWith(prefix) ? name(raw.name.slice(prefix.length)) : "";
    // Some SDKs put the model there, which is nobody's name.
    if (rest !== "" && rest !== name(firstOf(raw.attributes, model))) return rest;
  }
  for (const suffix of agent.nameSuffixes ?? []) {
    if (raw.name.endsWith(suffix)) return name(raw.name.slice(0, -suffix.length));
  }
  return agent.spanName ? name(raw.name) : "";
}

function nameOfKind({ key, values, except }: NonNullable<Dialect["agent"]["ofKind"]>, raw: RawSpan): string {
  if (!values.includes(plainText(raw.attributes[key]))) return "";
  const saysNothing = except.some((pattern) =>
    pattern.endsWith("*") ? raw.name.startsWith(pattern.slice(0, -1)) : raw.name === pattern,
  );
  return saysNothing ? "" : name(raw.name);
}

/** A text inside the JSON text of an attribute; empty where there is none. */
function insideOf({ attributes }: RawSpan, attribute: string, key: string): string {
  const value = structured(attributes[attribute]);
  if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) return "";
  const found = value[key];
  return typeof found === "string" ? found : "";
}

/** Nodes that LangGraph's and LangChain's ready-made agents are built of. */
const READY_MADE: ReadonlySet<string> = new Set(["agent", "model", "model_request", "call_model", "tools"]);

/** The innermost graph or node that somebody named: a ready-made agent in a graph is called what its node is called. */
function ofNamespace(namespace: string): string {
  const names = namespace.split("|", 64).map((part) => part.split(":", 1)[0] ?? "");
  return names.findLast((part) => part !== "" && !READY_MADE.has(part)) ?? names.at(-1) ?? "";
}

function readHandoff(handoff: Dialect["handoff"], raw: RawSpan): SpanHead["handoff"] {
  if (handoff === undefined) return undefined;
  let to = name(firstOf(raw.attributes, handoff.to));
  for (const prefix of handoff.namePrefixes ?? []) {
    if (to === "" && raw.name.startsWith(prefix)) to = name(raw.name.slice(prefix.length));
  }
  return to === "" ? undefined : { from: name(firstOf(raw.attributes, handoff.from)), to };
}

function readTokens({ tokens: { input, output, inside } }: Dialect, { attributes }: RawSpan) {
  const usage = inside === undefined ? null : structured(attributes[inside.key]);
  const counts = typeof usage === "object" && usage !== null && !Array.isArray(usage) ? usage : {};
  return {
    input_tokens: tokens(firstOf(attributes, input) ?? (inside && counts[inside.input])),
    output_tokens: tokens(firstOf(attributes, output) ?? (inside && counts[inside.output])),
  };
}

function readTool(dialect: Dialect, raw: RawSpan, tool: string): { input: Message[]; output: Message[] } {
  const id = name(firstOf(raw.attributes, dialect.tool.id));
  const given = firstOf(raw.attributes, dialect.tool.arguments);
  const result = firstOf(raw.attributes, dialect.tool.result);
  const output = result === undefined ? readContent(dialect.output, raw, "tool") : [resultMessage(id, result)];
  return {
    input: given === undefined ? readContent(dialect.input, raw, "assistant") : [callMessage(id, tool, given)],
    output,
  };
}

function readMessages(dialect: Dialect, raw: RawSpan): { input: Message[]; output: Message[] } {
  const input = readContent([...dialect.input, ...CONTENT_EVENTS.input], raw, "user");
  const system = toMessages(firstOf(raw.attributes, dialect.system), "system");
  const said = new Set(input.filter((message) => message.role === "system").map(messageText));
  return {
    input: [...system.filter((message) => !said.has(messageText(message))), ...input],
    output: readContent([...dialect.output, ...CONTENT_EVENTS.output], raw, "assistant"),
  };
}

function name(value: AttributeValue | undefined): string {
  const text = plainText(value);
  // Some senders write every attribute as JSON.
  const plain = text.length > 1 && text.startsWith('"') && text.endsWith('"') ? plainText(unquoted(text)) : text;
  return wellFormed(plain.slice(0, MAX_NAME)).trim();
}

function tokens(value: AttributeValue | undefined): number {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number > 0 ? number : 0;
}
