/** Every line of a text that others wrote starts with this; lines at the margin are ours alone. */
export const MARGIN = "    ";

/** Tags that mean something to our prompts or to a chat template, wherever they would stand in a text. */
const MEANINGFUL =
  /<(?=\s*\/?\s*(?:run|ground_truth|notes|think|answer|start_of_turn|end_of_turn|s)\s*\/?>|\||｜)|\[(?=\/?(?:INST|SYS|SYSTEM_PROMPT)\])/gi;
/** Other line ends and control characters, which could start a line that looks like ours. */
const LINE_ENDS = /\r\n?|\v|\f|[\u0085\u2028\u2029]/g;
const CONTROL = /[^\P{Cc}\t\n]/gu;

/**
 * A text that others wrote, as data inside a prompt: each line indented, our tags and chat-template control tokens
 * defused with a backslash (`</run>` → `<\/run>`), so that it can neither close its fence, nor forge a step
 * header, nor speak as another role.
 */
export function fenced(text: string): string {
  return MARGIN + defused(text).replaceAll("\n", `\n${MARGIN}`);
}

/** A name on one line, defused and of bounded length. */
export function fencedName(name: string): string {
  return cutMiddle(defused(name).replace(/\s+/g, " ").trim(), 120) || "unnamed";
}

function defused(text: string): string {
  return text
    .replace(LINE_ENDS, "\n")
    .replace(CONTROL, "")
    .replace(/\p{Surrogate}/gu, "\ufffd")
    .replace(MEANINGFUL, "$&\\");
}

/**
 * At most about `limit` characters of a text: its head and its tail, with the number of characters left out between
 * them. A limit too small for any of the text leaves the notice alone.
 */
export function cutMiddle(text: string, limit: number, separator = " "): string {
  if (text.length <= limit) return text;
  const room = limit - `${separator}[… ${text.length} chars cut …]${separator}`.length;
  if (room < 16) return `${separator.replace(/^\n/, "")}[… ${text.length} chars cut …]`;
  const headEnd = whole(text, Math.ceil(room / 2));
  const tailStart = whole(text, text.length - Math.floor(room / 2));
  const notice = `[… ${tailStart - headEnd} chars cut …]`;
  return `${text.slice(0, headEnd)}${separator}${notice}${separator}${text.slice(tailStart)}`;
}

/** The nearest place at or before `at` that does not split a surrogate pair. */
function whole(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return at > 0 && code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}
