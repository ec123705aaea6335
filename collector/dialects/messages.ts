import { type AttributeValue, type Message, type MessagePart, textMessage } from "@culprit/schemas";
import { plainAnswer, soleValue } from "./answer-shapes.ts";
import { plainText, structured, unquoted } from "./json-text.ts";
import { fromLangChain, langChainAnswer } from "./langchain-messages.ts";
import { untypedPart, untypedText } from "./untyped-parts.ts";

/** Most messages one span is read for; the rest stays in the raw attributes. */
export const MAX_MESSAGES = 10_000;

type Fields = { [key: string]: AttributeValue };

/**
 * Messages out of any common shape: GenAI `{role, parts}`, OpenAI `{role, content, tool_calls}`, Vercel
 * `{role, content: [{type: "tool-call", ...}]}`, Bedrock's and Gemini's parts, LangChain's, one such object, an object holding `messages`, or plain text.
 *
 * @param role for what carries none
 */
export function toMessages(value: AttributeValue | undefined, role: string): Message[] {
  const content = structured(value);
  if (content === undefined || content === null || content === "") return [];
  if (Array.isArray(content)) {
    if (content.length > 0 && content.every(isPart)) return [{ role, parts: content.flatMap(toParts) }];
    return content.slice(0, MAX_MESSAGES).flatMap((item) => toMessages(item, role));
  }
  if (!isFields(content)) return [textMessage(role, plainText(content))];
  const langChain = fromLangChain(content);
  if (langChain !== undefined) return [toMessage(langChain, role)];
  const inner = content["messages"] ?? content["contents"];
  if (Array.isArray(inner)) return [...systemOf(content), ...toMessages(inner, role)];
  if (content["role"] === undefined && content["prompt"] !== undefined) {
    return [...systemOf(content), ...toMessages(content["prompt"], role)];
  }
  if (content["role"] === undefined && isFields(content["message"])) return toMessages(content["message"], role);
  const untyped = untypedPart(content);
  if (untyped !== undefined) return [{ role, parts: [untyped] }];
  const choices = content["choices"] ?? content["generations"];
  if (Array.isArray(choices)) return toMessages(choices, role);
  const sole = soleValue(content);
  if (sole !== undefined) return toMessages(sole, role);
  const task = TASK_KEYS.map((key) => content[key]).find((value) => typeof value === "string" && value !== "");
  if (content["role"] === undefined && task !== undefined) return [textMessage(role, plainText(task))];
  const answer = content["content"];
  if (content["role"] === undefined && isFields(answer) && Array.isArray(answer["parts"]))
    return toMessages(answer, role);
  const isMessage = ["role", "parts", "content", "tool_calls"].some((key) => content[key] !== undefined);
  return isMessage ? [toMessage(content, role)] : [textMessage(role, plainText(content))];
}

/** What functions that run an agent call the task they are given. */
const TASK_KEYS = ["task", "question", "query"] as const;

/** Tool calls out of OpenAI's, Vercel's or the conventions' shape. */
export function toCalls(value: AttributeValue | undefined): MessagePart[] {
  const calls = structured(value);
  if (!Array.isArray(calls)) return [];
  return calls.filter(isFields).slice(0, MAX_MESSAGES).map(toCall);
}

/** One tool call as the message that asks for it. */
export function callMessage(id: string, name: string, argumentsValue: AttributeValue): Message {
  return { role: "assistant", parts: [{ type: "tool_call", id, name, arguments: unquoted(argumentsValue) ?? null }] };
}

/** One tool's answer. */
export function resultMessage(id: string, response: AttributeValue): Message {
  return { role: "tool", parts: [{ type: "tool_call_response", id, response: answered(response) }] };
}

function answered(response: AttributeValue): AttributeValue {
  return untypedText(plainAnswer(langChainAnswer(unquoted(response))) ?? null);
}

function toMessage(fields: Fields, fallback: string): Message {
  const given = typeof fields["role"] === "string" && fields["role"] !== "" ? fields["role"] : fallback;
  const role = given === "model" ? "assistant" : given;
  const parts: MessagePart[] = [];
  if (Array.isArray(fields["parts"])) parts.push(...fields["parts"].flatMap(toParts));
  const callId = fields["tool_call_id"];
  const content = structured(fields["content"]);
  if (role === "tool" && (typeof callId === "string" || parts.length === 0) && !hasToolResult(content)) {
    if (fields["content"] !== undefined) {
      parts.push({ type: "tool_call_response", id: plainText(callId), response: answered(content ?? null) });
    }
  } else if (Array.isArray(content) && content.every(isPart)) parts.push(...content.flatMap(toParts));
  else if (fields["content"] !== undefined && fields["content"] !== null && fields["content"] !== "") {
    parts.push({ type: "text", content: plainText(fields["content"]) });
  }
  parts.push(...toCalls(fields["tool_calls"]));
  const message: Message = { role, parts };
  if (typeof fields["name"] === "string" && fields["name"] !== "") message.name = fields["name"];
  return message;
}

/** A part in the conventions' words; a type nobody knows is kept as it came. */
function toParts(value: AttributeValue): MessagePart[] {
  if (typeof value === "string") return [{ type: "text", content: value }];
  if (!isFields(value)) return [];
  const untyped = untypedPart(value);
  if (untyped !== undefined) return [untyped];
  const type = plainText(value["type"]);
  if (type === "text" || type === "input_text" || type === "output_text") {
    return [{ type: "text", content: plainText(value["content"] ?? value["text"]) }];
  }
  if (type === "reasoning" || type === "thinking") {
    return [{ type: "reasoning", content: plainText(value["content"] ?? value["text"] ?? value["thinking"]) }];
  }
  if (type === "tool_call" || type === "tool-call" || type === "tool_use" || type === "function") {
    return [toCall(value)];
  }
  if (type === "tool_call_response" || type === "tool-result" || type === "tool_result") {
    const id = plainText(value["id"] ?? value["toolCallId"] ?? value["tool_use_id"]);
    const response = value["response"] ?? value["result"] ?? value["output"] ?? value["content"] ?? null;
    return [{ type: "tool_call_response", id, response: structured(response) ?? null }];
  }
  const kept: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) if (!TYPED_FIELDS.has(key)) kept[key] = item;
  const part: MessagePart = { ...kept, type: type === "" ? "generic" : type };
  if (value["content"] !== undefined) part.content = value["content"];
  return [part];
}

/** Fields whose type the message schema fixes; an unknown part can't be trusted to keep to it. */
const TYPED_FIELDS: ReadonlySet<string> = new Set(["type", "content", "id", "name", "arguments", "response"]);

function toCall(call: Fields): MessagePart {
  const inner = isFields(call["function"]) ? call["function"] : call;
  const args = inner["arguments"] ?? inner["args"] ?? inner["input"] ?? null;
  return {
    type: "tool_call",
    id: plainText(call["id"] ?? call["toolCallId"]),
    name: plainText(inner["name"] ?? inner["toolName"]),
    arguments: structured(args) ?? null,
  };
}

function systemOf(fields: Fields): Message[] {
  const config = isFields(fields["config"]) ? fields["config"] : {};
  const system = fields["system"] ?? config["system_instruction"];
  return typeof system === "string" ? [textMessage("system", system)] : [];
}

function hasToolResult(content: AttributeValue | undefined): boolean {
  return Array.isArray(content) && content.some((part) => isFields(part) && part["type"] === "tool-result");
}

function isPart(value: AttributeValue): boolean {
  if (!isFields(value) || value["role"] !== undefined) return false;
  return (typeof value["type"] === "string" && fromLangChain(value) === undefined) || untypedPart(value) !== undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
