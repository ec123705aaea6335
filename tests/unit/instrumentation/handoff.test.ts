import { agent, handoff, run } from "@culprit/instrumentation";
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { json, lineage, type RecordedSpans, recordSpans } from "./spans.ts";

let recorded: RecordedSpans;
beforeEach(() => {
  recorded = recordSpans();
});
afterEach(() => recorded.tracing.shutdown());

describe("a hand-over", () => {
  it("is a step of who hands over, and who takes up is linked to it, once", async () => {
    await run("task", () => {
      agent.scope("Planner", () => "a plan");
      handoff("Planner", "Coder", { input: { plan: "a plan" } });
      agent.scope("Coder", () => "code");
      agent.scope("Coder", () => "more code");
    });
    const step = await recorded.span("handoff Planner to Coder");
    expect(step.attributes).toMatchObject({
      "culprit.step.role": "agent",
      "gen_ai.agent.name": "Planner",
      "culprit.handoff.from": "Planner",
      "culprit.handoff.to": "Coder",
    });
    expect(json(step, "gen_ai.output.messages")).toEqual([
      {
        role: "assistant",
        parts: [{ type: "tool_call", name: "transfer_to_Coder", arguments: { plan: "a plan" } }],
      },
    ]);
    const coders = (await recorded.spans()).filter(({ name }) => name === "invoke_agent Coder");
    expect(coders.map(({ links }) => links.map((link) => link.context.spanId))).toEqual([
      [step.spanContext().spanId],
      [],
    ]);
  });

  it("wraps a function without changing its type, and runs a block", async () => {
    const code = handoff("Planner", "Coder", async (plan: string, lines: number) => `${plan} in ${lines}`);
    expectTypeOf(code).toEqualTypeOf<(this: unknown, plan: string, lines: number) => Promise<string>>();
    await run("task", async () => {
      expect(await code("dig", 3)).toBe("dig in 3");
      expect(handoff.scope("Coder", "Tester", () => true, { input: "check it" })).toBe(true);
    });
    const spans = await recorded.spans();
    const tester = await recorded.span("invoke_agent Tester");
    expect(lineage(spans, tester)).toEqual(["invoke_agent Tester", "invoke_workflow run"]);
    expect(tester.attributes).toMatchObject({ "culprit.input": "check it", "culprit.output": "true" });
    expect(tester.links[0]?.context.spanId).toBe((await recorded.span("handoff Coder to Tester")).spanContext().spanId);
    expect((await recorded.span("invoke_agent Coder")).links).toHaveLength(1);
  });

  it("outside of a run is a step all the same", async () => {
    handoff("A", "B");
    expect((await recorded.span("handoff A to B")).attributes["culprit.handoff.to"]).toBe("B");
  });
});
