import { bootstrapDifference, type Pair } from "@culprit/analyzers";
import { describe, expect, it } from "vitest";

const pairs = (differences: readonly number[], group: (index: number) => string = String): Pair[] =>
  differences.map((difference, index) => ({ group: group(index), difference }));

describe("the bootstrap of paired differences", () => {
  it("holds the mean, and is about as wide as theory says for independent pairs", () => {
    // 30 of 100 better, 10 worse: the standard error is sqrt((0.4 - 0.04) / 100) = 0.06.
    const differences = Array.from({ length: 100 }, (_, n) => (n < 30 ? 1 : n < 40 ? -1 : 0));
    const { mean, low, high } = bootstrapDifference(pairs(differences));
    expect(mean).toBeCloseTo(0.2);
    expect(low).toBeGreaterThan(0.2 - 2.4 * 0.06);
    expect(low).toBeLessThan(0.2 - 1.6 * 0.06);
    expect(high).toBeGreaterThan(0.2 + 1.6 * 0.06);
    expect(high).toBeLessThan(0.2 + 2.4 * 0.06);
  });

  it("draws whole groups: runs of one task are no independent evidence", () => {
    const differences = Array.from({ length: 100 }, (_, n) => (n < 20 ? 1 : 0));
    const apart = bootstrapDifference(pairs(differences));
    const together = bootstrapDifference(pairs(differences, (n) => String(Math.floor(n / 20))));
    expect(together.mean).toBe(apart.mean);
    expect(together.high - together.low).toBeGreaterThan(3 * (apart.high - apart.low));
  });

  it("says the same for the same seed, and nothing of one group or none", () => {
    const differences = pairs([1, 0, 0, -1, 1, 0]);
    expect(bootstrapDifference(differences, { seed: 7 })).toEqual(bootstrapDifference(differences, { seed: 7 }));
    expect(bootstrapDifference(pairs([1, 1], () => "one"))).toEqual({ mean: 1, low: -1, high: 1 });
    expect(bootstrapDifference([])).toEqual({ mean: 0, low: -1, high: 1 });
  });
});
