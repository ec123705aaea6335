import { textOperator } from "./edits.ts";
import { type WordPair, wordEdits } from "./replace-words.ts";

/** Longer phrases hold shorter ones; the longer one is meant where it stands. */
const OPPOSITES: readonly WordPair[] = [
  ["is", "is not"],
  ["are", "are not"],
  ["was", "was not"],
  ["were", "were not"],
  ["must", "must not"],
  ["should", "should not"],
  ["can", "cannot"],
  ["will", "will not"],
  ["does", "does not"],
  ["do", "do not"],
  ["has", "has no"],
  ["with", "without"],
  ["always", "never"],
  ["every", "no"],
  ["at least", "at most"],
  ["greater than", "less than"],
  ["larger than", "smaller than"],
  ["more than", "fewer than"],
  ["above", "below"],
  ["larger", "smaller"],
  ["largest", "smallest"],
  ["highest", "lowest"],
  ["longest", "shortest"],
  ["maximum", "minimum"],
  ["first", "last"],
  ["before", "after"],
  ["even", "odd"],
  ["ascending", "descending"],
  ["from small to large", "from large to small"],
  ["increase", "decrease"],
  ["include", "leave out"],
  ["included", "left out"],
  ["true", "false"],
  ["correct", "incorrect"],
  ["passes", "fails"],
  ["passed", "failed"],
  ["valid", "invalid"],
  ["same", "different"],
  ["yes", "no"],
  ["enabled", "disabled"],
];

/** A statement says its opposite. */
export const negation = textOperator("negation", "turns a statement into its opposite", (text) =>
  wordEdits(text, OPPOSITES),
);
