import { selectForVerification, type VerificationPolicy } from "@culprit/analyzers";
import type { RunSummary } from "@culprit/schemas";
import { describe, expect, it } from "vitest";

const run = (trace_id: string, of: Partial<RunSummary> = {}): RunSummary => ({
  project: "default",
  trace_id,
  task: "",
  source: "",
  outcome: "failure",
  score: null,
  settled: true,
  agents: [],
  steps: 3,
  blamed_agent: "Coder",
  blamed_step: 1,
  confidence: 0.5,
  strategy: "ranker",
  reason: "",
  status: "predicted",
  replay_of: "",
  started_at: "2026-01-01T10:00:00.000Z",
  ended_at: "2026-01-01T10:01:00.000Z",
  input_tokens: 0,
  output_tokens: 0,
  ...of,
});
const chosen = (policy: VerificationPolicy, ...runs: RunSummary[]) =>
  selectForVerification(runs, policy).map(({ trace_id }) => trace_id);

describe("which predicted blames are verified", () => {
  it("are those above a confidence, the most confident first", () => {
    const runs = [run("a", { confidence: 0.7 }), run("b", { confidence: 0.9 }), run("c", { confidence: 0.69 })];
    expect(chosen({ minConfidence: 0.7 }, ...runs)).toEqual(["b", "a"]);
  });

  it("are the top of each blamed agent and day", () => {
    const runs = [
      run("a", { confidence: 0.7 }),
      run("b", { confidence: 0.9 }),
      run("c", { confidence: 0.2, started_at: "2026-01-02T00:00:00.000Z" }),
      run("d", { confidence: 0.1, blamed_agent: "Planner" }),
    ];
    expect(chosen({ topPerAgentAndDay: 1 }, ...runs)).toEqual(["b", "c", "d"]);
  });

  it("are no more of an agent and day than are left when others were verified before", () => {
    const runs = [run("a"), run("b"), run("c", { status: "verified", confidence: null })];
    expect(chosen({ topPerAgentAndDay: 2 }, ...runs)).toEqual(["a"]);
    expect(chosen({ topPerAgentAndDay: 1 }, ...runs)).toEqual([]);
  });

  it("are never runs that did not fail, were settled, are replays, or blame nobody", () => {
    const runs = [
      run("a", { outcome: "success" }),
      run("b", { status: "human" }),
      run("c", { replay_of: "f".repeat(32) }),
      run("d", { blamed_agent: null }),
    ];
    expect(chosen({}, ...runs)).toEqual([]);
  });
});
