import type { AnswerMessage } from "../endpoint/client.ts";

/** The last shape a message can take: see {@link splitThinking}. */
export type AnswerShape =
  | "tags in the content"
  | "closing tag in the content"
  | "reasoning field"
  | "no content"
  | "no reasoning";

/** What a model thought, and what it said after that. */
export interface Split {
  think: string;
  final: string;
}

/** Which of the shapes servers give an answer in this one has. */
export function answerShape(message: AnswerMessage): AnswerShape {
  const content = message.content ?? "";
  const field = message.reasoning ?? message.reasoning_content ?? "";
  if (/^\s*<think>/i.test(content)) return "tags in the content";
  if (/<\/think>/i.test(content)) return "closing tag in the content";
  if (content.trim() === "") return "no content";
  return field.trim() === "" ? "no reasoning" : "reasoning field";
}

/**
 * Thinking and answer of a message, in any shape that servers give it: both tags in the content; the closing think tag
 * alone, where the chat template opened it; the reasoning in a field of its own; no content at all, where thinking was
 * cut off or swallowed the answer. Pure.
 */
export function splitThinking(message: AnswerMessage): Split {
  const field = message.reasoning ?? message.reasoning_content ?? "";
  const content = message.content ?? "";
  const inContent = closed(content);
  if (inContent !== undefined) {
    return { think: [field.trim(), inContent.think].filter((text) => text !== "").join("\n"), final: inContent.final };
  }
  if (content.trim() !== "") {
    const opened = /^\s*<think>/i.test(content);
    return opened ? { think: thought(content), final: "" } : { think: thought(field), final: content };
  }
  const inField = closed(field);
  if (inField !== undefined) return inField;
  // A parser that saw no closing tag calls everything reasoning, the answer of a model that did not think included.
  const swallowed = /<answer>[^<]*<\/answer>\s*$/i.exec(field);
  if (swallowed === null) return { think: thought(field), final: "" };
  return { think: thought(field.slice(0, swallowed.index)), final: swallowed[0] };
}

function closed(text: string): Split | undefined {
  const at = text.toLowerCase().lastIndexOf("</think>");
  if (at < 0) return undefined;
  return { think: thought(text.slice(0, at)), final: text.slice(at + "</think>".length) };
}

function thought(text: string): string {
  return text.replace(/^\s*<think>/i, "").trim();
}
