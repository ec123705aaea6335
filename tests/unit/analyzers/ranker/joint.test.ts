import { describe, expect, it } from "vitest";
import { chooseBlend } from "../../../../analyzers/attribution/ranker/blend.ts";
import type { Example } from "../../../../analyzers/attribution/ranker/examples.ts";
import { FEATURES } from "../../../../analyzers/attribution/ranker/features/groups.ts";
import { decide, type Fitted, score, scoreParts } from "../../../../analyzers/attribution/ranker/linear.ts";

const SIZE = FEATURES.length;
const row = (...values: number[]) => Float64Array.from({ length: SIZE }, (_, i) => values[i] ?? 0);
const model = (weight: number, agentWeight: number): Fitted => ({
  mean: row(),
  scale: row(1, 1),
  weights: row(weight),
  agentWeights: row(0, agentWeight),
});

describe("the score of a step", () => {
  const features = { rows: [row(1, 2), row(0, 4), row(3, 1)], agents: ["A", "B", "A"] };

  it("is its own, and its agent's: the sum over the agent's n steps, divided by √n", () => {
    const { own, agent } = scoreParts(model(2, 1), features);
    expect([...own]).toEqual([2, 0, 6]);
    for (const [place, expected] of [3 / Math.SQRT2, 4, 3 / Math.SQRT2].entries()) {
      expect(agent[place]).toBeCloseTo(expected, 12);
    }
    expect(score(model(2, 1), features)[1]).toBe(4);
  });

  it("is unmoved by features that never varied in training and cut where a run is odd", () => {
    const odd = { rows: [row(1e9, 0, 5), row(-1e9)], agents: ["A", "A"] };
    expect([...score(model(1, 0), odd)]).toEqual([4, -4]);
  });
});

describe("who is blamed", () => {
  const chances = Float64Array.of(0.35, 0.25, 0.4, 0);
  const agents = ["A", "A", "B", "C"];

  it("is who took the likeliest step", () => {
    expect(decide(chances, agents, false)).toBe(2);
  });

  it("is, where agent and step count alike, who and what is expected to be right most", () => {
    // 0.35 + (0.35 + 0.25) against 0.4 + 0.4.
    expect(decide(chances, agents, true)).toBe(0);
  });
});

describe("the blend", () => {
  /** One run a task: two agents of two steps each; the labelled step is the last of the labelled agent. */
  const examples = Array.from({ length: 40 }, (_, i): Example => {
    const culprit = i % 3 === 0 ? "A" : "B";
    const noise = (i * 37) % 11;
    return {
      id: `${i}`.padStart(4, "0"),
      style: "exchange",
      task_id: `task ${i}`,
      subset: "",
      rows: [
        row(noise / 11, culprit === "A" ? 1 : 0),
        row(1, culprit === "A" ? 1 : 0),
        row(((i * 17) % 11) / 11, culprit === "B" ? 1 : 0),
        row(1, culprit === "B" ? 1 : 0),
      ],
      agents: ["A", "A", "B", "B"],
      steps: [0, 1, 2, 3],
      target: culprit === "A" ? 1 : 3,
      culprit,
    };
  });

  it("lets the agents count where that makes labels of unseen tasks more probable", () => {
    expect(chooseBlend(examples, () => model(2, 3), 1).share).toBe(1);
  });

  it("leaves them out where it does not", () => {
    expect(chooseBlend(examples, () => model(2, -3), 1).share).toBe(0);
  });

  it("never shows a fit the tasks it is asked about", () => {
    const seen: Set<string>[] = [];
    chooseBlend(
      examples,
      (training) => {
        seen.push(new Set(training.map((example) => example.task_id)));
        return model(1, 1);
      },
      1,
    );
    // Two rounds of four folds: every task is left out once a round.
    expect(seen).toHaveLength(8);
    for (const { task_id } of examples) expect(seen.filter((tasks) => !tasks.has(task_id))).toHaveLength(2);
  });
});
