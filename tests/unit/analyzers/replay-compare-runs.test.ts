import { compareRuns } from "@culprit/analyzers";
import { describe, expect, it } from "vitest";
import { runOf } from "./injection/site.ts";

/** `ada: a` is what Ada says; one character a step and change: `=`, `~`, `-`, `+`. */
const run = (...lines: string[]) =>
  runOf(...lines.map((line) => ({ agent: line.split(": ")[0] ?? "", content: line.split(": ")[1] ?? "" })));
const MARKS = { same: "=", changed: "~", removed: "-", added: "+" };
const compared = (left: ReturnType<typeof run>, right: ReturnType<typeof run>) =>
  compareRuns(left, right).map(({ left: l, right: r, change }) => `${l ?? ""}${MARKS[change]}${r ?? ""}`);

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

  it("are quick where everything differs", () => {
    const many = (word: string) => run(...Array.from({ length: 2000 }, (_, at) => `ada: ${word} ${at}`));
    expect(compareRuns(many("a"), many("b"))).toHaveLength(2000);
  });
});
