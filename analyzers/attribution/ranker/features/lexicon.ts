/**
 * Numbers the distinct words of one run from 0, so that what features ask of words is arrays instead of sets. One
 * lexicon serves one run after another: {@link reset} forgets the words and keeps the memory.
 */
export class Lexicon {
  #slots = new Int32Array(0);
  #mask = 0;
  #hashes = new Uint32Array(0);
  #marks = new Int32Array(0);
  #mark = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Forgets everything. @param words how many words will be asked for at most */
  reset(words: number): void {
    let slots = 1024;
    while (slots < words * 2) slots *= 2;
    if (slots > this.#slots.length) this.#slots = new Int32Array(slots);
    else this.#slots.fill(0, 0, slots);
    this.#mask = slots - 1;
    if (words > this.#hashes.length) {
      this.#hashes = new Uint32Array(slots);
      this.#marks = new Int32Array(slots);
      this.#mark = 0;
    }
    this.#size = 0;
  }

  /** The word's number, a new one when it was not asked for before. */
  number(hash: number): number {
    let slot = (hash ^ (hash >>> 15)) & this.#mask;
    for (;;) {
      const taken = (this.#slots[slot] ?? 0) - 1;
      if (taken < 0) break;
      if (this.#hashes[taken] === hash) return taken;
      slot = (slot + 1) & this.#mask;
    }
    this.#slots[slot] = this.#size + 1;
    this.#hashes[this.#size] = hash;
    return this.#size++;
  }

  /** Share of the first list's words that the second one holds. */
  overlap(left: Int32Array, right: Int32Array): number {
    if (left.length === 0) return 0;
    const mark = ++this.#mark;
    for (let i = 0; i < right.length; i++) this.#marks[right[i] ?? 0] = mark;
    let both = 0;
    for (let i = 0; i < left.length; i++) if (this.#marks[left[i] ?? 0] === mark) both++;
    return both / left.length;
  }
}
