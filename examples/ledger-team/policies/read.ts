import { type Condition, readConditions } from "../table.ts";
import { type Combination, type Fold, type LedgerTask, ledgerTask } from "../tasks.ts";

/** What a plan asks for, as far as it can be read. */
export interface ReadPlan {
  table: string;
  lookups: Condition[][];
  column: string;
  fold: Fold | null;
  combination: Combination | null;
}

export const FOLD_WORDS: Record<Fold, string> = {
  sum: "add up the figures",
  average: "take the average of the figures",
  largest: "take the largest figure",
  smallest: "take the smallest figure",
  count: "count the figures",
};

export const COMBINATION_WORDS: Record<Combination, string> = {
  difference: "subtract the second look-up from the first",
  share: "divide the first look-up by the second and multiply by 100",
  total: "add the two look-ups together",
};

const LOOKUP = /^\d+\. Look in `(\w+)` for the rows in which (.+?)\.$/gm;

/** The plan in a text. */
export function readPlan(text: string): ReadPlan {
  const found = [...text.matchAll(LOOKUP)];
  const wordsIn = <Name extends string>(words: Record<Name, string>) =>
    (Object.keys(words) as Name[]).find((name) => text.includes(words[name])) ?? null;
  return {
    table: found[0]?.[1] ?? "",
    lookups: found.map(([, , conditions = ""]) => readConditions(conditions)),
    column: /^\d+\. Take `(\w+)` of each row/m.exec(text)?.[1] ?? "",
    fold: wordsIn(FOLD_WORDS),
    combination: wordsIn(COMBINATION_WORDS),
  };
}

/** The figures of each look-up in the Researcher's note. */
export function readFigures(text: string): number[][] {
  return [...text.matchAll(/^- Look-up \d+[^:\n]*: (.*)$/gm)].map(([, list = ""]) =>
    [...list.matchAll(/(-?\d+(?:\.\d+)?)(?: \(\w+\))?(?:,|$)/g)].map(([, figure]) => Number(figure)),
  );
}

/** The request a text is about; null when it names none. */
export function requestIn(text: string): LedgerTask | null {
  const number = /\bRequest (\d{1,9})\./.exec(text)?.[1];
  if (number === undefined) return null;
  return remembered(Number(number));
}

const KEPT = 500;
const known = new Map<number, LedgerTask>();

/** Making a request takes longer than answering one. */
function remembered(number: number): LedgerTask {
  const task = known.get(number) ?? ledgerTask(number);
  known.delete(number);
  known.set(number, task);
  if (known.size > KEPT) known.delete(known.keys().next().value ?? number);
  return task;
}
