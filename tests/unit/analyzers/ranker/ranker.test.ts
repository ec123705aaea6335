import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRanker, loadRankerWeights, trainRanker, weightsText } from "@culprit/analyzers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { foldsByTask, seededRandom } from "../../../../analyzers/attribution/ranker/folds.ts";
import { fit as fitLogit, probabilities } from "../../../../analyzers/attribution/ranker/model.ts";
import { failedRun } from "./runs.ts";

describe("the conditional logit", () => {
  const random = seededRandom(3);
  const truth = Float64Array.from([2, -1, 0]);
  const choices = Array.from({ length: 400 }, () => {
    const rows = Array.from({ length: 6 }, () => Float64Array.from(truth, () => 2 * random() - 1));
    const chances = probabilities(rows, truth);
    let left = random();
    let target = 0;
    while (target < 5 && left >= (chances[target] ?? 0)) left -= chances[target++] ?? 0;
    return { rows, target };
  });

  it("finds the weights that made the choices", () => {
    const found = fitLogit(choices, 3, { penalty: new Float64Array(3).fill(0.1) });
    for (const [i, weight] of truth.entries()) expect(Math.abs((found[i] ?? 0) - weight)).toBeLessThan(0.35);
  });

  it("is held at zero by its penalty and is the same every time", () => {
    const strong = fitLogit(choices, 3, { penalty: new Float64Array(3).fill(1e6) });
    expect(Math.max(...strong.map(Math.abs))).toBeLessThan(0.01);
    const options = { penalty: new Float64Array(3).fill(1) };
    expect(fitLogit(choices, 3, options)).toEqual(fitLogit(choices, 3, options));
  });
});

describe("foldsByTask", () => {
  it("never lets runs of one task straddle folds, and fills the folds evenly", () => {
    const tasks = Array.from({ length: 60 }, (_, i) => `task ${i % 30}`);
    const folds = foldsByTask(tasks, 5, 7);
    for (let i = 0; i < 30; i++) expect(folds[i]).toBe(folds[i + 30]);
    for (let fold = 0; fold < 5; fold++) expect(folds.filter((one) => one === fold)).toHaveLength(12);
    expect(foldsByTask(tasks, 5, 8)).not.toEqual(folds);
  });
});

describe("the shipped ranker", () => {
  it("blames an agent step by its speaker, with a probability and a reason", async () => {
    const run = failedRun([
      ["Planner", "Plan: count the moons of Mars."],
      ["Coder", "We cannot search, so let's assume placeholder data: Mars has 7 moons."],
      ["Tester", "I agree, the final answer is 7. TERMINATE"],
    ]);
    const answer = await createRanker().attribute(run);
    expect(answer.status).toBe("attributed");
    expect(run.steps[answer.step ?? -1]?.agent).toBe(answer.agent);
    expect(answer.confidence).toBeGreaterThan(1 / 3);
    expect(answer.confidence).toBeLessThanOrEqual(1);
    expect(answer.reason).toMatch(/^Step \d+ by \w+ .+\.$/);
  });

  it("names what moved it, with the steps and spans it points to", () => {
    const run = failedRun([
      ["Planner", "Plan: count the moons of Mars."],
      ["Coder", "```python\nprint(count())\n```"],
      ["Terminal", "exitcode: 1 (execution failed)\nNameError: name 'count' is not defined"],
      ["Coder", "Let's assume that Mars has 7 moons."],
      ["Tester", "I agree, the final answer is 7. TERMINATE"],
    ]);
    const ranker = createRanker();
    const { step, reason } = ranker.rank(run);
    const evidence = ranker.evidence(run, 20);
    expect(evidence.length).toBeGreaterThan(3);
    expect(new Set(evidence.map(({ words }) => words)).size).toBe(evidence.length);
    for (const [i, one] of evidence.entries()) {
      expect(one.weight).toBeGreaterThan(0);
      expect(one.weight).toBeLessThanOrEqual(evidence[i - 1]?.weight ?? Number.POSITIVE_INFINITY);
      expect(one.span_id).toBe(run.steps[one.step]?.span_id);
    }
    for (const { words } of ranker.evidence(run)) expect(reason).toContain(words);
    // What is said of an answer points to the step that answered.
    const answered = evidence.filter(({ feature }) => feature === "observation.failed");
    for (const one of answered) expect(one.step).toBe((step ?? 0) + 1);
  });

  it("blames nobody below the confidence that was asked for, and is another version then", () => {
    const run = failedRun([
      ["Planner", "Plan: count."],
      ["Coder", "The answer is 7."],
    ]);
    const { confidence, step } = createRanker().rank(run);
    const strict = createRanker(undefined, { abstainBelow: confidence + 0.01 });
    expect(strict.rank(run)).toMatchObject({ status: "abstained", agent: null, step: null, confidence: 0 });
    expect(strict.rank(run).reason).toMatch(/^The likeliest step is only \d+ %, below the \d+ % asked for/);
    expect(strict.version).not.toBe(createRanker().version);
    expect(createRanker(undefined, { abstainBelow: confidence }).rank(run)).toMatchObject({
      status: "attributed",
      step,
    });
  });

  it("does not read the ground truth", () => {
    const run = failedRun([
      ["Planner", "Plan: count."],
      ["Coder", "The answer is 7."],
    ]);
    const ranker = createRanker();
    expect(ranker.rank({ ...run, ground_truth: "The answer is 7." })).toEqual(ranker.rank(run));
  });

  it("blames nobody where no agent acted", async () => {
    expect(await createRanker().attribute(failedRun([["Terminal", "exitcode: 1"]]))).toMatchObject({
      status: "no_agent_step",
      agent: null,
      step: null,
      confidence: 0,
    });
  });

  it("refuses weights it cannot read or that were made for other features", () => {
    const directory = mkdtempSync(join(tmpdir(), "culprit-weights-"));
    const path = join(directory, "weights.json");
    writeFileSync(path, "{}");
    expect(() => loadRankerWeights(path)).toThrow(expect.objectContaining({ code: "ranker_weights_unreadable" }));
    const other = structuredClone(loadRankerWeights());
    other.styles.exchange.features.pop();
    expect(() => createRanker(other)).toThrow(expect.objectContaining({ code: "ranker_weights_mismatch" }));
    rmSync(directory, { recursive: true });
  });
});

describe("trainRanker", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "culprit-train-"));
    for (let i = 0; i < 12; i++) {
      const history = ["Alpha", "Beta", "Gamma", "Delta"].map((name, step) => ({
        content: step === i % 4 ? `Let's assume a placeholder value ${i}` : `We go on with part ${i} of it`,
        role: "assistant",
        name,
      }));
      const run = {
        question: `task ${i}`,
        question_ID: `t${i}`,
        history,
        mistake_agent: history[i % 4]?.name,
        mistake_step: String(i % 4),
      };
      writeFileSync(join(directory, `${i}.json`), JSON.stringify(run));
    }
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it("makes the same bytes from the same data, seed and date", async () => {
    const options = { directories: [directory], date: "2026-01-01", folds: 3, repeats: 1 };
    const first = await trainRanker(options);
    expect(weightsText(await trainRanker(options))).toBe(weightsText(first));
    expect(JSON.parse(weightsText(first))).toEqual(first);
    expect(first.provenance).toMatchObject({ date: "2026-01-01", sets: [{ subset: "algorithm-generated", runs: 12 }] });
    expect(first.provenance.data).toHaveLength(12);
  });

  it("learns what the labels have in common", async () => {
    const weights = await trainRanker({ directories: [directory], date: "2026-01-01", folds: 3, repeats: 1 });
    expect(weights.provenance.cross_validated.subsets["algorithm-generated"]?.step).toBeGreaterThan(0.9);
    const run = failedRun([
      ["Alpha", "We go on with part 77 of it"],
      ["Beta", "We go on with part 77 of it"],
      ["Gamma", "Let's assume a placeholder value 77"],
      ["Delta", "We go on with part 77 of it"],
    ]);
    expect(createRanker(weights).rank(run)).toMatchObject({ agent: "Gamma", step: 2 });
  });

  it("says that there is nothing to train on", async () => {
    await expect(trainRanker({ directories: [join(directory, "0.json")], date: "2026-01-01" })).rejects.toMatchObject({
      code: "nothing_to_train_on",
    });
  });
});
