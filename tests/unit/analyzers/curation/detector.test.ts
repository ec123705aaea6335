import { detectInjected, rocArea, seededRandom } from "@culprit/analyzers";
import type { DatasetRecord } from "@culprit/schemas";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { injected, record } from "./records.ts";

const WORDS = "row table column sum figure plan answer check note region amount day".split(" ");

/** Records of both kinds whose text is drawn from the same words, with `mark` in the injected ones. */
function both(each: number, mark = ""): DatasetRecord[] {
  return Array.from({ length: 2 * each }, (_, number) => {
    const random = seededRandom("detector", number);
    const words = Array.from({ length: 40 }, () => random.pick(WORDS) ?? "").join(" ");
    const make = number % 2 === 0 ? injected : record;
    const one = make(number + 1);
    const content = number % 2 === 0 ? `${words} ${mark}` : words;
    return { ...one, question: "Add it up.", history: [{ step: 0, name: "Planner", role: "agent" as const, content }] };
  });
}

describe("the detector of injected runs", () => {
  it("finds a mark that gives them away", () => {
    const figure = detectInjected(both(80, "rewritten"));
    expect(figure?.accuracy.accuracy).toBeGreaterThan(0.95);
    expect(figure?.auc.value).toBeGreaterThan(0.98);
  });

  it("is at chance where both kinds are written alike, and the interval says so", () => {
    const figure = detectInjected(both(150));
    expect(figure).toMatchObject({ n: 300, folds: 5 });
    expect(figure?.auc.low).toBeLessThan(0.5);
    expect(figure?.auc.high).toBeGreaterThan(0.5);
  });

  it("does not learn tasks: a text known from training helps nothing when its task is held out", () => {
    // Every task has one record of each kind, with a word of the task's own in both.
    const pairs = both(150).map((one, at) => ({ ...one, task_id: `team/${at >> 1}` }));
    expect(detectInjected(pairs)?.auc.value).toBeLessThan(0.62);
  });

  it("says nothing about fewer than fifty of a kind", () => {
    expect(detectInjected(both(49, "rewritten"))).toBeNull();
  });
});

describe("the area under the ROC curve", () => {
  it("is the share of pairs in the right order, ties by half", () => {
    const scores = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(scores, scores, (positives, negatives) => {
        const won = positives.flatMap((p) => negatives.map((n) => (p > n ? 1 : p === n ? 0.5 : 0)));
        const { value, low, high } = rocArea(positives, negatives);
        expect(value).toBeCloseTo(won.reduce((sum: number, one) => sum + one, 0) / won.length, 10);
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
      }),
    );
  });
});
