/** Words a shingle is made of. */
export const SHINGLE_WORDS = 5;

/** Words of a text, in lower case; numbers are words. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** 32-bit hashes of every run of `size` words, each once, ascending; of the whole text when it is shorter. */
export function shinglesOf(text: string, size: number = SHINGLE_WORDS): Uint32Array {
  const words = wordsOf(text);
  const hashes = new Set<number>();
  if (words.length > 0 && words.length < size) hashes.add(fnv(words.join(" ")));
  for (let at = 0; at + size <= words.length; at++) hashes.add(fnv(words.slice(at, at + size).join(" ")));
  return Uint32Array.from(hashes).sort();
}

/** Share of all shingles of two texts that both have. 1 for two empty ones. */
export function jaccard(left: Uint32Array, right: Uint32Array): number {
  if (left.length === 0 && right.length === 0) return 1;
  const both = common(left, right);
  return both / (left.length + right.length - both);
}

/** How many values two ascending lists share. */
export function common(left: Uint32Array, right: Uint32Array): number {
  let both = 0;
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const [one = 0, other = 0] = [left[i], right[j]];
    if (one === other) both++;
    if (one <= other) i++;
    if (other <= one) j++;
  }
  return both;
}

/** FNV-1a, with the end mixed as MurmurHash3 mixes it: FNV alone leaves high bits of short texts alike. */
export function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
