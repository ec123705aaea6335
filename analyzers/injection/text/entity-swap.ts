import { messageText } from "@culprit/schemas";
import { quoted } from "../places.ts";
import { sentenceAt, textOperator } from "./edits.ts";

/** Kinds of names: one is only taken for another of its kind. Linear patterns. */
const KINDS: readonly RegExp[] = [
  /`[^`\n]{1,60}`/g,
  /"[^"\n]{1,60}"/g,
  /\b[\w.+-]{1,40}@[\w-]{1,40}(?:\.[\w-]{1,20}){1,4}/g,
  /\bhttps?:\/\/[^\s<>"'`)\]]{1,200}/g,
  /\b\d{4}-\d\d-\d\d\b/g,
  // Names within a sentence: a capital at its beginning says nothing.
  /(?<=[a-z,;:] )[A-Z][\w'-]{2,40}(?: [A-Z][\w'-]{1,40}){0,3}/g,
];

/** Somebody or something is taken for another. */
export const entitySwap = textOperator(
  "entity-swap",
  "takes one name for another of its kind",
  (text, { step, random }) => {
    const shown = step.input.map(messageText).join("\n").slice(-50_000);
    return KINDS.flatMap((kind) => {
      const here = [...text.matchAll(kind)];
      const known = [...new Set([...here.map(([name]) => name), ...[...shown.matchAll(kind)].map(([name]) => name)])];
      return here.flatMap(({ index, 0: was }) => {
        const insert = random.pick(known.filter((name) => name !== was));
        if (insert === undefined) return [];
        const reason = `It takes ${insert} for ${was}: ${quoted(sentenceAt(text, index))}.`;
        return [{ from: index, to: index + was.length, insert, reason }];
      });
    });
  },
);
