import { summarise } from "@culprit/analyzers";
import type { Annotation, Attribution, Outcome } from "@culprit/schemas";
import { describe, expect, it } from "vitest";
import { failedRun } from "../tracer-runs.ts";

const run = failedRun(["Planner: plan", "Coder: code", "Planner: done"]);
const minute = (at: number) => new Date(Date.UTC(2026, 0, 1, 0, at)).toISOString();

function attribution(agent: string | null, step: number | null, more: Partial<Attribution> = {}): Attribution {
  return {
    project: run.project,
    trace_id: run.trace_id,
    strategy: "ranker",
    strategy_version: "1",
    status: agent === null ? "abstained" : "attributed",
    cause: null,
    answered_by: "",
    agent,
    step,
    reason: "because",
    confidence: agent === null ? 0 : 0.6,
    model: "",
    input_tokens: 0,
    output_tokens: 0,
    duration_ms: 1,
    created_at: minute(1),
    ...more,
  };
}

function annotation(agent: string, step: number, more: Partial<Annotation> = {}): Annotation {
  return {
    project: run.project,
    annotation_id: `${agent}-${step}-${JSON.stringify(more)}`,
    trace_id: run.trace_id,
    agent,
    step,
    evidence: "counterfactual",
    verdict: "confirmed",
    reason: "",
    replay_id: "",
    correction: "",
    earliest: "not proven",
    placebo_k: 0,
    placebo_successes: 0,
    created_at: minute(1),
    ...more,
  };
}

const blame = (attributions: Attribution[], annotations: Annotation[] = [], trajectory = run) => {
  const { blamed_agent, blamed_step, status } = summarise(trajectory, attributions, annotations, true);
  return [status, blamed_agent, blamed_step];
};

describe("whom a run blames", () => {
  it("nobody yet, or nobody at all", () => {
    expect(blame([])).toEqual(["none", null, null]);
    expect(blame([attribution(null, null)])).toEqual(["none", null, null]);
  });

  it("the newest prediction; a degraded one only where there is no other", () => {
    const old = attribution("Coder", 1);
    expect(blame([old, attribution("Planner", 0, { created_at: minute(2) })])).toEqual(["predicted", "Planner", 0]);
    expect(blame([attribution("Planner", 0, { created_at: minute(2), status: "degraded" }), old])).toEqual([
      "predicted",
      "Coder",
      1,
    ]);
    expect(blame([attribution("Planner", 0, { status: "degraded" })])).toEqual(["predicted", "Planner", 0]);
  });

  it("whom a replay proved, before any prediction; of several, the earliest step", () => {
    const proven = [annotation("Planner", 2), annotation("Coder", 1)];
    expect(blame([attribution("Planner", 0)], proven)).toEqual(["verified", "Coder", 1]);
    expect(blame([], [annotation("Coder", 1, { evidence: "injected" })])).toEqual(["verified", "Coder", 1]);
  });

  it("with the confidence of the prediction it stands on, and none where a label speaks", () => {
    const certainty = (annotations: Annotation[]) => summarise(run, [attribution("Coder", 1)], annotations, true);
    expect(certainty([])).toMatchObject({ status: "predicted", confidence: 0.6 });
    for (const [status, label] of [
      ["verified", annotation("Coder", 1)],
      ["verified", annotation("Planner", 0, { evidence: "injected" })],
      ["human", annotation("Coder", 1, { evidence: "human" })],
      ["refuted", annotation("Coder", 1, { verdict: "refuted" })],
    ] as const) {
      expect(certainty([label])).toMatchObject({ status, confidence: null });
    }
  });

  it("whom a person named, before everything", () => {
    const person = annotation("Planner", 0, { evidence: "human" });
    expect(blame([attribution("Coder", 1)], [annotation("Coder", 1), person])).toEqual(["human", "Planner", 0]);
    const corrected = annotation("Planner", 2, { evidence: "human", created_at: minute(5) });
    expect(blame([], [person, corrected])).toEqual(["human", "Planner", 2]);
  });

  it("another prediction where the newest is refuted, the refuted one where there is no other", () => {
    const refuted = annotation("Coder", 1, { verdict: "refuted" });
    expect(blame([attribution("Coder", 1)], [refuted])).toEqual(["refuted", "Coder", 1]);
    expect(blame([attribution("Coder", 1), attribution("Planner", 0, { strategy: "tracer" })], [refuted])).toEqual([
      "predicted",
      "Planner",
      0,
    ]);
  });

  it("a person can overrule a replay, and a later verdict an earlier one", () => {
    const proven = annotation("Coder", 1);
    const no = annotation("Coder", 1, { verdict: "refuted", evidence: "human", created_at: minute(0) });
    expect(blame([attribution("Coder", 1)], [proven, no])).toEqual(["refuted", "Coder", 1]);
    const again = annotation("Coder", 1, { verdict: "refuted", created_at: minute(9) });
    expect(blame([attribution("Coder", 1)], [proven, again])).toEqual(["refuted", "Coder", 1]);
    expect(blame([attribution("Coder", 1)], [again, annotation("Coder", 1, { created_at: minute(10) })])).toEqual([
      "verified",
      "Coder",
      1,
    ]);
  });

  it("nobody once the run counts as a success; nobody by prediction while the outcome is unknown", () => {
    const with_ = (outcome: Outcome["outcome"]) => failedRun(["A: x"], { outcome: { ...run.outcome, outcome } });
    const labels = [annotation("A", 0, { evidence: "human" })];
    expect(blame([attribution("A", 0)], labels, with_("success"))).toEqual(["none", null, null]);
    expect(blame([attribution("A", 0)], [], with_("unknown"))).toEqual(["none", null, null]);
    expect(blame([], labels, with_("unknown"))).toEqual(["human", "A", 0]);
  });
});

it("does not depend on the order of what it is given", () => {
  const attributions = [attribution("Coder", 1), attribution("Planner", 0, { strategy: "tracer" })];
  const annotations = [annotation("Coder", 1, { verdict: "refuted" }), annotation("Planner", 2)];
  const there = summarise(run, attributions, annotations, true);
  expect(summarise(run, [...attributions].reverse(), [...annotations].reverse(), true)).toEqual(there);
});
