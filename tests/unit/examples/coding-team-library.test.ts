import { checkSolution, type Example, TASKS } from "@culprit/examples";
import { describe, expect, it } from "vitest";
import { describeCall } from "../../../examples/coding-team/check.ts";
import type { Knowledge } from "../../../examples/scripted-endpoint/knowledge/knowledge.ts";
import { LIBRARY } from "../../../examples/scripted-endpoint/knowledge/library.ts";
import { type PlanLine, translate, writeFunction } from "../../../examples/scripted-endpoint/language/program.ts";

const taskOf = (known: Knowledge) => {
  const task = TASKS.find((candidate) => candidate.functionName === known.name);
  if (task === undefined) throw new Error(`no task ${known.name}`);
  return task;
};
const wholePlan = (known: Knowledge): PlanLine[] =>
  known.guard ? [{ depth: 0, sentence: known.guard.right }, ...known.plan] : known.plan;
const codeOf = (known: Knowledge, plan: PlanLine[]) => writeFunction(known.signature, translate(plan));
const withMistake = (plan: PlanLine[], { right, wrong }: { right: string; wrong: string }) =>
  plan.map((line) => (line.sentence === right ? { ...line, sentence: wrong } : line));
/** Both sets of tests in one execution. */
const judge = async (code: string, known: Knowledge) => {
  const task = taskOf(known);
  const { feedback, score } = await checkSolution(code, { ...task, hidden: [...task.examples, ...task.hidden] });
  const fails = (example: Example) => feedback.includes(`FAIL ${describeCall(task.functionName, example)}:`);
  if (score === 0) return { examples: false, hidden: false };
  return { examples: !task.examples.some(fails), hidden: !task.hidden.some(fails) };
};

describe("what the scripted agents know", () => {
  it("covers every task, and each at most once", () => {
    expect(LIBRARY.map((known) => known.name).sort()).toEqual(TASKS.map((task) => task.functionName).sort());
    expect(TASKS.length).toBeGreaterThanOrEqual(30);
  });

  describe.each(LIBRARY.map((known) => [known.name, known] as const))("%s", (_name, known) => {
    const plan = wholePlan(known);

    it("is understood in full, mistakes included", () => {
      for (const pitfall of [known.quiet, known.loud]) {
        expect(known.plan.map((line) => line.sentence)).toContain(pitfall.right);
        expect(codeOf(known, withMistake(plan, pitfall))).not.toMatch(/^\s*\/\//m);
      }
      expect(codeOf(known, plan)).not.toMatch(/^\s*\/\//m);
    });

    it("solves its task as planned, and only with its guard", async () => {
      expect(await judge(codeOf(known, plan), known)).toEqual({ examples: true, hidden: true });
      if (known.guard === null) return;
      expect(await judge(codeOf(known, known.plan), known)).toEqual({ examples: true, hidden: false });
    });

    it("has mistakes that fail the hidden tests; quiet ones pass the examples, loud ones do not", async () => {
      for (const pitfall of [known.quiet, ...(known.guard ? [known.guard] : [])]) {
        const judged = await judge(codeOf(known, withMistake(plan, pitfall)), known);
        expect(judged, pitfall.wrong).toEqual({ examples: true, hidden: false });
      }
      const judged = await judge(codeOf(known, withMistake(plan, known.loud)), known);
      expect(judged).toEqual({ examples: false, hidden: false });
    });
  });
});
