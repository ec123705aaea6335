import {
  oracleFor,
  runTeam,
  type ScriptedEndpoint,
  seededTruth,
  startScriptedEndpoint,
  TASKS,
} from "@culprit/examples";
import type { Trajectory } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Recording, startRecording } from "../../../bench/replay/recording.ts";

let recording: Recording;
let endpoint: ScriptedEndpoint;
const runs = new Map<string, { trajectory: Trajectory; erred: { index: number; faults: string[] }[] }>();

beforeAll(async () => {
  recording = await startRecording();
  endpoint = await startScriptedEndpoint();
  for (const task of TASKS) {
    const from = endpoint.decisions().length;
    const { traceId } = await runTeam({ task, baseURL: endpoint.baseURL });
    const trajectory = await recording.trajectory(traceId);
    const agentSteps = trajectory.steps.filter((step) => step.role === "agent");
    const erred = endpoint
      .decisions()
      .slice(from)
      .map((decision, place) => ({ index: agentSteps[place]?.index ?? -1, faults: decision.erred }))
      .filter((decision) => decision.faults.length > 0);
    runs.set(task.id, { trajectory, erred });
  }
}, 60_000);

afterAll(async () => {
  await endpoint.close();
  await recording.close();
});

const recorded = (id: string) => {
  const run = runs.get(id);
  if (run === undefined) throw new Error(`no run ${id}`);
  return run;
};

describe("the coding team on the scripted endpoint", () => {
  it("is recorded as one trajectory a task: plan, then code, tool call, report and verdict a round", () => {
    for (const task of TASKS) {
      const { trajectory } = recorded(task.id);
      expect(trajectory).toMatchObject({ complete: true, task_id: task.id });
      const actors = trajectory.steps.map((step) => step.agent);
      const rounds = (actors.length - 1) / 4;
      expect(actors).toEqual(["Planner", ...Array(rounds).fill(["Coder", "Tester", "run_tests", "Tester"]).flat()]);
      expect(rounds).toBeLessThanOrEqual(3);
    }
  });

  it.each(TASKS.map((task) => [task.functionName, task] as const))("%s ends as seeded", (_name, task) => {
    const { trajectory, erred } = recorded(task.id);
    const truth = seededTruth(task);
    expect(trajectory.outcome).toMatchObject({ outcome: truth.outcome, by: "evaluator" });
    if (truth.decisive === null) return;
    expect(trajectory.steps[truth.decisive.step]).toMatchObject({ agent: truth.decisive.agent, role: "agent" });
    expect(erred.map((decision) => decision.index)).toContain(truth.decisive.step);
  });

  it("fails and succeeds often enough, by all three agents, early and late", () => {
    const truths = TASKS.map((task) => seededTruth(task));
    const decisive = truths.flatMap((truth) => truth.decisive ?? []);
    expect(decisive.length).toBeGreaterThanOrEqual(10);
    expect(truths.length - decisive.length).toBeGreaterThanOrEqual(8);
    expect(new Set(decisive.map(({ agent }) => agent))).toEqual(new Set(["Planner", "Coder", "Tester"]));
    expect(new Set(decisive.map(({ step }) => step))).toEqual(new Set([0, 1, 4, 5, 8]));
    const repaired = TASKS.filter((task) => seededTruth(task).decisive === null && recorded(task.id).erred.length > 0);
    expect(repaired.length).toBeGreaterThanOrEqual(4);
  });

  it("gives the oracle something to correct at the decisive step, and nothing where nobody erred", () => {
    for (const task of TASKS) {
      const { decisive, storyline } = seededTruth(task);
      const { steps } = recorded(task.id).trajectory;
      const corrected = steps.filter((step) => oracleFor(task)({ step }) !== null).map((step) => step.index);
      if (decisive !== null) expect(corrected, task.id).toContain(decisive.step);
      if (storyline === "no mistake") expect(corrected, task.id).toEqual([]);
    }
  });

  it("does not name its mistakes", () => {
    for (const task of TASKS) {
      for (const step of recorded(task.id).trajectory.steps) {
        expect(step.content).not.toMatch(/pitfall|seeded|fault|on purpose|\bwrong plan\b/i);
      }
    }
  });
});

describe("an answer depends on the messages", () => {
  const task = TASKS.find((candidate) => candidate.functionName === "average");
  if (task === undefined) throw new Error("no such task");

  it("is the same as a stream", async () => {
    const whole = await runTeam({ task, baseURL: endpoint.baseURL });
    const streamed = await runTeam({ task, baseURL: endpoint.baseURL, stream: true });
    expect(streamed.code).toBe(whole.code);
    const actions = async (traceId: string) => (await recording.trajectory(traceId)).steps.map((step) => step.content);
    expect(await actions(streamed.traceId)).toEqual(await actions(whole.traceId));
  });

  it("true feedback prevents the mistake, and wrong feedback makes one", async () => {
    const failing = TASKS.find((candidate) => seededTruth(candidate).decisive?.agent === "Planner");
    const succeeding = TASKS.find((candidate) => seededTruth(candidate).storyline === "no mistake");
    if (failing === undefined || succeeding === undefined) throw new Error("no such task");
    const { baseURL } = endpoint;
    const helped = await runTeam({ task: failing, baseURL, feedback: "The Planner misread the task in step 0." });
    expect(helped.outcome.success).toBe(true);
    const hurt = await runTeam({ task: succeeding, baseURL, feedback: "The Planner misread the task in step 0." });
    expect(hurt.outcome.success).toBe(false);
    const unnamed = await runTeam({ task: succeeding, baseURL, feedback: "Something was off." });
    expect(unnamed.outcome.success).toBe(true);
  });
});
