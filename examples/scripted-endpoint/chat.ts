import type { Message } from "@culprit/schemas";
import { type ChatMessage, digest, type PolicyAnswer } from "./policies/conversation.ts";

/** A request body's messages as policies read them; null when it is no chat request. */
export function readMessages(body: unknown): ChatMessage[] | null {
  const messages = isRecord(body) ? body["messages"] : undefined;
  if (!Array.isArray(messages) || !messages.every(isRecord)) return null;
  return messages.map((message) => ({
    role: String(message["role"] ?? ""),
    content: textOf(message["content"]),
    tool_calls: Array.isArray(message["tool_calls"]) ? message["tool_calls"].filter(isRecord).map(readCall) : [],
  }));
}

function readCall(call: Record<string, unknown>): ChatMessage["tool_calls"][number] {
  const called = isRecord(call["function"]) ? call["function"] : {};
  return {
    id: String(call["id"] ?? ""),
    name: String(called["name"] ?? ""),
    arguments: String(called["arguments"] ?? ""),
  };
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => (isRecord(part) && typeof part["text"] === "string" ? part["text"] : "")).join("");
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

/** Words and marks counted, as no tokenizer is involved. */
function usage(messages: readonly ChatMessage[], answer: PolicyAnswer): Usage {
  const count = (text: string) => text.match(/\w+|[^\s\w]/g)?.length ?? 0;
  const prompt = messages.reduce((sum, message) => sum + count(message.content), 0);
  const completion = count(answer.content) + answer.tool_calls.reduce((sum, call) => sum + count(call.arguments), 0);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function head(model: string, messages: readonly ChatMessage[]) {
  return {
    id: `chatcmpl-scripted-${digest(JSON.stringify(messages)).slice(0, 16)}`,
    created: Math.floor(Date.now() / 1000),
    model,
    system_fingerprint: "scripted-no-language-model",
  };
}

function toolCalls(answer: PolicyAnswer) {
  return answer.tool_calls.map(({ id, name, arguments: given }) => ({
    id,
    type: "function" as const,
    function: { name, arguments: given },
  }));
}

/** A `chat.completion` document. */
export function completion(model: string, messages: readonly ChatMessage[], answer: PolicyAnswer) {
  const calls = toolCalls(answer);
  return {
    ...head(model, messages),
    object: "chat.completion",
    choices: [
      {
        index: 0,
        logprobs: null,
        finish_reason: calls.length > 0 ? "tool_calls" : "stop",
        message: {
          role: "assistant",
          content: answer.content,
          refusal: null,
          ...(calls.length > 0 ? { tool_calls: calls } : {}),
        },
      },
    ],
    usage: usage(messages, answer),
  };
}

/** The same answer as the chunks of an event stream. */
export function* chunks(model: string, messages: readonly ChatMessage[], answer: PolicyAnswer, withUsage: boolean) {
  const base = { ...head(model, messages), object: "chat.completion.chunk" };
  const chunk = (delta: object, finish: string | null = null) => ({
    ...base,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  });
  const calls = toolCalls(answer);
  yield chunk({ role: "assistant", content: "" });
  for (const piece of answer.content.match(/[\s\S]{1,24}/gu) ?? []) yield chunk({ content: piece });
  for (const [index, call] of calls.entries()) {
    yield chunk({ tool_calls: [{ index, ...call, function: { name: call.function.name, arguments: "" } }] });
    for (const piece of call.function.arguments.match(/[\s\S]{1,48}/gu) ?? []) {
      yield chunk({ tool_calls: [{ index, function: { arguments: piece } }] });
    }
  }
  yield chunk({}, calls.length > 0 ? "tool_calls" : "stop");
  if (withUsage) yield { ...base, choices: [], usage: usage(messages, answer) };
}

/** A recorded message as a policy reads it. */
export function recordedMessage(message: Message): ChatMessage {
  const text = (value: unknown) =>
    typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
  return {
    role: message.role,
    content: message.parts
      .map((part) =>
        part.type === "tool_call_response" ? text(part.response) : part.type === "text" ? text(part.content) : "",
      )
      .join(""),
    tool_calls: message.parts
      .filter((part) => part.type === "tool_call")
      .map((part) => ({ id: part.id ?? "", name: part.name ?? "", arguments: text(part.arguments) })),
  };
}
