import stringWidth from "string-width";
import type { Line, Piece } from "./lines.ts";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const ASCII = /^[\x20-\x7e]*$/;
/** A letter with more marks than this on it is cut: they cost, and nobody reads them. */
const MOST_MARKS = 16;

/** How many cells of a terminal a text takes. */
export function cells(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(wellFormed(text));
}

/** Texts of one cell row, as what a reader takes for one character, with the cells each takes. */
function* characters(text: string): Generator<{ text: string; cells: number }> {
  if (ASCII.test(text)) {
    for (const character of text) yield { text: character, cells: 1 };
    return;
  }
  for (const { segment } of graphemes.segment(wellFormed(text))) {
    const short = segment.length > MOST_MARKS ? wellFormed(segment.slice(0, MOST_MARKS)) : segment;
    yield { text: short, cells: stringWidth(short) };
  }
}

/** Half of a pair of surrogates is no character. */
function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, "\uFFFD");
}

/** A line as exactly `width` cells: cut with an ellipsis, or filled with spaces. */
export function fitted(line: Line, width: number): Line {
  const total = line.reduce((sum, { text }) => sum + cells(text), 0);
  if (total <= width) return [...line, { text: " ".repeat(width - total), tone: "plain" }];
  const room = Math.max(0, width - 1);
  const kept: Line = [];
  let used = 0;
  for (const piece of line) {
    const [text, taken] = head(piece, room - used);
    if (text !== "") kept.push({ ...piece, text });
    used += taken;
    if (taken < cells(piece.text)) break;
  }
  const rest = width - used;
  return [...kept, { text: rest > 0 ? `…${" ".repeat(rest - 1)}` : "", tone: "dim" }];
}

function head({ text }: Piece, room: number): [string, number] {
  let kept = "";
  let used = 0;
  for (const character of characters(text)) {
    if (used + character.cells > room) break;
    kept += character.text;
    used += character.cells;
  }
  return [kept, used];
}

/** A line as lines of at most `width` cells; what goes on is indented like its beginning. */
export function wrapped(line: Line, width: number): Line[] {
  const total = line.reduce((sum, { text }) => sum + cells(text), 0);
  if (total <= width || width < 4) return [line];
  const indent = Math.min(/^ */.exec(line[0]?.text ?? "")?.[0].length ?? 0, Math.floor(width / 2));
  const rows: Line[] = [[]];
  let used = 0;
  for (const { text, tone } of line) {
    let run = "";
    for (const character of characters(text)) {
      if (used + character.cells > width) {
        if (run !== "") rows.at(-1)?.push({ text: run, tone });
        rows.push([{ text: " ".repeat(indent), tone: "plain" }]);
        [run, used] = ["", indent];
      }
      run += character.text;
      used += character.cells;
    }
    if (run !== "") rows.at(-1)?.push({ text: run, tone });
  }
  return rows;
}
