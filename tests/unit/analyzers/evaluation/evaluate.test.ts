import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evaluate, renderReport, trainRanker, wilson } from "@culprit/analyzers";
import type { Trajectory } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let data: string;
beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), "culprit-evaluate-"));
  for (const subset of ["algorithm-generated", "hand-crafted"]) mkdirSync(join(data, subset));
  for (let i = 0; i < 12; i++) {
    const step = 1 + (i % 3);
    const says = (place: number) => (place === step ? `Assume placeholder ${i}` : `Part ${i}`);
    const exchange = ["Alpha", "Beta", "Gamma", "Beta"].map((name, place) => ({
      content: says(place),
      role: "assistant",
      name,
    }));
    const directed = ["human", "Orchestrator (thought)", "Surfer", "Orchestrator (-> Surfer)"].map((role, place) => ({
      content: says(place),
      role,
    }));
    const label = (agent: string | undefined) => ({
      mistake_agent: agent,
      mistake_step: String(step),
      mistake_reason: "",
      ground_truth: "SECRET",
    });
    writeFileSync(
      join(data, "algorithm-generated", `${i}.json`),
      JSON.stringify({ question: `q${i}`, question_ID: `q${i}`, history: exchange, ...label(exchange[step]?.name) }),
    );
    writeFileSync(
      join(data, "hand-crafted", `${i}.json`),
      JSON.stringify({
        question: `q${i}`,
        question_ID: `q${i}`,
        history: directed,
        ...label(directed[step]?.role.split(" ")[0]),
      }),
    );
  }
});
afterAll(() => rmSync(data, { recursive: true }));

/** A strategy that blames a fixed step. */
const blaming = (of: (trajectory: Trajectory) => number | null) => ({
  name: "fixed",
  version: "1",
  attribute: async (trajectory: Trajectory) => {
    const step = of(trajectory);
    const agent = step === null ? null : (trajectory.steps[step]?.agent ?? null);
    const status = step === null ? ("abstained" as const) : ("attributed" as const);
    return { status, agent, step, reason: "", confidence: 0.5, model: "", input_tokens: 0, output_tokens: 0 };
  },
});

describe("wilson", () => {
  it("gives the published interval and stays inside [0, 1]", () => {
    const { accuracy, low, high } = wilson(8, 10);
    expect([accuracy, low, high].map((x) => Number(x.toFixed(4)))).toEqual([0.8, 0.4902, 0.9433]);
    expect(wilson(0, 5).low).toBe(0);
    expect(wilson(5, 5).high).toBe(1);
    expect(wilson(0, 0)).toEqual({ accuracy: 0, low: 0, high: 1 });
  });
});

describe("evaluate", () => {
  it("scores exact equality by subset, with every labelled run in the denominator", async () => {
    const marked = blaming((run) => run.steps.findIndex((step) => step.content.startsWith("Assume")));
    const perfect = await evaluate({ benchmark: "who-and-when", data, strategy: marked });
    for (const subset of ["algorithm-generated", "hand-crafted"]) {
      expect(perfect.subsets[subset]).toMatchObject({
        n: 12,
        agent: { accuracy: 1 },
        step: { accuracy: 1 },
        within: { "1": 1 },
      });
    }
    const abstaining = await evaluate({ benchmark: "who-and-when", data, strategy: blaming(() => null) });
    expect(abstaining.subsets["hand-crafted"]).toMatchObject({
      n: 12,
      no_blame: 12,
      step: { accuracy: 0 },
      within: { "5": 0 },
    });
  });

  it("counts distance in steps", async () => {
    const report = await evaluate({ benchmark: "who-and-when", data, strategy: blaming(() => 0) });
    const { step, within } = report.subsets["algorithm-generated"] ?? {};
    expect(step?.accuracy).toBe(0);
    expect(within?.["1"]).toBeCloseTo(1 / 3);
    expect(within?.["3"]).toBeCloseTo(1);
  });

  it("shows a strategy neither label nor ground truth", async () => {
    let seen = "";
    await evaluate({
      benchmark: "who-and-when",
      data,
      strategy: blaming((run) => {
        seen += JSON.stringify(run);
        return 0;
      }),
    });
    expect(seen).not.toContain("SECRET");
    expect(seen).not.toContain("mistake");
  });

  it("cross-validates the ranker beside baselines whose constants come from the other folds", async () => {
    const report = await evaluate({ benchmark: "who-and-when", data, strategy: "ranker", folds: 3, seed: 5 });
    expect(report).toMatchObject({
      setting: "in-distribution",
      folds: 3,
      seed: 5,
      trained_on: 0,
      scoring: "exact",
      warnings: [],
    });
    expect(Object.keys(report.subsets)).toEqual(["algorithm-generated", "hand-crafted"]);
    expect(report.subsets["algorithm-generated"]?.step.accuracy).toBeGreaterThan(0.8);
    expect(report.baselines["random"]?.subsets["algorithm-generated"]?.step).toBeCloseTo(1 / 4);
    expect(report.baselines["first_speaker"]?.subsets["algorithm-generated"]?.step).toBe(0);
    expect(Object.keys(report.baselines)).toEqual(
      expect.arrayContaining(["random", "constant_step", "first_speaker", "majority_agent"]),
    );
  });

  it("says so loudly when weights are scored on what they were trained on", async () => {
    const weights = await trainRanker({ directories: [data], date: "2026-01-01", folds: 2, repeats: 1 });
    const report = await evaluate({ benchmark: "who-and-when", data, weights });
    expect(report.trained_on).toBe(24);
    expect(report.warnings[0]).toContain("24 of 24 runs were in the training data");
    expect(renderReport(report)).toContain("WARNING: 24 of 24 runs");
  });

  it("takes one subset, or one file, as well", async () => {
    const strategy = blaming(() => 1);
    const one = await evaluate({ benchmark: "who-and-when", data: join(data, "hand-crafted"), strategy });
    expect(Object.keys(one.subsets)).toEqual(["hand-crafted"]);
    const file = await evaluate({ benchmark: "who-and-when", data: join(data, "hand-crafted", "0.json"), strategy });
    expect(file.subsets["hand-crafted"]?.n).toBe(1);
  });

  it("refuses what it cannot do", async () => {
    const base = { benchmark: "who-and-when" as const, data };
    await expect(evaluate({ ...base, folds: 1 })).rejects.toMatchObject({ code: "folds_invalid" });
    await expect(evaluate({ ...base, folds: 13 })).rejects.toMatchObject({ code: "folds_invalid" });
    await expect(evaluate({ ...base, folds: 3, strategy: blaming(() => 0) })).rejects.toMatchObject({
      code: "strategy_not_trainable",
    });
    await expect(evaluate({ ...base, data: join(data, "nowhere") })).rejects.toMatchObject({ code: "benchmark_empty" });
  });

  it("renders a table with intervals and baselines", async () => {
    const text = renderReport(await evaluate({ benchmark: "who-and-when", data, strategy: blaming(() => 1) }));
    expect(text).toMatch(/\| hand-crafted +\| \*\*fixed\*\* +\| 12 /);
    expect(text).toMatch(/\| hand-crafted +\| majority_agent /);
    expect(text).toMatch(/\d+\.\d \[\d+\.\d–\d+\.\d\]/);
  });
});
