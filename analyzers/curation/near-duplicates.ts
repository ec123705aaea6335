import { seededRandom } from "../attribution/ranker/folds.ts";
import { jaccard, shinglesOf } from "./shingles.ts";

/** Bands and rows of the signature: a pair of similarity 0.8 is looked at with a chance of 99.8 %, one of 0.4 with 8 %. */
const BANDS = 20;
const ROWS = 6;

/** Similarity from which two texts say the same. */
export const NEAR_DUPLICATE = 0.8;

/**
 * Which texts say almost the same as an earlier one of the list: MinHash signatures in bands find the pairs worth
 * looking at (Broder 1997; Leskovec et al., Mining of Massive Datasets, ch. 3), the exact Jaccard similarity of their
 * word shingles decides. A text that was found to be a duplicate is not compared with later ones.
 *
 * @returns for each text the place of the one it repeats, or null
 */
export function nearDuplicates(texts: readonly string[], threshold: number = NEAR_DUPLICATE): (number | null)[] {
  const buckets = new Map<string, number[]>();
  const kept = new Map<number, Uint32Array>();
  return texts.map((text, place) => {
    const shingles = shinglesOf(text);
    const keys = bandKeys(shingles);
    const candidates = new Set(keys.flatMap((key) => buckets.get(key) ?? []));
    for (const candidate of candidates) {
      if (jaccard(shingles, kept.get(candidate) ?? shingles) >= threshold) return candidate;
    }
    kept.set(place, shingles);
    for (const key of keys) {
      const bucket = buckets.get(key);
      if (bucket === undefined) buckets.set(key, [place]);
      else bucket.push(place);
    }
    return null;
  });
}

/** One key a band: equal where all rows of the band are. */
function bandKeys(shingles: Uint32Array): string[] {
  const signature = signatureOf(shingles);
  return Array.from(
    { length: BANDS },
    (_, band) => `${band}/${signature.slice(band * ROWS, (band + 1) * ROWS).join(",")}`,
  );
}

/** The smallest of the shingles under each of many permutations of the 32-bit numbers. */
export function signatureOf(shingles: Uint32Array): Uint32Array {
  const smallest = new Uint32Array(BANDS * ROWS).fill(0xffffffff);
  for (const shingle of shingles) {
    for (let at = 0; at < smallest.length; at++) {
      const value = mixed(shingle, SEEDS[at] ?? 0);
      if (value < (smallest[at] ?? 0)) smallest[at] = value;
    }
  }
  return smallest;
}

/** A permutation of the 32-bit numbers for each seed: every operation can be undone. */
function mixed(value: number, seed: number): number {
  let hash = (value ^ seed) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const random = seededRandom(1997);
const SEEDS = Uint32Array.from({ length: BANDS * ROWS }, () => Math.floor(random() * 2 ** 32));
