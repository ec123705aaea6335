import type { Attributes, AttributeValue, Message, ToolCall } from "@culprit/schemas";
import type { ObservedAnswer } from "../interceptor.ts";

/** What a request asks, whichever endpoint it goes to. */
export interface ModelRequest {
  model: string;
  messages: Message[];
  /** Tool definitions as sent; `undefined` when there are none. */
  tools: unknown;
  responseFormat: AttributeValue;
  streamed: boolean;
  /** `gen_ai.request.*` beyond the model. */
  attributes: Attributes;
}

/** What the model answered, whichever endpoint it came from. */
export interface ModelAnswer {
  id: string;
  model: string;
  finishReasons: string[];
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  cachedTokens: number | undefined;
  reasoningTokens: number | undefined;
  output: Message[];
  content: string;
  toolCalls: ToolCall[];
  /** Set when the endpoint answered that it failed. */
  error?: string | undefined;
}

/** What an interceptor is told of an answer; tokens only where the endpoint counted any. */
export function observedAnswer({ content, toolCalls, inputTokens, outputTokens }: ModelAnswer): ObservedAnswer {
  const counted = inputTokens !== undefined || outputTokens !== undefined;
  const usage = { input_tokens: inputTokens ?? 0, output_tokens: outputTokens ?? 0 };
  return { content, tool_calls: toolCalls, ...(counted ? { usage } : {}) };
}

/** A chat answer that does not come from the model. */
export interface ServedChat {
  content: string;
  tool_calls: ToolCall[];
}

/** Puts streamed pieces back together. */
export interface Accumulator<Piece> {
  add(piece: Piece): void;
  /** What has arrived so far. */
  answer(): ModelAnswer;
}

/** One endpoint of the API: how to read its requests and answers, and how to write an answer. */
export interface Protocol<Body, Answer, Piece> {
  request(body: Body): ModelRequest;
  answer(data: Answer): ModelAnswer;
  accumulator(): Accumulator<Piece>;
  /** The HTTP response the endpoint would have sent; ids of tool calls verbatim, the response id new. */
  serve(body: Body, answer: ServedChat): Response;
}

const PIECE = 24;

/** Text in the small pieces a stream comes in; no character is split. */
export function* pieces(text: string): Generator<string> {
  const points = [...text];
  for (let at = 0; at < points.length; at += PIECE) yield points.slice(at, at + PIECE).join("");
}

/** Tool arguments as the APIs spell them: a JSON document in a string. */
export function argumentsText(given: AttributeValue): string {
  return typeof given === "string" ? given : JSON.stringify(given);
}

export function parsedArguments(text: string): AttributeValue {
  try {
    return JSON.parse(text) as AttributeValue;
  } catch {
    return text;
  }
}

/** The tool calls among an answer's messages. */
export function toolCallsOf(messages: readonly Message[]): ToolCall[] {
  return messages
    .flatMap((message) => message.parts)
    .filter((part) => part.type === "tool_call")
    .map(({ id, name, arguments: given }) => ({ id: id ?? "", name: name ?? "", arguments: given ?? null }));
}

/** A picture, recording or file: named and measured, its bytes left out. */
export function attachment(modality: string, url: string): Message["parts"][number] {
  const inline = /^data:([^;,]*)[^,]*,/.exec(url.slice(0, 256));
  if (inline === null) return { type: "uri", modality, uri: url };
  return blob(modality, inline[1] ?? "", url.slice(inline[0].length));
}

export function blob(modality: string, mimeType: string, base64: string): Message["parts"][number] {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return { type: "blob", modality, mime_type: mimeType, byte_size: Math.floor((base64.length * 3) / 4) - padding };
}
