import { createHash } from "node:crypto";

/** Random choices that a seed repeats. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number from 0 to `below` - 1; `below` is at least 1. */
  whole(below: number): number;
  /** One of them; undefined when there is none. */
  pick<Item>(items: readonly Item[]): Item | undefined;
  /** All of them, in another order. */
  shuffled<Item>(items: readonly Item[]): Item[];
}

/** Choices that depend on nothing but the words of the seed: equal words, equal choices, in every process. */
export function seededRandom(...words: (string | number)[]): Random {
  const seed = JSON.stringify(words);
  let block = 0;
  let bytes = Buffer.alloc(0);
  let at = 0;
  const next = () => {
    if (at + 4 > bytes.length) {
      bytes = createHash("sha256").update(`${block++}/${seed}`).digest();
      at = 0;
    }
    const value = bytes.readUInt32BE(at) / 2 ** 32;
    at += 4;
    return value;
  };
  const whole = (below: number) => Math.floor(next() * below);
  return {
    next,
    whole,
    pick: (items) => (items.length === 0 ? undefined : items[whole(items.length)]),
    shuffled: (items) =>
      items
        .map((item, index) => ({ item, index, rank: next() }))
        .sort((left, right) => left.rank - right.rank || left.index - right.index)
        .map(({ item }) => item),
  };
}
