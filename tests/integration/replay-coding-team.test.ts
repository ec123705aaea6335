import { type Driver, type SearchResult, searchDecisive } from "@culprit/analyzers";
import {
  type CodingTask,
  oracleFor,
  runTeam,
  type ScriptedEndpoint,
  seededTruth,
  startScriptedEndpoint,
  TASKS,
} from "@culprit/examples";
import type { Trajectory } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Recording, startRecording } from "../../bench/replay/recording.ts";

let recording: Recording;
let endpoint: ScriptedEndpoint;
const failed: { task: CodingTask; trajectory: Trajectory }[] = [];

beforeAll(async () => {
  recording = await startRecording();
  endpoint = await startScriptedEndpoint();
  for (const task of TASKS) {
    const { traceId, outcome } = await runTeam({ task, baseURL: endpoint.baseURL });
    if (outcome.success === false) failed.push({ task, trajectory: await recording.trajectory(traceId) });
  }
});

afterAll(async () => {
  await endpoint.close();
  await recording.close();
});

const driverOf =
  (task: CodingTask): Driver =>
  ({ replayId, of }) =>
    runTeam({ task, baseURL: endpoint.baseURL, replay: { id: replayId, of } });

const searchAll = async (candidates: (trajectory: Trajectory) => number[]): Promise<Map<string, SearchResult>> => {
  const found = new Map<string, SearchResult>();
  for (const { task, trajectory } of failed) {
    const named = candidates(trajectory);
    const mode = named.length === 0 ? "exhaustive" : "guided";
    const options = { trajectory, oracle: oracleFor(task), driver: driverOf(task), mode, candidates: named } as const;
    found.set(task.id, await searchDecisive(options));
  }
  return found;
};

describe("replaying every failed run of the coding team", () => {
  it("exhaustive search finds exactly the seeded agent and step", { timeout: 240_000 }, async () => {
    const found = await searchAll(() => []);
    expect(found.size).toBe(TASKS.filter((task) => seededTruth(task).decisive !== null).length);
    for (const { task } of failed) {
      const { verdict, annotation } = found.get(task.id) ?? {};
      expect(verdict, task.id).toMatchObject({
        status: "flipped",
        decisive: { ...seededTruth(task).decisive, earliest: "proven" },
        placebo: { k: 1, successes: 0 },
      });
      expect(annotation).toMatchObject({
        ...seededTruth(task).decisive,
        evidence: "counterfactual",
        verdict: "confirmed",
      });
      expect(annotation?.correction).not.toBe("");
    }
  });

  it("guided search agrees whatever it is told to look at first", { timeout: 240_000 }, async () => {
    const last = (trajectory: Trajectory) =>
      trajectory.steps.filter((step) => step.role === "agent").at(-1)?.index ?? 0;
    const found = await searchAll((trajectory) => [last(trajectory)]);
    for (const { task } of failed) {
      expect(found.get(task.id)?.verdict.decisive, task.id).toEqual({
        ...seededTruth(task).decisive,
        earliest: "proven",
      });
    }
  });

  it("leaves a replay undecided when the tests of its code could not be finished", async () => {
    const { task, trajectory } = failed[0] ?? {};
    if (task === undefined || trajectory === undefined) throw new Error("no failed run");
    const outlasted: Driver = async (context) => {
      const { traceId } = await driverOf(task)(context);
      return { traceId, outcome: { success: null, feedback: "The tests were not finished." } };
    };
    const { verdict, annotation } = await searchDecisive({ trajectory, oracle: oracleFor(task), driver: outlasted });
    expect(verdict).toMatchObject({ status: "unknown", decisive: null, placebo: { k: 0, successes: 0 } });
    expect(annotation).toBeNull();
  });

  it("stores each replay as a run linked to its origin", async () => {
    const { task, trajectory } = failed[0] ?? {};
    if (task === undefined || trajectory === undefined) throw new Error("no failed run");
    const { replays } = await searchDecisive({ trajectory, oracle: oracleFor(task), driver: driverOf(task) });
    for (const replay of replays) {
      const run = await recording.trajectory(replay.replay_trace_id);
      expect(run).toMatchObject({
        replay_of: trajectory.trace_id,
        task_id: task.id,
        outcome: { outcome: replay.status },
      });
    }
  });
});
