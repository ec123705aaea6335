import type { FailureGroup } from "@culprit/schemas";
import { describe, expect, it } from "vitest";
import { ago, duration, percent, wilson } from "../../../web/src/format.ts";
import { byAgent } from "../../../web/src/inbox.ts";
import { planLanes } from "../../../web/src/lanes.ts";

const group = (group_id: string, agent: string, count: number, verified = 0) =>
  ({ group_id, agent, count, verified, human: 0 }) as FailureGroup;

describe("the inbox", () => {
  it("puts the agent with most failures first and keeps the order of its groups", () => {
    const agents = byAgent([group("1", "Tester", 3), group("2", "Coder", 2, 1), group("3", "Coder", 2, 2)]);
    expect(agents.map(({ agent, failures, verified, groups }) => [agent, failures, verified, groups.length])).toEqual([
      ["Coder", 4, 3, 2],
      ["Tester", 3, 0, 1],
    ]);
    expect(agents[0]?.groups.map(({ group_id }) => group_id)).toEqual(["2", "3"]);
  });

  it("takes an agent called __proto__ like any other", () => {
    expect(byAgent([group("1", "__proto__", 1)]).map(({ failures }) => failures)).toEqual([1]);
  });
});

describe("lanes", () => {
  it("give each actor one in order of appearance, and share the eleventh", () => {
    const step = (name: string, role = "agent") => ({ agent: name, role }) as Parameters<typeof planLanes>[0][number];
    const plan = planLanes([step("A"), step("A", "environment"), step("B"), step("A")]);
    expect(plan.lanes.map(({ name, hue }) => [name, hue])).toEqual([
      ["A", 0],
      ["A", null],
      ["B", 1],
    ]);
    expect(plan.rows).toEqual([0, 1, 2, 0]);
    const many = planLanes(Array.from({ length: 30 }, (_, at) => step(`agent ${at}`)));
    expect(many.lanes.length).toBe(11);
    expect(many.rows.at(-1)).toBe(10);
  });
});

describe("numbers", () => {
  it("never round a doubt away", () => {
    expect(percent(0.996)).toBe(">99\u00a0%");
    expect(percent(0.004)).toBe("<1\u00a0%");
    expect([percent(0), percent(1), percent(0.444)]).toEqual(["0\u00a0%", "100\u00a0%", "44\u00a0%"]);
  });

  it("give the Wilson interval, wide where little was tried", () => {
    const [low, high] = wilson(0, 3);
    expect(low).toBe(0);
    expect(high).toBeCloseTo(0.5615, 4);
    expect(wilson(5, 10).map((edge) => Number(edge.toFixed(4)))).toEqual([0.2366, 0.7634]);
    expect(wilson(0, 0)).toEqual([0, 1]);
  });

  it("say times as people do", () => {
    expect([duration(0.2), duration(320), duration(4100), duration(125_000), duration(7_500_000)]).toEqual([
      "<1 ms",
      "320 ms",
      "4.1 s",
      "2 min 5 s",
      "2 h 5 min",
    ]);
    const now = Date.parse("2026-01-02T00:00:00Z");
    expect(ago("2026-01-01T23:59:50Z", now)).toBe("just now");
    expect(ago("2026-01-01T21:00:00Z", now)).toBe("3 h ago");
    expect(ago("2025-10-01T21:00:00Z", now)).toBe("2025-10-01");
  });
});
