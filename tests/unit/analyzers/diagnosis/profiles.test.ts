import {
  detailedSchema,
  diagnoseByRules,
  numberingOf,
  PROFILE_NAMES,
  PROFILES,
  rlFeedbackSchema,
  tracebenchSchema,
} from "@culprit/analyzers";
import type { Trajectory } from "@culprit/schemas";
import { describe, expect, it } from "vitest";
import { returned, type Said, shellRun } from "./shell-run.ts";

const OK = returned(0);
/** Action steps 0, 2, 4, 6, 8, 10 are CodeTracer's 1 to 6. */
const run = (outcome: Trajectory["outcome"]["outcome"] = "failure") =>
  shellRun(
    [
      ["cat a.py", "def f(): return 1"],
      ["cat a.py", "def f(): return 1"],
      ["sed -i 's/return 1/return 2/' a.py", OK],
      ["python a.py", returned(1, "NameError: name 'step 3' is not defined")],
      ["git checkout -- a.py", OK],
      ["submit", ""],
    ] satisfies Said[],
    { outcome: { outcome, score: null, feedback: "", by: "reported" } },
  );

describe("the profiles", () => {
  it("have CodeTracer's names and files", () => {
    expect(PROFILE_NAMES.map((name) => [name, PROFILES[name].file])).toEqual([
      ["tracebench", "codetracer_labels.json"],
      ["detailed", "codetracer_analysis.json"],
      ["rl_feedback", "codetracer_rl_feedback.json"],
    ]);
  });

  it.each(PROFILE_NAMES)("%s keeps its schema, for failed, successful and empty runs", (name) => {
    for (const trajectory of [run(), run("success"), run("unknown"), shellRun([])]) {
      const document = JSON.parse(JSON.stringify(PROFILES[name].write(diagnoseByRules(trajectory))));
      expect(() => PROFILES[name].schema.parse(document)).not.toThrow();
    }
  });

  it("number the steps from 1 and actions only, where ours number every step from 0", () => {
    const diagnosis = diagnoseByRules(run());
    expect(diagnosis.incorrect.map(({ step }) => step)).toContain(4);
    expect(diagnosis.unuseful.map(({ step }) => step)).toContain(2);
    const labels = tracebenchSchema.parse(PROFILES.tracebench.write(diagnosis));
    expect(labels.flatMap(({ incorrect_step_ids }) => incorrect_step_ids)).toContain(3);
    expect(labels.flatMap(({ unuseful_step_ids }) => unuseful_step_ids)).toContain(2);
    const { idOf, stepOf, count } = numberingOf(diagnosis.steps);
    expect([idOf(4), stepOf(3), idOf(5), stepOf(0), stepOf(7), count]).toEqual([
      3,
      4,
      undefined,
      undefined,
      undefined,
      6,
    ]);
  });

  it("say the same numbers in their sentences, and leave quotations of the run alone", () => {
    const analysis = detailedSchema.parse(PROFILES.detailed.write(diagnoseByRules(run())));
    const [looked] = analysis.stage_labels;
    expect(looked?.reasoning).toBe("Step 2: The same was looked at in step 1, with the same answer.");
    expect(JSON.stringify(analysis)).not.toMatch(/[Ss]tep (?:8|10)\b/);
  });

  it("give every action step a verdict and a reward", () => {
    const feedback = rlFeedbackSchema.parse(PROFILES.rl_feedback.write(diagnoseByRules(run())));
    expect(feedback.map(({ step_id }) => step_id)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const { verdict, reward_signal, deviation_type } of feedback) {
      expect(Math.sign(reward_signal)).toBe(verdict === "correct" ? 1 : -1);
      if (verdict === "correct") expect(deviation_type).toBe("none");
    }
  });

  it("refuse what the README does not know", () => {
    const stage = { stage_id: 1, incorrect_step_ids: [1], unuseful_step_ids: [], reasoning: "" };
    expect(tracebenchSchema.safeParse([stage]).success).toBe(true);
    expect(tracebenchSchema.safeParse([{ ...stage, incorrect_step_ids: [0] }]).success).toBe(false);
    expect(tracebenchSchema.safeParse([{ ...stage, more: 1 }]).success).toBe(false);
  });
});
