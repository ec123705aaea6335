import { compareRuns } from "@culprit/analyzers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runOf } from "./injection/site.ts";

/** `ada: a` is what Ada says; one character a step and change: `=`, `~`, `-`, `+`. */
const run = (...lines: string[]) =>
  runOf(...lines.map((line) => ({ agent: line.split(": ")[0] ?? "", content: line.split(": ")[1] ?? "" })));
const MARKS = { same: "=", changed: "~", removed: "-", added: "+" };
const compared = (left: ReturnType<typeof run>, right: ReturnType<typeof run>) =>
  compareRuns(left, right).map(({ left: l, right: r, change }) => `${l ?? ""}${MARKS[change]}${r ?? ""}`);

/** How many steps two lists have in common, in order. */
function longest([first, ...left]: string[], right: string[]): number {
  if (first === undefined) return 0;
  const at = right.indexOf(first);
  const without = longest(left, right);
  return at === -1 ? without : Math.max(without, 1 + longest(left, right.slice(at + 1)));
}

describe("two runs side by side", () => {
  it("keep together what is the same, and take steps of one actor for each other", () => {
    expect(compared(run("ada: plan", "ben: bad", "ada: done"), run("ada: plan", "ben: good", "ada: done"))).toEqual([
      "0=0",
      "1~1",
      "2=2",
    ]);
  });

  it("show steps that only one of them has", () => {
    expect(compared(run("ada: a", "ben: b"), run("ada: a", "cleo: c", "ben: b", "ada: d"))).toEqual([
      "0=0",
      "+1",
      "1=2",
      "+3",
    ]);
    expect(compared(run("ada: a", "cleo: c", "ben: b"), run("ada: a", "ben: b"))).toEqual(["0=0", "1-", "2=1"]);
  });

  it("see through the order of parallel agents", () => {
    const left = run("ada: a", "left: 1", "right: 2", "ada: 3");
    expect(compared(left, run("ada: a", "right: 2", "left: 0", "ada: 2"))).toEqual(["0=0", "1~2", "2=1", "3~3"]);
  });

  it("pair as many steps as may be paired, in order, whatever they say", () => {
    const step = fc.constantFrom("ada: a", "ada: b", "ben: a", "ben: b", "cleo: a");
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), fc.array(step, { maxLength: 8 }), (left, right) => {
        const changes = compareRuns(run(...left), run(...right));
        const indexes = (of: "left" | "right") => changes.flatMap((change) => change[of] ?? []).sort((a, b) => a - b);
        expect(indexes("left")).toEqual(left.map((_, at) => at));
        expect(indexes("right")).toEqual(right.map((_, at) => at));
        for (const { left: l, right: r, change } of changes) {
          expect(change === "same").toBe(l !== null && r !== null && left[l] === right[r]);
          expect(change).toBe(
            l === null ? "added" : r === null ? "removed" : left[l] === right[r] ? "same" : "changed",
          );
        }
        expect(changes.filter(({ change }) => change === "same").length).toBeGreaterThanOrEqual(longest(left, right));
      }),
    );
  });

  it("find a changed step in the middle of a long run", () => {
    const long = (word: string) =>
      run(...Array.from({ length: 8000 }, (_, at) => (at === 4000 ? `ben: ${word}` : `ada: ${at}`)));
    expect(compareRuns(long("good"), long("bad")).filter(({ change }) => change !== "same")).toEqual([
      { left: 4000, right: 4000, change: "changed" },
    ]);
  });

  it("are quick where everything differs", () => {
    const many = (word: string) => run(...Array.from({ length: 2000 }, (_, at) => `ada: ${word} ${at}`));
    expect(compareRuns(many("a"), many("b"))).toHaveLength(2000);
  });
});
