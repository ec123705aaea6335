import type { Step, Trajectory } from "@culprit/schemas";
import { describe, expect, test } from "vitest";
import { flowFrom } from "../../../analyzers/attribution/graph/flow-from.ts";

interface Told {
  agent?: string;
  tool?: string;
  says: string;
  shown?: string;
  causedBy?: number[];
}

const run = (task: string, told: Told[]): Trajectory => ({
  project: "default",
  trace_id: "0af7651916cd43dd8448eb211c80319c",
  task,
  task_id: "",
  ground_truth: "",
  source: "",
  started_at: "2026-11-20T00:00:00.000Z",
  ended_at: "2026-11-20T00:00:01.000Z",
  complete: true,
  outcome: { outcome: "failure", score: null, feedback: "", by: "rule" },
  agents: [],
  replay_of: "",
  steps: told.map(
    ({ agent, tool, says, shown, causedBy }, index): Step => ({
      index,
      role: tool === undefined ? "agent" : "environment",
      agent: tool ?? agent ?? "Agent",
      content: says,
      tool_calls: [],
      input: shown === undefined ? [] : [{ role: "user", parts: [{ type: "text", content: shown }] }],
      span_id: "00f067aa0ba902b7",
      ...(causedBy === undefined ? {} : { caused_by: causedBy }),
      started_at: "2026-11-20T00:00:00.000Z",
      duration_ms: 0,
      error: "",
      model: "",
      input_tokens: 0,
      output_tokens: 0,
    }),
  ),
});

describe("the flow from a step", () => {
  const prices = run("What do 12 boxes cost?", [
    { says: "Look the price up, then multiply by 12." },
    { says: "The price is 417 a box." },
    { says: "I check the stock meanwhile: 12 are there." },
    { says: "12 times 417 makes 5004." },
    { says: "The boxes cost 5004 in all, as computed." },
  ]);

  test("follows a value from each step that says it to the next, up to the answer", () => {
    const flow = flowFrom(prices, 3);
    expect(flow).toMatchObject({ step: 3, answer: 4, reaches: true, more: false });
    expect(flow.links).toEqual([{ from: 3, to: 4, values: ["5004"], shown: false, called: false, onward: true }]);
  });

  test("says that nothing arrives where the answer repeats nothing of it; what the task gave is no sign", () => {
    expect(flowFrom(prices, 1)).toMatchObject({
      reaches: false,
      links: [{ from: 1, to: 3, values: ["417"], onward: false }],
    });
    expect(flowFrom(prices, 2)).toMatchObject({ reaches: false, links: [] });
  });

  test("follows lines of code, what tools answer to it, and what an actor was shown", () => {
    const line = "return items[k:] + items[:k]";
    const code = `def rotate(items, k):\n    ${line}`;
    const flow = flowFrom(
      run("Write rotate.", [
        { agent: "Planner", says: "Write it, then test it." },
        { agent: "Coder", says: code },
        { tool: "run", says: "E   AssertionError: rotate_test.py line 88" },
        { agent: "Tester", says: "It passes.", shown: `Test this:\n${code}` },
        { agent: "Planner", says: `Delivered, the whole of it:\n${line}` },
      ]),
      1,
    );
    expect(flow.links.map(({ from, to, shown, called, onward }) => [from, to, shown, called, onward])).toEqual([
      [1, 2, false, true, false],
      [1, 3, true, false, false],
      [1, 4, false, false, true],
    ]);
    expect(flow.links[2]?.values).toEqual([line]);
    expect(flow.reaches).toBe(true);
  });

  test("goes on with what was said in view of it, and with what a call of that brought", () => {
    const advice = "Change the loop so that it multiplies by the absolute value of the base.";
    const line = "product *= Math.abs(base); // as asked";
    const flow = flowFrom(
      run("Write power.", [
        { agent: "Coder", says: "product *= base; // one line" },
        { agent: "Tester", says: advice },
        { agent: "Coder", says: `Here you are:\n${line}`, shown: `The review:\n${advice}` },
        { agent: "Tester", says: `run_tests ${line}` },
        { tool: "run_tests", says: "2 of 2" },
        { agent: "Tester", says: "All of the examples pass now.", shown: "2 of 2" },
      ]),
      1,
    );
    expect(flow.links.map(({ from, to, onward }) => [from, to, onward])).toEqual([
      [1, 2, true],
      [2, 3, true],
      [3, 4, true],
      [4, 5, true],
    ]);
    expect(flow.reaches).toBe(true);
  });

  test("has no answer to reach from the last word, and is bounded in a run of thousands", () => {
    expect(flowFrom(prices, 4)).toEqual({ step: 4, answer: null, reaches: false, links: [], more: false });
    const told = Array.from({ length: 2000 }, (_, at) => ({ says: `Ticket ABC-${at} costs 98765 in shop_${at}.` }));
    const flow = flowFrom(run("Sell.", told), 0);
    expect(flow.links).toHaveLength(300);
    expect(flow.more).toBe(true);
    expect(flow.reaches).toBe(true);
  });

  test("cuts what is too long to be shown", () => {
    const long = `x_y ${"word ".repeat(60)}`.trim();
    const flow = flowFrom(run("t", [{ says: long }, { says: `So ${long} it is.` }]), 0);
    expect(Math.max(...(flow.links[0]?.values ?? []).map(({ length }) => length))).toBeLessThanOrEqual(121);
  });
});
