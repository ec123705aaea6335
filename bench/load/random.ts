/** A seeded stream of random numbers (mulberry32): the same seed gives the same load, run after run. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 32 random bits as an unsigned integer. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** From 0 to `count - 1`. */
  below(count: number): number {
    return Math.floor((this.bits() / 4_294_967_296) * count);
  }

  chance(probability: number): boolean {
    return this.bits() < probability * 4_294_967_296;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }
}

const SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo ya zer tion ment ing".split(" ");
const VOCABULARY = makeVocabulary();

/** Word-like text of about `length` characters; it compresses about three to one, as transcripts do. */
export function makeText(random: Random, length: number): string {
  const words: string[] = [];
  for (let size = 0; size < length; ) {
    // Squaring favours the first words, as speech does.
    const unit = random.bits() / 4_294_967_296;
    const word = random.chance(0.08) ? String(random.bits()) : (VOCABULARY[Math.floor(unit * unit * 4096)] as string);
    words.push(word);
    size += word.length + 1;
  }
  return words.join(" ").slice(0, Math.max(0, length));
}

function makeVocabulary(): string[] {
  const random = new Random(7);
  return Array.from({ length: 4096 }, () =>
    Array.from({ length: 1 + random.below(4) }, () => random.pick(SYLLABLES)).join(""),
  );
}
