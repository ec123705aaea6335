/** A tail up to this length stays in the reference: the closing brackets of nearly every value. */
const INLINE_TAIL = 48;
/** Shortest node of a list, and of plain text; both grow with the position, so that no value has very many. */
const LIST_NODE = 512;
const TEXT_NODE = 2048;
const GROWTH = 4096;
/** Lists after this many in one value are not split any more. */
const MOST_CHAINS = 8;

/**
 * A large text in pieces: `chains` of texts one after another, then `tail`. Put together they are the text, exactly.
 */
export interface Pieces {
  chains: string[][];
  tail: string;
}

/**
 * Splits a text where a longer one that begins the same is split too, so that a conversation that grows shares all
 * but its end with what it was: JSON between the elements of its list of messages (the list itself, or lists that are
 * members of an object), anything else at ends of lines. Where a piece ends depends on what is before it only.
 */
export function split(text: string): Pieces {
  const start = firstCharacter(text);
  const first = text.charCodeAt(start);
  if (first === OPEN_LIST || first === OPEN_OBJECT) return splitJson(text, first === OPEN_LIST ? 1 : 2);
  return splitLines(text);
}

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** `spine`: how deep the lists lie whose elements are told apart. */
function splitJson(text: string, spine: number): Pieces {
  const chains: string[][] = [];
  let chain: string[] = [];
  let start = 0;
  let depth = 0;
  let inList = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      index = endOfString(text, index);
    } else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      depth++;
      if (depth === spine) inList = code === OPEN_LIST;
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) {
      if (depth === spine && inList) {
        inList = false;
        if (index > start && chains.length < MOST_CHAINS - 1) {
          chain.push(text.slice(start, index));
          chains.push(chain);
          chain = [];
          start = index;
        }
      }
      depth--;
    } else if (code === COMMA && depth === spine && inList && index - start >= LIST_NODE + start / GROWTH) {
      chain.push(text.slice(start, index));
      start = index;
    }
  }
  return finish(chains, chain, text.slice(start));
}

/** Where the string that begins at a quote ends; the end of the text when it does not. */
function endOfString(text: string, quote: number): number {
  for (let end = text.indexOf('"', quote + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

function splitLines(text: string): Pieces {
  const chain: string[] = [];
  let start = 0;
  for (;;) {
    const end = text.indexOf("\n", start + TEXT_NODE + Math.floor(start / GROWTH));
    if (end === -1) return finish([], chain, text.slice(start));
    chain.push(text.slice(start, end));
    start = end;
  }
}

function finish(chains: string[][], chain: string[], rest: string): Pieces {
  if (rest.length <= INLINE_TAIL) {
    if (chain.length > 0) chains.push(chain);
    return { chains, tail: rest };
  }
  chains.push([...chain, rest]);
  return { chains, tail: "" };
}

function firstCharacter(text: string): number {
  let index = 0;
  while (index < text.length && text.charCodeAt(index) <= 0x20) index++;
  return index;
}
