import type { CostFigure, Step } from "@culprit/schemas";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { courseOf } from "../../../web/src/agents.ts";
import { align } from "../../../web/src/align.ts";
import { bucketOf, chunked } from "../../../web/src/chunks.ts";
import { MOST_CELLS, planCells } from "../../../web/src/lanes.ts";
import { byDay, byModel } from "../../../web/src/quality.ts";

const run = (...acts: [agent: string, content: string][]): Step[] =>
  acts.map(([agent, content], index) => ({ index, role: "agent", agent, content, error: "", tool_calls: [] }) as never);
const places = (left: Step[], right: Step[]) =>
  align(left, right).map((pair) => [pair.left?.index ?? null, pair.right?.index ?? null, pair.same]);

describe("two runs side by side", () => {
  it("keep together what is the same, pair what the same agent did, and show what only one has", () => {
    const left = run(["Planner", "plan"], ["Coder", "wrong"], ["Tester", "fails"], ["Planner", "done"]);
    const right = run(
      ["Planner", "plan"],
      ["Coder", "right"],
      ["Reviewer", "fine"],
      ["Tester", "holds"],
      ["Planner", "done"],
    );
    expect(places(left, right)).toEqual([
      [0, 0, true],
      [1, 1, false],
      [null, 2, false],
      [2, 3, false],
      [3, 4, true],
    ]);
  });

  it("keep the step that a replay changed beside itself, although the replay's last word is the original's", () => {
    const left = run(["Coder", "code"], ["Tester", "reject"], ["Coder", "again"], ["Tester", "approve"]);
    const right = run(["Coder", "code"], ["Tester", "approve"]);
    expect(align(left, right, 1).map((pair) => [pair.left?.index ?? null, pair.right?.index ?? null])).toEqual([
      [0, 0],
      [1, 1],
      [2, null],
      [3, null],
    ]);
    expect(align(left, right, 3)).toEqual(align(left, right));
  });

  it("hold every step of both once, in order, whatever they are", () => {
    const steps = fc.array(fc.tuple(fc.constantFrom("A", "B", "C"), fc.constantFrom("x", "y")), { maxLength: 12 });
    fc.assert(
      fc.property(steps, steps, (one, other) => {
        const [left, right] = [run(...one), run(...other)];
        const pairs = align(left, right);
        expect(pairs.flatMap((pair) => pair.left ?? [])).toEqual(left);
        expect(pairs.flatMap((pair) => pair.right ?? [])).toEqual(right);
        for (const { left: was, right: is, same } of pairs) {
          if (was && is) expect(was.agent).toBe(is.agent);
          if (same) expect(was?.content).toBe(is?.content);
        }
      }),
    );
  });
});

describe("long lists", () => {
  it("are cut into chunks that hold everything in order; short ones are one chunk", () => {
    const items = Array.from({ length: 1013 }, (_, at) => at);
    expect(chunked(items).flat()).toEqual(items);
    expect(chunked(items.slice(0, 150)).length).toBe(1);
    expect(bucketOf(1012, 1013, 240)).toBe(239);
  });

  it("have an overview of bounded size in which the decisive step stays visible", () => {
    const rows = Array.from({ length: 10_000 }, (_, at) => at % 3);
    const marks = new Map([
      [5000, [{ decisive: false }]],
      [5001, [{ decisive: true }]],
    ]);
    const cells = planCells(rows.length, rows, marks);
    expect(cells.length).toBeLessThanOrEqual(3 * MOST_CELLS);
    expect(cells.reduce((sum, { steps }) => sum + steps, 0)).toBe(10_000);
    expect(cells.some(({ step }) => step === 5001)).toBe(true);
  });
});

describe("blame over time", () => {
  it("loses no failure, and ends now", () => {
    const hour = 3_600_000;
    const now = Date.parse("2026-01-08T10:20:00Z");
    const part = (hours: number, failures: number) => ({
      at: new Date(Math.floor(now / hour) * hour - hours * hour).toISOString(),
      agent: "Coder",
      failures,
      verified: 0,
    });
    const { byAgent, to } = courseOf([part(0, 2), part(100, 3), part(168, 1)], hour, 7 * 24 * hour, now);
    const bars = byAgent.get("Coder") ?? [];
    expect(bars.length).toBe(48);
    expect(bars.reduce((sum, bar) => sum + bar, 0)).toBe(6);
    expect(bars.at(-1)).toBe(2);
    expect(to).toBeGreaterThan(now);
    expect(courseOf([], hour, null, now).byAgent.size).toBe(0);
  });
});

describe("costs", () => {
  const figure = (day: string, model: string, tokens: number, cost: number | null): CostFigure => ({
    day,
    what: "runs",
    model,
    calls: 1,
    input_tokens: tokens,
    output_tokens: 0,
    cost,
  });
  const costs = [
    figure("2026-01-08T00:00:00.000Z", "__proto__", 5, 1),
    figure("2026-01-06T00:00:00.000Z", "__proto__", 7, null),
    figure("2026-01-06T00:00:00.000Z", "b", 1, 2),
  ];

  it("of a model are unknown where one day's are", () => {
    expect(byModel(costs).map(({ model, tokens, cost }) => [model, tokens, cost])).toEqual([
      ["b", 1, 2],
      ["__proto__", 12, null],
    ]);
  });

  it("by day show the days without any", () => {
    expect(byDay(costs, "runs", Date.parse("2026-01-08T12:00:00Z"))).toEqual([0, 0, 0, 0, 8, 0, 5]);
  });
});
