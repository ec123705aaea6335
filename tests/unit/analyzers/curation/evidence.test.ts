import { curate } from "@culprit/analyzers";
import type { Replay, TraceDetail } from "@culprit/schemas";
import { describe, expect, it } from "vitest";
import { evidenceDetail } from "../../../../analyzers/curation/evidence.ts";
import { departure } from "../../../../analyzers/curation/reason.ts";
import { annotation, failedRun, traceId } from "./runs.ts";

const run = failedRun(1);

function replay(id: string, status: Replay["status"], overrides: Partial<Replay["intervention"]> = {}): Replay {
  return {
    project: "default",
    replay_id: id,
    trace_id: run.trace_id,
    replay_trace_id: traceId(900),
    intervention: {
      kind: "correction",
      step: 1,
      agent: "Coder",
      action: "return x + 1;",
      oracle: "function:o",
      ...overrides,
    },
    status,
    score: null,
    reason: "",
    duration_ms: 1,
    created_at: "2026-11-20T10:00:00.000Z",
  };
}

describe("what a label rests on", () => {
  it("is how the changed action did beside the original one, with an exact test", () => {
    const replays = [
      replay("r", "success"),
      replay("s", "success"),
      replay("t", "failure"),
      replay("u", "unknown"),
      replay("v", "success", { step: 3 }),
      replay("w", "failure", { action: "something else" }),
    ];
    const label = annotation(run, { replay_id: "r", placebo_k: 4, placebo_successes: 0 });
    expect(evidenceDetail(label, replays)).toMatchObject({
      tested: { k: 3, successes: 2 },
      placebo: { k: 4, successes: 0 },
      margin: 2 / 3,
      p_value: 3 / 21,
      operator: "",
    });
  });

  it("counts failures of an injected label, and names the operator", () => {
    const fault = { kind: "fault", oracle: "operator:number" } as const;
    const label = annotation(run, { evidence: "injected", replay_id: "r", placebo_k: 1, placebo_successes: 1 });
    const found = evidenceDetail(label, [replay("r", "failure", fault), replay("s", "failure", fault)]);
    expect(found).toMatchObject({ operator: "number", margin: 1, tested: { k: 2, successes: 0 } });
  });

  it("is not known where the replays are not stored", () => {
    expect(evidenceDetail(annotation(run), [])).toMatchObject({ tested: null, margin: null, p_value: null });
  });

  it("stays with the record, and no tracer is shown it", () => {
    const labelled: TraceDetail = {
      ...run,
      replays: [replay("r", "success")],
      annotations: [annotation(run, { replay_id: "r" })],
    };
    const made = curate(labelled);
    if (!("record" in made)) throw new Error(made.left_out);
    expect(made.record.evidence_detail).toMatchObject({ replay_id: "r", earliest: "proven" });
    expect(JSON.stringify([made.record.question, made.record.history])).not.toContain("Coder at step");
  });
});

describe("the reason of a label", () => {
  it.each([
    ["return a - b;", "return a + b;", 'It says "return a - b;" where "return a + b;" is right.'],
    ["one\nthree", "one\ntwo\nthree", '"two" is missing.'],
    ["one\nextra\ntwo", "one\ntwo", '"extra" should not be there.'],
    ["one", "one\ntwo", 'It ends early: "two" should follow.'],
    ["one\ntwo", "one", '"two" should not be there.'],
    ["  same ", "same", ""],
  ])("says where %j departs from %j, whatever proved it", (acted, right, reason) => {
    expect(departure(acted, right)).toBe(reason);
  });

  it("quotes no more of a long line than shows the difference", () => {
    const line = "x".repeat(5000);
    const reason = departure(`${line}1${line}`, `${line}2${line}`);
    expect(reason.length).toBeLessThan(500);
    expect(reason).toMatch(/x1x.*x2x/);
  });
});
