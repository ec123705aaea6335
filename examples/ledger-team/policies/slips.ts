import type { Random } from "@culprit/analyzers";
import type { PolicyAnswer } from "../../scripted-endpoint/policies/conversation.ts";
import { COMBINATION_WORDS, FOLD_WORDS } from "./read.ts";

/** One way to get a text wrong, and what is wrong then. */
interface Edit {
  from: number;
  to: number;
  insert: string;
}

type Kind = (text: string, shown: string, random: Random) => Edit[];

/** Numbers of lists, look-ups and requests say where something stands, not how much it is. */
const FIGURE = /(?<![\w.-])(?<!Look-up )(?<!Request )\d+(?:\.\d+)?(?!\d|\.\d|\. (?:Look|Take|Then|Report))/g;

const figures: Kind = (text, _shown, random) =>
  [...text.matchAll(FIGURE)].map(({ index, 0: was }) => ({
    from: index,
    to: index + was.length,
    insert: random.pick(misreadings(was)) ?? was,
  }));

function misreadings(was: string): string[] {
  const decimals = was.split(".")[1]?.length ?? 0;
  const step = 10 ** -decimals;
  const value = Number(was);
  const near = [value + step, value - step, value * 10].filter((other) => other >= 0);
  const swapped = was.replace(/(\d)(\d)$/, "$2$1");
  return [...new Set([...near.map((other) => other.toFixed(decimals)), swapped])].filter((other) => other !== was);
}

/** A word of a column for another word of the same column. */
const values: Kind = (text, shown, random) =>
  [...text.matchAll(/"([^"\n\\]+)\\?"/g)].flatMap(({ index, 0: quoted, 1: was = "" }) => {
    const list = shown.split("\n").find((line) => line.includes(" is one of ") && line.includes(`"${was}"`));
    const others = [...(list ?? "").matchAll(/"([^"]+)"/g)].flatMap(([, other]) =>
      other === was ? [] : (other ?? []),
    );
    const insert = random.pick(others);
    const at = index + quoted.indexOf(was);
    return insert === undefined ? [] : [{ from: at, to: at + was.length, insert }];
  });

/** A column for another one of the table. */
const columns: Kind = (text, shown, random) => {
  const known: string[] = /has the columns (.+)\./.exec(shown)?.[1]?.match(/\w+/g) ?? [];
  return [...text.matchAll(/`(\w+)`/g)].flatMap(({ index, 1: was = "" }) => {
    const insert = known.includes(was) ? random.pick(known.slice(-2).filter((other) => other !== was)) : undefined;
    return insert === undefined ? [] : [{ from: index + 1, to: index + 1 + was.length, insert }];
  });
};

const WORDS: readonly (readonly [string, string])[] = [
  ["is at least", "is at most"],
  [FOLD_WORDS.sum, FOLD_WORDS.average],
  [FOLD_WORDS.largest, FOLD_WORDS.smallest],
  [COMBINATION_WORDS.difference, COMBINATION_WORDS.total],
  ["sum(", "average("],
  ["largest(", "smallest("],
  [") - ", ") + "],
];

/** A word for its opposite, or the like. */
const words: Kind = (text) =>
  WORDS.flatMap(([left, right]) =>
    [
      [left, right],
      [right, left],
    ].flatMap(([was = "", insert = ""]) => {
      const from = text.indexOf(was);
      return from === -1 ? [] : [{ from, to: from + was.length, insert }];
    }),
  );

/** One of several figures, or one of two conditions, is left out. */
const omissions: Kind = (text) => [
  ...[...text.matchAll(/(?<=: |, |\()\d+(?:\.\d+)?(?: \(\w+\))?, /g)].map(({ index, 0: item }) => ({
    from: index,
    to: index + item.length,
    insert: "",
  })),
  ...[...text.matchAll(/ and [a-z]+ is (?:at least |at most )?(?:\\?"[^"\n]+"|\d+(?:\.\d+)?)/g)].map(
    ({ index, 0: item }) => ({
      from: index,
      to: index + item.length,
      insert: "",
    }),
  ),
];

const KINDS: readonly Kind[] = [figures, values, columns, words, omissions];

/**
 * An answer with one mistake of the kinds these agents make: a figure misread, a value or a column taken for another, a
 * word for its opposite, something left out. Null where there is nothing to get wrong.
 *
 * @param shown what the agent was shown: other values and columns come from there
 */
export function slip({ content, tool_calls }: PolicyAnswer, shown: string, random: Random): PolicyAnswer | null {
  const [call] = tool_calls;
  const text = call === undefined ? content : call.arguments;
  for (const kind of random.shuffled(KINDS)) {
    const edit = random.pick(kind(text, shown, random));
    if (edit === undefined) continue;
    const wrong = `${text.slice(0, edit.from)}${edit.insert}${text.slice(edit.to)}`;
    if (wrong === text) continue;
    if (call === undefined) return { content: wrong, tool_calls };
    return { content, tool_calls: [{ ...call, arguments: wrong }] };
  }
  return null;
}
