/** A JSON value, and how it had to be read. */
export interface LenientJson {
  value: unknown;
  /** Characters at the end that were cut away because the text stopped inside a value. */
  cut: number;
}

/** Deepest nesting that is mended; what is deeper was never written by an agent. */
const DEEPEST = 512;

/**
 * JSON that a strict parser refuses for one of two reasons: it stops early (a killed process, a full disk), or it has
 * Python's `NaN` and `Infinity`, which become null. What was complete before the end is kept. `undefined` when it is
 * broken in any other way, or when nothing is left.
 */
export function parseLenientJson(text: string): LenientJson | undefined {
  const stack: ("}" | "]")[] = [];
  const pieces: string[] = [];
  let copied = 0;
  /** Everything before is complete once the brackets in `closers` are added. */
  let safe = -1;
  let closers = "";
  let at = 0;
  const complete = (until: number) => {
    safe = until;
    closers = [...stack].reverse().join("");
  };
  let expectKey = false;
  while (at < text.length) {
    const character = text[at] as string;
    if (character === '"') {
      const end = stringEnd(text, at);
      if (end === undefined) break;
      at = end;
      // A key is no value: cut before it, not behind it.
      if (!(expectKey && stack.at(-1) === "}")) complete(at);
      continue;
    }
    if (character === "{" || character === "[") {
      if (stack.length >= DEEPEST) return undefined;
      stack.push(character === "{" ? "}" : "]");
      expectKey = character === "{";
      at++;
      complete(at);
      continue;
    }
    if (character === "}" || character === "]") {
      if (stack.pop() !== character) return undefined;
      at++;
      expectKey = false;
      complete(at);
      if (stack.length === 0) break;
      continue;
    }
    if (character === ",") expectKey = stack.at(-1) === "}";
    else if (character === ":") expectKey = false;
    else if (!/\s/.test(character)) {
      const word = /^[^\s,:{}[\]"]+/.exec(text.slice(at, at + 64))?.[0] ?? character;
      const ends = at + word.length;
      if (/^-?(NaN|Infinity)$/.test(word)) {
        pieces.push(text.slice(copied, at), "null");
        copied = ends;
      }
      at = ends;
      // A number or word that touches the end may be half of one.
      if (at < text.length) complete(at);
      continue;
    }
    at++;
  }
  if (safe <= 0) return undefined;
  const rest = stack.length === 0 ? text.slice(safe).trim() : "";
  if (rest !== "") return undefined;
  pieces.push(safe > copied ? text.slice(copied, safe) : "", closers);
  try {
    return { value: JSON.parse(pieces.join("")), cut: closers === "" ? 0 : Math.max(1, text.length - safe) };
  } catch {
    return undefined;
  }
}

/** The place behind the string that opens at `at`; `undefined` when it is never closed. */
function stringEnd(text: string, at: number): number | undefined {
  for (let from = at + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return undefined;
    let slashes = 0;
    while (text[quote - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}
