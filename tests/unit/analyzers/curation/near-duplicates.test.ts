import { nearDuplicates } from "@culprit/analyzers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { common, jaccard, shinglesOf, wordsOf } from "../../../../analyzers/curation/shingles.ts";

const word = fc.constantFrom("the", "plan", "takes", "a", "row", "12", "34", "and", "adds", "it", "up", "again");
const text = fc.array(word, { maxLength: 40 }).map((words) => words.join(" "));

/** The definition, word for word. */
function exact(left: string, right: string): number {
  const sets = [left, right].map((one) => {
    const words = wordsOf(one);
    if (words.length < 5) return new Set(words.length === 0 ? [] : [words.join(" ")]);
    return new Set(words.slice(4).map((_, at) => words.slice(at, at + 5).join(" ")));
  });
  const [one = new Set(), other = new Set()] = sets;
  const both = [...one].filter((shingle) => other.has(shingle)).length;
  return one.size + other.size === 0 ? 1 : both / (one.size + other.size - both);
}

describe("the similarity of two texts", () => {
  it("is the Jaccard index of their runs of five words", () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        const [one, other] = [shinglesOf(left), shinglesOf(right)];
        expect(jaccard(one, other)).toBeCloseTo(exact(left, right), 10);
        expect(common(one, one)).toBe(one.length);
      }),
      { numRuns: 300 },
    );
  });
});

describe("near-duplicates", () => {
  it("are what the exact similarity says they are: none is claimed wrongly", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 12 }), fc.constantFrom(0.5, 0.8, 1), (texts, threshold) => {
        for (const [place, of] of nearDuplicates(texts, threshold).entries()) {
          if (of === null) continue;
          expect(of).toBeLessThan(place);
          expect(exact(texts[place] ?? "", texts[of] ?? "")).toBeGreaterThanOrEqual(threshold);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("are found: of 300 pairs a little above the threshold not one in fifty is missed", () => {
    let found = 0;
    let pairs = 0;
    for (let number = 0; number < 300; number++) {
      const words = Array.from({ length: 120 }, (_, at) => `n${number}w${at}`);
      const near = words.map((one, at) => (at % 60 === 30 ? `other${number}` : one));
      if (exact(words.join(" "), near.join(" ")) < 0.8) continue;
      pairs++;
      if (nearDuplicates([words.join(" "), near.join(" ")])[1] === 0) found++;
    }
    expect(pairs).toBeGreaterThan(250);
    expect(found / pairs).toBeGreaterThan(0.98);
  });

  it("are compared with what was kept, so that a chain of small changes does not swallow what is different", () => {
    const words = Array.from({ length: 100 }, (_, at) => `w${at}`);
    const chain = [0, 1, 2, 3].map((steps) => words.map((one, at) => (at < steps * 12 ? `${one}x` : one)).join(" "));
    const places = nearDuplicates(chain, 0.7);
    expect(places).toEqual([null, 0, null, 2]);
  });
});
