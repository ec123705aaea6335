import type { Step } from "@culprit/schemas";
import { describe, expect, test } from "vitest";
import { handoffsOf } from "../../../analyzers/worker/handoffs.ts";

const steps = (...actors: string[]): Step[] =>
  actors.map((actor, index) => ({
    index,
    role: actor.startsWith("(") ? "environment" : "agent",
    agent: actor,
    content: "",
    tool_calls: [],
    input: [],
    span_id: "00f067aa0ba902b7",
    started_at: "2026-11-20T00:00:00.000Z",
    duration_ms: 0,
    error: "",
    model: "",
    input_tokens: 0,
    output_tokens: 0,
  }));

describe("hand-offs of a run", () => {
  test("are who acts after whom; a tool's answer between is none, and going on by oneself is none", () => {
    expect(handoffsOf(steps("Planner", "Coder", "(terminal)", "Coder", "Tester", "Coder"), null)).toEqual([
      { from: "Planner", to: "Coder", passes: 1, carried: 0 },
      { from: "Coder", to: "Tester", passes: 1, carried: 0 },
      { from: "Tester", to: "Coder", passes: 1, carried: 0 },
    ]);
  });

  test("carry a failure from the blamed step on", () => {
    expect(handoffsOf(steps("A", "B", "A", "B"), 1)).toEqual([
      { from: "A", to: "B", passes: 2, carried: 1 },
      { from: "B", to: "A", passes: 1, carried: 1 },
    ]);
  });

  test("of agents with names that objects have of their own", () => {
    expect(handoffsOf(steps("__proto__", "constructor"), 0)).toEqual([
      { from: "__proto__", to: "constructor", passes: 1, carried: 1 },
    ]);
  });
});
