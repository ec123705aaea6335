import { buildTrajectory } from "@culprit/analyzers";
import { readSpan } from "@culprit/collector";
import { describe, expect, test } from "vitest";
import { readFixture } from "../../peers/fixture.ts";
import { FRAMEWORKS } from "../../peers/python-peers.ts";
import { TASK } from "../../peers/scripted-model.ts";
import { type ExpectedStep, sketch } from "../../peers/verdict.ts";

/** The trajectory that the spans of a fixture make, read by the tables of today. */
function trajectoryOf(name: string) {
  const { spans } = readFixture(name);
  return buildTrajectory(
    spans.map((raw) => ({ ...raw, project: "default", reading: readSpan(raw) })),
    undefined,
  );
}

function told(steps: readonly ExpectedStep[]) {
  return steps.map(({ role, agent, says = "", calls = [] }) => ({
    role,
    agent,
    content: expect.stringContaining(says),
    tool_calls: role === "environment" ? [] : calls.map((call) => expect.objectContaining(call)),
  }));
}

describe("spans that libraries for Python sent", () => {
  test.for(FRAMEWORKS)("$name through $through", ({ folder, fixture = folder, steps }) => {
    const run = trajectoryOf(fixture);
    const seen = run.steps.map(({ role, agent, content, tool_calls }) => ({ role, agent, content, tool_calls }));
    expect(seen, sketch(run)).toEqual(told(steps));
    expect(run.task).toContain(TASK);
    for (const { role, input_tokens, output_tokens, model, input } of run.steps) {
      if (role !== "agent") continue;
      expect({ input_tokens, output_tokens }).toEqual({ input_tokens: 11, output_tokens: 7 });
      expect(model).toMatch(/scripted|gpt/);
      expect(input.length).toBeGreaterThan(0);
    }
    expect(run.complete).toBe(true);
  });
});
