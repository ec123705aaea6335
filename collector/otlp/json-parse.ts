import { TooManyItemsError, UndecodableError } from "./decoded.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";

/** Objects, lists and list members of JSON that an item of `Limits.items` may take: `{"key":…,"value":{…}}`. */
const TOKENS_PER_ITEM = 4;
/** Whether some number may have more digits than a double holds; text that looks like one only costs a scan. */
const WIDE_NUMBER = /[:[,]\s*-?\d{16}/;
const WIDE_INTEGER = /^-?\d{16,}$/;
/** Past it a number has no 64 bits to keep, and the pattern above would run out of stack over megabytes of digits. */
const LONGEST_INTEGER = 24;

/**
 * Parses OTLP/JSON. 64-bit integers written as numbers keep all their digits (they arrive as strings), a byte order
 * mark is passed over, and what would become too many objects is refused before it does.
 *
 * @throws UndecodableError when it is not JSON
 * @throws TooManyItemsError when it holds too much
 */
export function parseJson(body: string | Uint8Array, limits: Limits = DEFAULT_LIMITS): unknown {
  const text = typeof body === "string" ? body : textOf(body);
  // A text of fewer characters than it may hold tokens can't hold too many.
  const isLong = text.length > limits.items * TOKENS_PER_ITEM;
  const looked = isLong || WIDE_NUMBER.test(text) ? look(text, limits) : text;
  try {
    return JSON.parse(looked);
  } catch {
    throw new UndecodableError("the body is not JSON");
  }
}

function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Counts what the text will become and puts quotes around integers that a double can't hold. */
function look(text: string, limits: Limits): string {
  const most = limits.items * TOKENS_PER_ITEM;
  const pieces: string[] = [];
  let tokens = 0;
  let copied = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at);
    else if (code === 0x2c || code === 0x5b || code === 0x7b) {
      if (++tokens > most) throw new TooManyItemsError(limits.items);
    } else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      const end = endOfNumber(text, at + 1);
      if (end - at >= 16 && end - at <= LONGEST_INTEGER) {
        const number = text.slice(at, end);
        if (WIDE_INTEGER.test(number)) {
          pieces.push(text.slice(copied, at), '"', number, '"');
          copied = end;
        }
      }
      at = end - 1;
    }
  }
  return pieces.length === 0 ? text : pieces.join("") + text.slice(copied);
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

function endOfNumber(text: string, start: number): number {
  let end = start;
  while (end < text.length && "0123456789.eE+-".includes(text[end] as string)) end++;
  return end;
}
