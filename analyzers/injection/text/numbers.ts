import { quoted } from "../places.ts";
import { sentenceAt, textOperator } from "./edits.ts";

/** A number that is no part of a name, of a version, or of a list's numbering. */
const NUMBER = /(?<![\w.$-])-?\d{1,15}(?:\.\d{1,9})?(?![\w-]|\.\d)/g;
const ORDINAL = /(?:^|\n)[ \t]*$/;

/** A number comes out wrong. */
export const numbers = textOperator("number", "changes a number", (text, { random }) =>
  [...text.matchAll(NUMBER)]
    .filter(
      ({ index, 0: { length } }) =>
        !(ORDINAL.test(text.slice(Math.max(0, index - 8), index)) && /^[.)]/.test(text.slice(index + length))),
    )
    .map(({ index, 0: was }) => {
      const insert = random.pick(othersOf(was)) ?? was;
      const to = index + was.length;
      return {
        from: index,
        to,
        insert,
        reason: `It says ${insert} instead of ${was}: ${quoted(sentenceAt(text, index))}.`,
      };
    }),
);

function othersOf(was: string): string[] {
  const value = Number(was);
  const decimals = was.split(".")[1]?.length ?? 0;
  const step = 10 ** -decimals;
  const others = [value + step, value - step, value * 10].map((other) => other.toFixed(decimals));
  const digits = was.replace("-", "");
  const swapped = `${was.startsWith("-") ? "-" : ""}${digits.slice(0, -2)}${digits.at(-1)}${digits.at(-2)}`;
  if (/\d\d$/.test(digits)) others.push(swapped);
  return [...new Set(others)].filter((other) => other !== was);
}
