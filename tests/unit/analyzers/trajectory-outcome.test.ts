import { resolveOutcome } from "@culprit/analyzers";
import type { Outcome } from "@culprit/schemas";
import { describe, expect, it } from "vitest";
import { spans } from "./trajectory-spans.ts";

const verdict = (by: Outcome["by"], outcome: Outcome["outcome"]): Outcome => ({
  by,
  outcome,
  score: null,
  feedback: by,
});
const event = (label: string, at = "5") => ({
  name: "gen_ai.evaluation.result",
  time_unix_nano: at,
  attributes: { "gen_ai.evaluation.score.label": label, "gen_ai.evaluation.score.value": 0.25 },
});

describe("who decides the outcome", () => {
  const failedRoot = spans({ id: 1, error: "crashed", attributes: { "culprit.outcome": "success" } });

  it("an evaluator before a report, a report before the spans", () => {
    const both = [verdict("reported", "success"), verdict("evaluator", "failure")];
    expect(resolveOutcome(failedRoot, both)).toEqual(both[1]);
    expect(resolveOutcome(failedRoot, [verdict("reported", "failure")]).outcome).toBe("failure");
    expect(resolveOutcome(failedRoot, [verdict("evaluator", "unknown")]).outcome).toBe("success");
  });

  it("what the root says, with its score and feedback, before the rule", () => {
    const attributes = {
      "culprit.outcome": "failure",
      "culprit.outcome.score": "0.5",
      "culprit.outcome.feedback": "2 of 4 tests",
      "culprit.outcome.by": "evaluator",
    };
    expect(
      resolveOutcome(
        spans({ id: 1, attributes }, { id: 2, parent: 1, attributes: { "culprit.outcome": "success" } }),
        [],
      ),
    ).toEqual({ outcome: "failure", score: 0.5, feedback: "2 of 4 tests", by: "evaluator" });
  });

  it("a span below, where the root says nothing", () => {
    const given = spans({ id: 1, error: "boom" }, { id: 2, parent: 1, attributes: { "culprit.outcome": "success" } });
    expect(resolveOutcome(given, []).outcome).toBe("success");
  });

  it("an evaluation event: the root's before others, the latest first", () => {
    const given = spans(
      { id: 1, events: [event("fail", "1"), event("pass", "2")] },
      { id: 2, parent: 1, events: [event("fail", "9")] },
    );
    expect(resolveOutcome(given, [])).toEqual({ outcome: "success", score: 0.25, feedback: "", by: "evaluator" });
    expect(resolveOutcome(given.slice(1), []).outcome).toBe("failure");
  });

  it("an error of the root is a failure by rule, an error below is not", () => {
    expect(resolveOutcome(spans({ id: 1, error: "boom" }), [])).toEqual({
      outcome: "failure",
      score: null,
      feedback: "boom",
      by: "rule",
    });
    expect(resolveOutcome(spans({ id: 1 }, { id: 2, parent: 1, error: "boom" }), []).outcome).toBe("unknown");
  });

  it("a root that never arrived: the span at the top that ended last says it", () => {
    const lost = { parent: 99, operation: "invoke_agent" };
    const retried = spans({ ...lost, id: 1, error: "timeout" }, { ...lost, id: 2 });
    expect(resolveOutcome(retried, []).outcome).toBe("unknown");
    const crashed = spans({ ...lost, id: 1 }, { ...lost, id: 2, error: "refused" }, { id: 3, parent: 2 });
    expect(resolveOutcome(crashed, [])).toEqual({ outcome: "failure", score: null, feedback: "refused", by: "rule" });
  });

  it("nothing known, a label nobody knows, a score alone: unknown", () => {
    expect(resolveOutcome([], []).outcome).toBe("unknown");
    expect(resolveOutcome(spans({ id: 1, events: [event("meh")] }), []).outcome).toBe("unknown");
    expect(resolveOutcome(spans({ id: 1, attributes: { "culprit.outcome.score": 1 } }), []).outcome).toBe("unknown");
    expect(resolveOutcome(spans({ id: 1, attributes: { "culprit.outcome": "__proto__" } }), []).outcome).toBe(
      "unknown",
    );
  });
});
