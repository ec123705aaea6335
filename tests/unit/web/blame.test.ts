import type { Annotation, Attribution, RunSummary } from "@culprit/schemas";
import { describe, expect, it } from "vitest";
import { blameOf, marksOf } from "../../../web/src/blame.ts";

const TRACE = "0123456789abcdef0123456789abcdef";
const AT = "2026-01-02T03:04:05.000Z";

function summary(more: Partial<RunSummary>): RunSummary {
  return {
    project: "default",
    trace_id: TRACE,
    task: "",
    source: "",
    outcome: "failure",
    score: null,
    settled: true,
    agents: ["Planner", "Coder"],
    steps: 4,
    blamed_agent: "Coder",
    blamed_step: 2,
    confidence: 0.6,
    strategy: "ranker",
    reason: "why",
    status: "predicted",
    replay_of: "",
    started_at: AT,
    ended_at: AT,
    input_tokens: 0,
    output_tokens: 0,
    ...more,
  };
}

function claim(agent: string | null, step: number | null, strategy = "ranker"): Attribution {
  return {
    project: "default",
    trace_id: TRACE,
    strategy,
    strategy_version: "1",
    status: agent === null ? "abstained" : "attributed",
    cause: null,
    answered_by: "",
    agent,
    step,
    reason: "",
    confidence: 0.6,
    model: "",
    input_tokens: 0,
    output_tokens: 0,
    duration_ms: 0,
    created_at: AT,
  };
}

function label(agent: string, step: number, more: Partial<Annotation> = {}): Annotation {
  return {
    project: "default",
    annotation_id: `${agent}${step}${more.evidence}`,
    trace_id: TRACE,
    agent,
    step,
    evidence: "counterfactual",
    verdict: "confirmed",
    reason: "",
    replay_id: "",
    correction: "",
    earliest: "proven",
    placebo_k: 3,
    placebo_successes: 0,
    created_at: AT,
    ...more,
  };
}

describe("the headline blame", () => {
  it("is the one of the run's summary; none without one", () => {
    expect(blameOf({ summary: null, attributions: [claim("Coder", 2)], annotations: [] })).toBeNull();
    const none = summary({ status: "none", blamed_agent: null, blamed_step: null });
    expect(blameOf({ summary: none, attributions: [claim(null, null)], annotations: [] })).toBeNull();
  });

  it("carries the confidence of the prediction that a label confirms", () => {
    const verified = summary({ status: "verified", confidence: null });
    const blame = blameOf({ summary: verified, attributions: [claim("Coder", 2)], annotations: [label("Coder", 2)] });
    expect(blame).toMatchObject({ status: "verified", confidence: 0.6, overruled: null });
    expect(blame?.evidence?.evidence).toBe("counterfactual");
  });

  it("names the prediction that the evidence overruled", () => {
    const verified = summary({ status: "verified", blamed_agent: "Planner", blamed_step: 1 });
    const blame = blameOf({ summary: verified, attributions: [claim("Coder", 2)], annotations: [label("Planner", 1)] });
    expect(blame).toMatchObject({ agent: "Planner", step: 1, confidence: null });
    expect(blame?.overruled).toMatchObject({ agent: "Coder", step: 2 });
  });

  it("rests on a replay rather than on an injected fault, and on the label of its own agent and step", () => {
    const annotations = [
      label("Coder", 2, { evidence: "injected" }),
      label("Coder", 2, { reason: "replayed" }),
      label("Planner", 0, { evidence: "human", verdict: "refuted" }),
    ];
    const blame = blameOf({ summary: summary({ status: "verified" }), attributions: [], annotations });
    expect(blame?.evidence?.reason).toBe("replayed");
  });
});

describe("marks on steps", () => {
  it("keep what was predicted apart from what was proven; one of them is decisive", () => {
    const run = {
      summary: summary({ status: "verified", blamed_agent: "Planner", blamed_step: 1 }),
      attributions: [claim("Coder", 2), claim("Planner", 1, "tracer"), claim(null, null, "other")],
      annotations: [label("Planner", 1), label("Coder", 2, { verdict: "refuted" })],
    };
    const marks = marksOf(run);
    expect(marks.get(1)).toEqual([
      { kind: "verified", by: "counterfactual", decisive: true },
      { kind: "predicted", by: "tracer", decisive: false },
    ]);
    expect(marks.get(2)?.map(({ kind, decisive }) => [kind, decisive])).toEqual([
      ["refuted", false],
      ["predicted", false],
    ]);
    expect(marks.size).toBe(2);
  });

  it("make the step of an injected fault decisive when nothing else proved it", () => {
    const run = {
      summary: summary({ status: "verified" }),
      attributions: [claim("Coder", 2)],
      annotations: [label("Coder", 2, { evidence: "injected" })],
    };
    expect(
      marksOf(run)
        .get(2)
        ?.find(({ decisive }) => decisive)?.kind,
    ).toBe("injected");
  });
});
