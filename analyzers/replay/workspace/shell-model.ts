import { type AttributeValue, type Message, messageText, type ToolCall } from "@culprit/schemas";
import OpenAI from "openai";
import type { ChatCompletionMessageParam, ChatCompletionTool } from "openai/resources/chat/completions";
import type { Action } from "../action.ts";
import { shellAction } from "./shell-actions.ts";

export interface ShellModelOptions {
  /** Ends in `/v1`. */
  baseUrl: string;
  model: string;
  apiKey?: string | undefined;
  /** Name of the tool that runs commands; null for an agent that writes them into its text. */
  tool: string | null;
}

/** Asks the agent's model what comes next. */
export type ShellModel = (messages: readonly Message[], signal?: AbortSignal) => Promise<Action>;

export function shellModel({ baseUrl, model, apiKey, tool }: ShellModelOptions): ShellModel {
  const client = new OpenAI({ baseURL: baseUrl, apiKey: apiKey ?? "none", maxRetries: 2 });
  return async (messages, signal) => {
    const body = { model, messages: messages.map(chatMessage), ...(tool === null ? {} : { tools: [shellTool(tool)] }) };
    const completion = await client.chat.completions.create(body, signal === undefined ? {} : { signal });
    const answer = completion.choices[0]?.message;
    if (answer === undefined) throw new TypeError("The endpoint answered without a choice.");
    return { content: answer.content ?? "", tool_calls: (answer.tool_calls ?? []).flatMap(readCall) };
  };
}

/** The tool with which an agent runs commands; null where it writes them into its text. */
export function toolOf(actions: readonly Action[]): string | null {
  for (const action of actions) {
    const asked = shellAction(action);
    if (asked.kind === "command") return asked.call?.name ?? null;
  }
  return null;
}

function shellTool(name: string): ChatCompletionTool {
  const parameters = { type: "object", properties: { command: { type: "string" } }, required: ["command"] };
  return { type: "function", function: { name, description: "Runs one command in the shell.", parameters } };
}

function readCall(call: OpenAI.ChatCompletionMessageToolCall): ToolCall[] {
  if (call.type !== "function") return [];
  let given: AttributeValue;
  try {
    given = JSON.parse(call.function.arguments) as AttributeValue;
  } catch {
    given = call.function.arguments;
  }
  return [{ id: call.id, name: call.function.name, arguments: given }];
}

/** A recorded message as it was sent. */
function chatMessage(message: Message): ChatCompletionMessageParam {
  const { role, parts } = message;
  const text = messageText({ role, parts: parts.filter(({ type }) => type === "text") });
  if (role === "tool") {
    const answer = parts.find(({ type }) => type === "tool_call_response");
    return { role, tool_call_id: answer?.id ?? "", content: messageText(message) };
  }
  if (role !== "assistant") {
    return { role: role === "system" || role === "developer" ? role : "user", content: messageText(message) };
  }
  const calls = parts.filter(({ type }) => type === "tool_call");
  return {
    role,
    content: text === "" && calls.length > 0 ? null : text,
    ...(calls.length === 0
      ? {}
      : {
          tool_calls: calls.map(({ id, name, arguments: given }) => ({
            id: id ?? "",
            type: "function" as const,
            function: { name: name ?? "", arguments: typeof given === "string" ? given : JSON.stringify(given ?? {}) },
          })),
        }),
  };
}
