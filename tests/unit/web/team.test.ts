import { type HandoffFigure, shareOf, type TeamMember } from "@culprit/schemas";
import { describe, expect, it } from "vitest";
import { MOST_AGENTS, planTeam } from "../../../web/src/team.ts";

const member = (agent: string, place: number, runs = 10): TeamMember => ({
  agent,
  place,
  blamed: 1,
  failed: shareOf(2, runs),
});
const link = (from: string, to: string, runs: number, carried = 0): HandoffFigure => ({
  from,
  to,
  passes: runs,
  failed: shareOf(carried, runs),
  carried,
});

describe("the picture of a team", () => {
  it("stands agents in the order they begin, work that goes on above them and work that comes back below", () => {
    const plan = planTeam(
      [member("Tester", 3), member("Planner", 1), member("Coder", 2)],
      [link("Planner", "Coder", 10), link("Coder", "Tester", 10, 5), link("Tester", "Planner", 2)],
      360,
    );
    expect(plan.width).toBe(360);
    expect(plan.nodes.map((node) => node.member.agent)).toEqual(["Planner", "Coder", "Tester"]);
    for (const { link: own, apex, back } of plan.arcs) {
      expect(back).toBe(own.from === "Tester");
      expect(apex.y > plan.base).toBe(back);
      expect(apex.y).toBeGreaterThan(0);
      expect(apex.y).toBeLessThan(plan.height);
    }
    const [busy, rare] = [plan.arcs.find((arc) => arc.carried > 0), plan.arcs.find((arc) => arc.back)];
    expect(busy?.width).toBeGreaterThan(rare?.width ?? 0);
    expect(busy?.carried).toBeCloseTo((busy?.width ?? 0) / 2, 9);
  });

  it("gives every arc of a team that talks all to all a peak of its own", () => {
    const names = ["A", "B", "C", "D", "E", "F"];
    const all = names.flatMap((from) => names.filter((to) => to !== from).map((to) => link(from, to, 3)));
    const plan = planTeam(
      names.map((name, place) => member(name, place)),
      all,
      900,
    );
    expect(plan.arcs).toHaveLength(30);
    expect(new Set(plan.arcs.map(({ apex }) => `${apex.x} ${apex.y}`)).size).toBe(30);
  });

  it("leaves the rarest out of a team of many, and draws nothing for none", () => {
    const many = Array.from({ length: MOST_AGENTS + 3 }, (_, at) => member(`agent ${at}`, at, at + 1));
    const plan = planTeam(many, [link("agent 0", "agent 12", 1), link("agent 11", "agent 12", 1)], 360);
    expect(plan.width).toBeGreaterThan(1000);
    expect(plan.left).toBe(3);
    expect(plan.nodes.map(({ member: own }) => own.agent)).not.toContain("agent 0");
    expect(plan.arcs.map((arc) => arc.link.from)).toEqual(["agent 11"]);
    expect(planTeam([], [], 360)).toMatchObject({ nodes: [], arcs: [], left: 0 });
  });
});
