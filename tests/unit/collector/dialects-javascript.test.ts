import { buildTrajectory } from "@culprit/analyzers";
import { readSpan } from "@culprit/collector";
import { describe, expect, test } from "vitest";
import { readFixture } from "../../peers/fixture.ts";
import { JAVASCRIPT_PEERS } from "../../peers/javascript-peers.ts";
import { TASK } from "../../peers/scripted-model.ts";
import { sketch } from "../../peers/verdict.ts";

/** The trajectory that the spans of a fixture make, read by the tables of today. */
function trajectoryOf(name: string) {
  const { spans } = readFixture(name);
  return buildTrajectory(spans.map((raw) => ({ ...raw, project: "default", reading: readSpan(raw) })));
}

describe("spans that libraries for JavaScript sent", () => {
  test.for(JAVASCRIPT_PEERS)("$package through $through", ({ fixture, steps: happened, recorded }) => {
    const steps = recorded ?? happened;
    const run = trajectoryOf(fixture);
    const seen = run.steps.map(({ role, agent, content, tool_calls }) => ({ role, agent, content, tool_calls }));
    expect(seen, sketch(run)).toEqual(
      steps.map(({ role, agent, says = "", calls = [] }) => ({
        role,
        agent,
        content: expect.stringContaining(says),
        tool_calls: calls.map((call) => expect.objectContaining(call)),
      })),
    );
    expect(run.task).toContain(TASK);
    expect(run.complete).toBe(true);
    for (const { role, input_tokens, output_tokens, model } of run.steps) {
      if (role === "agent" && recorded === undefined) expect({ input_tokens, output_tokens, model }).toEqual(USED);
    }
  });

  test("handoffs are edges: told by a span of the OpenAI Agents SDK, by the tool's name on LangGraph", () => {
    for (const fixture of ["openai-agents-js", "langgraph-js"]) {
      const { steps } = trajectoryOf(fixture);
      const taker = steps.findIndex(({ agent }) => agent === "Pricer");
      expect(steps[0]).toMatchObject({ agent: "Planner", handoff: "Pricer" });
      expect(steps[taker]?.caused_by).toContain(0);
    }
  });
});

const USED = { input_tokens: 11, output_tokens: 7, model: "scripted" };

/** Written by hand after documented shapes, for vendors whose library does not run here. */
describe("spans written by hand", () => {
  test.for([
    ["claude-code", "captures of Claude Code 2.1 with OTEL_LOG_TOOL_CONTENT=1"],
    ["laminar", "the SDKs of Laminar, which need Node 22"],
    ["mastra", "the OpenTelemetry exporters of Mastra 1.x, which need Node 22"],
  ] as const)("%s, after %s", ([name]) => {
    const { source } = readFixture(name);
    expect(source).toContain("by hand");
    const run = trajectoryOf(name);
    const seen = run.steps.map(({ role, agent, content }) => [role, agent, content]);
    expect(seen, sketch(run)).toEqual(BY_HAND[name]);
    expect(run.steps.filter(({ role }) => role === "agent").every(({ input_tokens }) => input_tokens === 11)).toBe(
      true,
    );
  });
});

const BY_HAND: Record<string, unknown> = {
  "claude-code": [
    ["agent", "repl_main_thread", "I'll look at the file."],
    ["environment", "Read", "1217"],
    ["agent", "explore-1", "It says 1217."],
  ],
  laminar: [
    ["agent", "Planner", 'price_of({"city":"Oslo"})'],
    ["environment", "price_of", "1217"],
    ["agent", "Planner", "1217 euros"],
  ],
  mastra: [
    ["agent", "Planner", 'price_of({"city":"Oslo"})'],
    ["environment", "price_of", "1217"],
    ["agent", "Planner", "1217 euros"],
  ],
};
