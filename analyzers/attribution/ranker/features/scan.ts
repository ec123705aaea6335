/** Longest head and tail of a step's text that the features read; what lies between is skipped. */
export const HEAD_CHARS = 2400;
export const TAIL_CHARS = 800;

/** A word as it was scanned: its hash, what sort of word it is, and where it lies in the text. */
export interface Words {
  count: number;
  /** FNV-1a of the lower-cased word; numbers without their thousands separators. */
  hash: Uint32Array;
  /** {@link WORD_NUMBER}, {@link WORD_CAPITAL} or 0. */
  sort: Uint8Array;
}

export const WORD_NUMBER = 1;
export const WORD_CAPITAL = 2;

/** Head and tail of a text, together at most `HEAD_CHARS + TAIL_CHARS` long. */
export function clipText(text: string): string {
  if (text.length <= HEAD_CHARS + TAIL_CHARS) return text;
  return `${text.slice(0, HEAD_CHARS)}\n...\n${text.slice(-TAIL_CHARS)}`;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Hash of one lower-case word, as {@link scanWords} gives it. */
export function wordHash(word: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), FNV_PRIME);
  return hash >>> 0;
}

/** Hash of a phrase from the hash of its beginning and of its next word. */
export function phraseHash(head: number, next: number): number {
  return (Math.imul(head ^ (next >>> 7), 0x85ebca6b) + next) >>> 0;
}

const DIGIT = 1;
const UPPER = 2;
const LETTER = 4;
const KINDS = 7;

/** Of each ASCII character: what kind it is (low three bits), and what it is in lower case (the bits above). */
const ASCII = Int32Array.from({ length: 128 }, (_, code) => {
  if (code >= 48 && code <= 57) return (code << 3) | DIGIT;
  if (code >= 65 && code <= 90) return ((code + 32) << 3) | LETTER | UPPER;
  // Identifiers are one word.
  if ((code >= 97 && code <= 122) || code === 95) return (code << 3) | LETTER;
  return code << 3;
});

let scratchHash = new Uint32Array(4096);
let scratchSort = new Uint8Array(4096);
/** The text as UTF-16 with a zero behind it: reading an array is much faster than reading a string's characters. */
let scratchText = new Uint16Array(8192);
let scratchBytes = Buffer.from(scratchText.buffer);

/** Splits a text into words in one pass, without making a string of each. */
export function scanWords(text: string): Words {
  const { length } = text;
  if (length >= scratchText.length) {
    scratchHash = new Uint32Array(length);
    scratchSort = new Uint8Array(length);
    scratchText = new Uint16Array(length * 2);
    scratchBytes = Buffer.from(scratchText.buffer);
  }
  scratchBytes.write(text, "utf16le");
  scratchText[length] = 0;
  const codes = scratchText;
  const hash = scratchHash;
  const sort = scratchSort;
  let count = 0;
  let i = 0;
  while (i < length) {
    let next = read(codes[i]);
    const kind = next & KINDS;
    if (kind === 0) {
      i++;
      continue;
    }
    let value = FNV_OFFSET;
    if (kind === DIGIT) {
      // A separator belongs to a number only between digits: "1,234." ends before the full stop.
      while (next & DIGIT || ((next === COMMA || next === STOP) && read(codes[i + 1]) & DIGIT)) {
        if (next !== COMMA) value = Math.imul(value ^ (next >> 3), FNV_PRIME);
        next = read(codes[++i]);
      }
      sort[count] = WORD_NUMBER;
    } else {
      while (next & KINDS || (next === APOSTROPHE && read(codes[i + 1]) & LETTER)) {
        value = Math.imul(value ^ (next >> 3), FNV_PRIME);
        next = read(codes[++i]);
      }
      sort[count] = kind & UPPER ? WORD_CAPITAL : 0;
    }
    hash[count++] = value >>> 0;
  }
  return { count, hash: hash.slice(0, count), sort: sort.slice(0, count) };
}

const COMMA = 44 << 3;
const STOP = 46 << 3;
const APOSTROPHE = 39 << 3;

/** Past ASCII everything but the general punctuation is a letter. */
function read(code = 0): number {
  if (code < 128) return ASCII[code] ?? 0;
  return code > 191 && (code < 0x2000 || code > 0x206f) ? (code << 3) | LETTER : 0;
}
