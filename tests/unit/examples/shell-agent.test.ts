import { FAULT_KINDS, faultOf, PROJECTS } from "@culprit/examples";
import { describe, expect, it } from "vitest";
import { FLAWLESS, nextAct, type Story, type Turn } from "../../../examples/shell-agent/scripted/policy.ts";

const DONE = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT";

/** What the agent does while every command succeeds; 30 commands at most. */
function commands(story: Story, project: (typeof PROJECTS)[number]): string[] {
  const past: Turn[] = [];
  while (past.length < 30 && past.at(-1)?.command !== DONE) {
    past.push({ command: nextAct(story, project, past).command, observation: "<returncode>0</returncode>" });
  }
  return past.map(({ command }) => command);
}

describe.each(PROJECTS.map((project) => [project.name, project] as const))(
  "the scripted agent at %s",
  (_name, project) => {
    it("mends every place and submits when it makes no mistake", () => {
      const right = commands(FLAWLESS, project);
      expect(right.at(-1)).toBe(DONE);
      for (const { file } of project.places) expect(right.some((command) => command.includes(file))).toBe(true);
    });

    it("departs from that with every mistake that fits, and goes on when the mistake is corrected", () => {
      const right = commands(FLAWLESS, project);
      for (const kind of FAULT_KINDS) {
        if (faultOf(kind, project) === null) continue;
        const story = { fault: kind, slip: false };
        const wrong = commands(story, project);
        const at = wrong.findIndex((command, turn) => command !== right[turn]);
        expect(at, kind).toBeGreaterThan(-1);
        const corrected: Turn[] = right
          .slice(0, at + 1)
          .map((command) => ({ command, observation: "<returncode>0</returncode>" }));
        expect(nextAct(story, project, corrected).command, kind).toBe(right[at + 1]);
      }
    });

    it("slips once and notices", () => {
      const slipping = commands({ fault: null, slip: true }, project);
      expect(slipping.length).toBe(commands(FLAWLESS, project).length + 1);
    });
  },
);
