import { CODE_LANGUAGES, SHELL_LANGUAGES } from "./actions.ts";

export interface Block {
  language: string;
  code: string;
}

const FENCE = /^[ \t]*(```+|~~~+)[ \t]*([\w+-]*)[^\n]*\n([\s\S]*?)^[ \t]*\1[ \t]*$/gm;
/** OpenHands and SWE-agent write calls as tags where a model has no tools. */
const TAGGED = /<function=([\w.-]+)>([\s\S]*?)<\/function>/g;
const PARAMETER = /<parameter=([\w.-]+)>([\s\S]*?)<\/parameter>/g;
const LONGEST = 500_000;

/** The executable code blocks of a message, in order. */
export function codeBlocks(text: string): Block[] {
  if (text.length > LONGEST || !/```|~~~/.test(text)) return [];
  return [...text.matchAll(FENCE)].flatMap(([, , word = "", code = ""]) => {
    const language = word.toLowerCase();
    return SHELL_LANGUAGES.has(language) || CODE_LANGUAGES.has(language) ? [{ language, code }] : [];
  });
}

/** Calls that a message writes as `<function=name><parameter=key>…`. */
export function taggedCalls(text: string): { name: string; arguments: Record<string, string> }[] {
  if (text.length > LONGEST || !text.includes("<function=")) return [];
  return [...text.matchAll(TAGGED)].map(([, name = "", body = ""]) => ({
    name,
    arguments: Object.fromEntries([...body.matchAll(PARAMETER)].map(([, key = "", value = ""]) => [key, value.trim()])),
  }));
}
