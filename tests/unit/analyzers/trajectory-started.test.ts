import { buildTrajectory } from "@culprit/analyzers";
import { CULPRIT, type Span } from "@culprit/schemas";
import { describe, expect, it } from "vitest";
import { type SpanSketch, span, spanId, spans, TRACE_ID } from "./trajectory-spans.ts";

/** The record that the step of a sketch has begun. */
function started(sketch: SpanSketch): Span {
  const step = span({ ...sketch, attributes: { ...sketch.attributes, [CULPRIT.started]: true } });
  const link = { trace_id: TRACE_ID, span_id: step.parent_span_id, attributes: {} };
  return {
    ...step,
    span_id: spanId(0x1000 + sketch.id),
    parent_span_id: step.span_id,
    end_time_unix_nano: step.start_time_unix_nano,
    links: step.parent_span_id === "" ? [] : [link],
  };
}

const root: SpanSketch = { id: 1, operation: "invoke_workflow", attributes: { "culprit.task": "dig" }, until: 90 };
const coder: SpanSketch = { id: 2, parent: 1, operation: "invoke_agent", agent: "Coder", until: 80 };
const first: SpanSketch = { id: 3, parent: 2, operation: "chat", output: "spade", until: 20 };
const second: SpanSketch = { id: 4, parent: 2, at: 30, operation: "chat", input: "and now?" };

describe("the record of a started step", () => {
  it("stands for a step whose span never came, under the agent that only started as well", () => {
    const run = buildTrajectory([started(root), started(coder), span(first), started(second)]);
    expect(run).toMatchObject({ task: "dig", complete: false, agents: ["Coder"] });
    expect(run.steps.map(({ agent, content, unfinished }) => [agent, content, unfinished])).toEqual([
      ["Coder", "spade", undefined],
      ["Coder", "", true],
    ]);
    expect(run.steps[1]).toMatchObject({ span_id: spanId(4), input: [{ role: "user" }] });
  });

  it("is nothing once the span is there, whichever came first", () => {
    const whole = spans(root, coder, first, second);
    const records = [root, coder, first, second].map(started);
    expect(buildTrajectory([...records, ...whole])).toEqual(buildTrajectory(whole));
    expect(buildTrajectory([...whole, ...records])).toEqual(buildTrajectory(whole));
  });

  it("counts once however often it was sent", () => {
    const records = [started(root), started(second), { ...started(second), span_id: spanId(0x2000) }];
    expect(buildTrajectory(records).steps).toHaveLength(1);
  });

  it("of hostile make is no reason to fail", () => {
    const self = { ...started(root), links: [{ trace_id: TRACE_ID, span_id: spanId(1), attributes: {} }] };
    const loop = { ...started(second), links: [{ trace_id: TRACE_ID, span_id: spanId(4), attributes: {} }] };
    expect(buildTrajectory([self, loop]).steps).toHaveLength(1);
    expect(buildTrajectory([{ ...span(root), attributes: { [CULPRIT.started]: true } }]).complete).toBe(true);
  });
});
