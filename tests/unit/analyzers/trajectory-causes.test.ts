import { buildTrajectory } from "@culprit/analyzers";
import { describe, expect, it } from "vitest";
import { type SpanSketch, span, spanId, TRACE_ID } from "./trajectory-spans.ts";

function causes(sketches: (SpanSketch & { links?: number[] })[]): Record<string, number[] | undefined> {
  const spans = sketches.map((sketch) => ({
    ...span(sketch),
    links: (sketch.links ?? []).map((id) => ({ trace_id: TRACE_ID, span_id: spanId(id), attributes: {} })),
  }));
  return Object.fromEntries(buildTrajectory(spans).steps.map((step) => [step.content, step.caused_by]));
}

const chat = (id: number, parent: number, output: string): SpanSketch => ({ id, parent, operation: "chat", output });

describe("what spans say a step came from", () => {
  const root: SpanSketch = { id: 1, operation: "invoke_workflow", until: 90 };

  it("an agent run inside a tool came from who is around, and the tool's answer from what ran inside it", () => {
    expect(
      causes([
        root,
        { id: 2, parent: 1, operation: "invoke_agent", agent: "Manager", until: 80 },
        chat(3, 2, "ask the coder"),
        { id: 4, parent: 2, operation: "execute_tool", tool: "coder", at: 4, until: 20, output: "the coder says 42" },
        { id: 5, parent: 4, operation: "invoke_agent", agent: "Coder", at: 5, until: 15 },
        chat(6, 5, "it is 42"),
        { ...chat(30, 2, "so 42"), at: 30 },
      ]),
    ).toEqual({ "ask the coder": undefined, "it is 42": undefined, "the coder says 42": [1], "so 42": undefined });
  });

  it("links point to a step, or to the last step inside what they point to; never forward or to other traces", () => {
    expect(
      causes([
        root,
        { id: 2, parent: 1, operation: "invoke_agent", agent: "A", until: 9 },
        chat(3, 2, "first"),
        chat(4, 2, "second"),
        { id: 10, parent: 1, operation: "invoke_agent", agent: "B", until: 19 },
        { ...chat(11, 10, "third"), links: [2, 3, 12, 99] },
        chat(12, 10, "fourth"),
      ]),
    ).toEqual({ first: undefined, second: undefined, third: [0, 1], fourth: undefined });
  });
});
