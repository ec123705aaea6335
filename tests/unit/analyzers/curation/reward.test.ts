import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { reward } from "@culprit/analyzers";
import type { RewardParts } from "@culprit/schemas";
import { describe, expect, it } from "vitest";
import { pythonOrSkip, runPython, TRAINING } from "./python.ts";

interface Vector {
  text: string;
  reasoning: string | null;
  agent: string;
  step: number;
  step_weight: number;
  sigma: number;
  expected: RewardParts;
}

const { vectors } = JSON.parse(readFileSync(join(TRAINING, "reward-vectors.json"), "utf8")) as { vectors: Vector[] };
const think = "<think>The second test already failed.</think>";
const truth = { agent: "Coder", step: 3 };

describe("the reward of equations 11 and 12", () => {
  it.each([
    ["agent and step right", "Coder|3", 1],
    ["agent right, one step off", "Coder|2", 0.5 * Math.exp(-0.5) + 0.5],
    ["agent wrong, step right", "Planner|3", 0.5],
    ["agent wrong, one step off", "Planner|4", 0.5 * Math.exp(-0.5)],
    ["agent wrong, two steps off", "Planner|5", 0.5 * Math.exp(-2)],
  ])("%s", (_name, answer, expected) => {
    expect(reward(`${think}<answer>${answer}</answer>`, truth).score).toBeCloseTo(expected, 12);
  });

  it.each([
    ["no answer", think],
    ["no thinking", "<answer>Coder|3</answer>"],
    ["empty thinking", "<think>\n\n</think><answer>Coder|3</answer>"],
    ["words after the answer", `${think}<answer>Coder|3</answer> I am sure.`],
    ["two answers", `${think}<answer>Coder|3</answer><answer>Coder|4</answer>`],
    ["a step that is no number", `${think}<answer>Coder|three</answer>`],
  ])("gives nothing for %s", (_name, text) => {
    expect(reward(text, truth)).toEqual({ score: 0, r_format: 0, r_agent: 0, r_step: 0 });
  });

  it("accepts a completion whose opening think tag the chat template has eaten", () => {
    expect(reward("The second test failed.</think>\n\n<answer>Coder|3</answer>", truth).score).toBe(1);
  });

  it("accepts thinking that arrives beside the text", () => {
    expect(reward("<answer>Coder|3</answer>", truth, { reasoning: "The second test failed." }).score).toBe(1);
  });

  it("stays linear on a megabyte of white space", () => {
    expect(reward(`${think}${" ".repeat(1_000_000)}x`, truth).score).toBe(0);
  });
});

describe("the shared test vectors", () => {
  it("hold rewarded and refused completions", () => {
    const rewarded = vectors.filter((vector) => vector.expected.score > 0).length;
    expect(vectors.length).toBeGreaterThan(150);
    expect(rewarded).toBeGreaterThan(50);
    expect(vectors.length - rewarded).toBeGreaterThan(50);
  });

  it("are what the TypeScript reward gives, to 1e-9", () => {
    for (const vector of vectors) {
      const given = reward(vector.text, vector, {
        reasoning: vector.reasoning ?? undefined,
        stepWeight: vector.step_weight,
        sigma: vector.sigma,
      });
      for (const part of ["score", "r_format", "r_agent", "r_step"] as const) {
        expect(Math.abs(given[part] - vector.expected[part]), `${part} of ${vector.text}`).toBeLessThan(1e-9);
      }
    }
  });

  it("are what the committed script makes of reward.py", (context) => {
    const python = pythonOrSkip(context);
    const made = spawnSync(python, [join(TRAINING, "make_reward_vectors.py"), "--print"], { encoding: "utf8" });
    expect(made.status, made.stderr).toBe(0);
    expect(JSON.parse(made.stdout)).toEqual({ vectors });
  });
});

describe("reward.py under its trainers' signatures", () => {
  const run = (python: string, code: string): unknown => runPython(python, `import json, reward\n${code}`);

  it("gives verl the score and its parts, the same keys in every row", (context) => {
    const python = pythonOrSkip(context);
    const rows = run(
      python,
      `truth = json.dumps({"agent": "Coder", "step": 3})
print(json.dumps([reward.compute_score("culprit", text, truth, extra_info={"index": 0}, reward_router_address=None)
  for text in ["<think>x</think><answer>Coder|3</answer>", "x</think><answer>Planner|3</answer>", "rubbish"]]))`,
    );
    expect(rows).toEqual([
      { score: 1, r_format: 1, r_agent: 1, r_step: 1 },
      { score: 0.5, r_format: 1, r_agent: 0, r_step: 1 },
      { score: 0, r_format: 0, r_agent: 0, r_step: 0 },
    ]);
  });

  it("stops a training run on a ground truth it cannot read", (context) => {
    const python = pythonOrSkip(context);
    const said = run(
      python,
      `try:
  reward.compute_score("culprit", "x", "Coder, 3")
except ValueError as error:
  print(json.dumps(str(error)))`,
    );
    expect(said).toContain("Export the dataset again");
  });

  it("gives TRL one float a completion: text, messages, parsed reasoning, content parts", (context) => {
    const python = pythonOrSkip(context);
    const scores = run(
      python,
      `answer = "<answer>Coder|3</answer>"
completions = [
  "<think>x</think>" + answer,
  [{"role": "assistant", "content": "<think>x</think>" + answer}],
  [{"role": "assistant", "content": answer, "reasoning_content": "x"}],
  [{"role": "assistant", "content": [{"type": "text", "text": "x</think>" + answer}]}],
  [{"role": "assistant", "content": None, "reasoning_content": "x"}],
  [],
]
n = len(completions)
print(json.dumps(reward.culprit_reward(prompts=[[]] * n, completions=completions, completion_ids=None,
  agent=["Coder"] * n, step=[3, 3, 3, "3", 3, 3], trainer_state=None)))`,
    );
    expect(scores).toEqual([1, 1, 1, 1, 0, 0]);
  });
});
