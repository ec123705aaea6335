import { quoted } from "../places.ts";
import { sentenceAt, type TextEdit } from "./edits.ts";

/** Words, and the words that mean something else in the same place. */
export type WordPair = readonly [left: string, right: string];

/** Both directions of each pair, whole words only, capitals kept. */
export function wordEdits(text: string, pairs: readonly WordPair[]): TextEdit[] {
  const edits: TextEdit[] = [];
  for (const [left, right] of pairs) {
    for (const [was, other] of [
      [left, right],
      [right, left],
    ] as const) {
      for (const { index, 0: found } of text.matchAll(wholeWords(was))) {
        const insert = /^[A-Z]/.test(found) ? `${other.charAt(0).toUpperCase()}${other.slice(1)}` : other;
        const reason = `It says ${quoted(insert)} where ${quoted(found)} is right: ${quoted(sentenceAt(text, index))}.`;
        edits.push({ from: index, to: index + found.length, insert, reason });
      }
    }
  }
  // Of words inside of other words ("not", "does not") the longer ones are meant.
  edits.sort((left, right) => left.from - right.from || right.to - left.to);
  let reach = { from: -1, to: -1 };
  return edits.filter((edit) => {
    if (edit.to <= reach.to) return edit.from === reach.from && edit.to === reach.to;
    reach = edit;
    return true;
  });
}

const patterns = new Map<string, RegExp>();

function wholeWords(words: string): RegExp {
  let pattern = patterns.get(words);
  if (pattern === undefined) {
    const source = words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/ /g, "\\s");
    pattern = new RegExp(`(?<![\\w\`])${source}(?![\\w\`])`, /^[A-Z]{2}/.test(words) ? "g" : "gi");
    patterns.set(words, pattern);
  }
  return pattern;
}
