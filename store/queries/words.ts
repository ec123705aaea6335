import type { Parameters } from "../connection.ts";

/** Most words looked for; further ones are left out. */
const MOST_WORDS = 8;

/** Words as the engine's index has them: what is between ASCII characters that are neither letters nor digits. */
export function wordsOf(text: string): string[] {
  const words = text
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .split(/[^0-9a-z\u0080-\uffff]+/)
    .filter((word) => word !== "");
  return [...new Set(words)].slice(0, MOST_WORDS);
}

/** A condition that a column (constant text) holds all words of a text; the words travel as parameters, none without a word. */
export function wordConditions(text: string): { holds: (column: string) => string; parameters: Parameters } {
  const words = wordsOf(text);
  const parameters: Parameters = {};
  for (const [index, word] of words.entries()) parameters[`word${index}`] = word;
  const holds = (column: string) =>
    words.map((_, index) => `hasToken(lower(${column}), {word${index}:String})`).join(" AND ");
  return { holds, parameters };
}
