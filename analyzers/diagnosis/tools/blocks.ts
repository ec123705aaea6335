import { CODE_LANGUAGES, SHELL_LANGUAGES } from "./actions.ts";

export interface Block {
  language: string;
  code: string;
}

const OPENING = /^[ \t]*(`{3,20}|~{3,20})[ \t]*([\w+-]{0,40})/;
const LONGEST = 500_000;

/** The executable code blocks of a message, in order. Linear in the text. */
export function codeBlocks(text: string): Block[] {
  if (text.length > LONGEST || !/```|~~~/.test(text)) return [];
  const blocks: Block[] = [];
  let open: { fence: string; language: string; lines: string[] } | undefined;
  for (const line of text.split("\n")) {
    if (open !== undefined) {
      if (line.trim() !== open.fence) {
        open.lines.push(line);
        continue;
      }
      const { language, lines } = open;
      if (SHELL_LANGUAGES.has(language) || CODE_LANGUAGES.has(language)) {
        blocks.push({ language, code: lines.map((own) => `${own}\n`).join("") });
      }
      open = undefined;
      continue;
    }
    const [, fence, word = ""] = OPENING.exec(line) ?? [];
    if (fence !== undefined) open = { fence, language: word.toLowerCase(), lines: [] };
  }
  return blocks;
}

/** Calls that a message writes as `<function=name><parameter=key>…`, as OpenHands and SWE-agent do for models without tools. */
export function taggedCalls(text: string): { name: string; arguments: Record<string, string> }[] {
  if (text.length > LONGEST) return [];
  return tagged(text, "function").map(({ name, body }) => ({
    name,
    arguments: Object.fromEntries(tagged(body, "parameter").map((own) => [own.name, own.body.trim()])),
  }));
}

/** `<tag=name>body</tag>`, in order. Linear in the text. */
function tagged(text: string, tag: string): { name: string; body: string }[] {
  const found: { name: string; body: string }[] = [];
  const [opening, closing] = [`<${tag}=`, `</${tag}>`];
  for (let at = text.indexOf(opening); at >= 0; ) {
    const named = text.indexOf(">", at);
    const end = named < 0 ? -1 : text.indexOf(closing, named);
    if (end < 0) break;
    const name = text.slice(at + opening.length, named);
    if (/^[\w.-]{1,80}$/.test(name)) found.push({ name, body: text.slice(named + 1, end) });
    at = text.indexOf(opening, end);
  }
  return found;
}
