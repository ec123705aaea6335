/** A stretch of a step's text: prose, or code to be set in a fixed-width face. */
export interface Stretch {
  kind: "prose" | "code";
  text: string;
  /** What the fence named, such as `python`; empty otherwise. */
  language: string;
}

/** Splits fenced code from prose. Every character of the text that is not a fence line is kept, unchanged. */
export function stretches(text: string): Stretch[] {
  const found: Stretch[] = [];
  let lines: string[] = [];
  let fence: { language: string } | null = null;
  const close = (): void => {
    const body = lines.join("\n");
    lines = [];
    if (fence) found.push({ kind: "code", text: body, language: fence.language });
    else if (body.trim() !== "") found.push({ kind: looksLikeCode(body) ? "code" : "prose", text: body, language: "" });
  };
  for (const line of text.split("\n")) {
    const opened = /^\s{0,3}```\s*([\w+#.-]{0,24})\s*$/.exec(line);
    if (opened && (fence === null || opened[1] === "")) {
      close();
      fence = fence === null ? { language: opened[1] ?? "" } : null;
    } else {
      lines.push(line);
    }
  }
  close();
  return found;
}

const CODE_LINE =
  /^\s{2,}\S|[{};]\s*$|^\s*(def|class|import|from|return|const|let|function|if|for|while|print|assert)\b.*[:;({)]\s*$|^\s*[\])}]/;

/** Whether most lines of a text read like source code or JSON; judged on its first lines. */
export function looksLikeCode(text: string): boolean {
  const lines = text
    .slice(0, 4000)
    .split("\n")
    .filter((line) => line.trim() !== "");
  const coded = lines.filter((line) => CODE_LINE.test(line)).length;
  return lines.length >= 2 && coded / lines.length >= 0.5;
}

export interface Excerpt {
  shown: string;
  /** Characters left out. */
  left: number;
}

/** The head of a text, cut at a line end where one is near; a surrogate pair is never split. */
export function excerpt(text: string, characters: number, lines: number): Excerpt {
  if (text.length <= characters && countLines(text, lines) <= lines) return { shown: text, left: 0 };
  let end = Math.min(characters, nthLineEnd(text, lines));
  const lineEnd = text.lastIndexOf("\n", end);
  if (end < text.length && lineEnd > end * 0.7) end = lineEnd;
  if (end > 0 && /[\ud800-\udbff]/.test(text.charAt(end - 1))) end -= 1;
  return { shown: text.slice(0, end), left: text.length - end };
}

function countLines(text: string, enough: number): number {
  let found = 1;
  for (let at = text.indexOf("\n"); at !== -1 && found <= enough; at = text.indexOf("\n", at + 1)) found += 1;
  return found;
}

function nthLineEnd(text: string, nth: number): number {
  let at = -1;
  for (let line = 0; line < nth; line++) {
    at = text.indexOf("\n", at + 1);
    if (at === -1) return text.length;
  }
  return at;
}

/** One line of at most `characters`, for places that cannot unfold. */
export function brief(text: string, characters: number): string {
  const { shown, left } = excerpt(text, characters, Number.POSITIVE_INFINITY);
  return left > 0 ? `${shown}…` : shown;
}

/**
 * What a step said besides its tool calls. A step's content also renders each call as `name(arguments)`; the page shows
 * calls on their own.
 */
export function besidesCalls(step: {
  content: string;
  tool_calls: readonly { name: string; arguments: unknown }[];
}): string {
  let text = step.content;
  for (const { name, arguments: given } of step.tool_calls) {
    const rendered = `${name}(${typeof given === "string" ? given : JSON.stringify(given ?? "")})`;
    const at = text.lastIndexOf(rendered);
    if (at !== -1) text = `${text.slice(0, at)}${text.slice(at + rendered.length)}`;
  }
  return step.tool_calls.length === 0 ? text : text.trim();
}

/** Any value a trace can hold, as text. */
export function asText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** A piece of a text; `step` where it names one. */
export interface Cited {
  text: string;
  step: number | null;
}

const CITATION = /\bsteps?\s+#?\d{1,6}\b(?:\s*(?:,|and|or|to|–|-)\s*#?\d{1,6}\b)*/gi;

/** Cuts a text at the steps it names ("step 3", "steps 3, 5 and 8"); the pieces together are the text. */
export function citations(text: string, steps: number): Cited[] {
  const pieces: Cited[] = [];
  let done = 0;
  const add = (end: number, step: number | null): void => {
    if (end > done) pieces.push({ text: text.slice(done, end), step });
    done = end;
  };
  for (const match of text.matchAll(CITATION)) {
    for (const number of match[0].matchAll(/\d+/g)) {
      const step = Number(number[0]);
      if (step >= steps) continue;
      add(match.index + number.index, null);
      add(match.index + number.index + number[0].length, step);
    }
  }
  add(text.length, null);
  return pieces;
}
