import { type Driver, type FaultOperator, injectPair } from "@culprit/analyzers";
import type { Trajectory } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Recording, startRecording } from "../../../../bench/replay/recording.ts";
import { ask, runSystem, scriptedClient } from "../replay-system.ts";

let recording: Recording;
beforeAll(async () => {
  recording = await startRecording();
});
afterAll(() => recording.close());

/** Ada, then Ben, each says a number; the run succeeds while `good` holds of the two. */
function system(good: (ada: number, ben: number) => boolean) {
  const client = scriptedClient(({ agent }) => (agent === "Ada" ? "1" : "1"));
  return async () => {
    const ada = Number(await ask(client, "Ada", "say a number"));
    const ben = Number(await ask(client, "Ben", "say a number too"));
    return good(ada, ben);
  };
}
const driverOf =
  (run: () => Promise<boolean>): Driver =>
  ({ replayId, of }) =>
    runSystem(run, { replay: { id: replayId, of } });

/** Says 2 in place of 1. */
const two: FaultOperator = {
  name: "two",
  family: "text",
  does: "says 2",
  apply: ({ action, step }) =>
    action.content === "1"
      ? { action: { content: "2", tool_calls: [] }, reason: `${step.agent} says 2 instead of 1.` }
      : null,
};

async function pair(good: (ada: number, ben: number) => boolean) {
  const run = system(good);
  const trajectory: Trajectory = await recording.trajectory((await runSystem(run)).traceId);
  const options = {
    trajectory,
    driver: driverOf(run),
    operators: [two],
    seed: 1,
    steps: 2,
    read: recording.trajectory,
  };
  return injectPair(options);
}

describe("two faults in one run", () => {
  it("blame the earlier one when undoing either saves the run", async () => {
    const { injections, first } = await pair((ada, ben) => ada + ben < 4);
    expect(first?.status).toBe("survived");
    expect(injections).toMatchObject([{ status: "kept", label: { agent: "Ada", step: 0, evidence: "injected" } }]);
    const label = injections[0]?.label;
    const spoilt = await recording.trajectory(label?.trace_id ?? "");
    expect(spoilt.steps.map(({ content }) => content)).toEqual(["2", "2"]);
    expect(spoilt.outcome.outcome).toBe("failure");
  });

  it("find none where the system gets over both, or where the first alone is fatal", async () => {
    expect(await pair(() => true)).toMatchObject({ injections: [], first: null });
    expect(await pair((ada, ben) => ada + ben < 3)).toMatchObject({ injections: [], first: null });
  });

  it("blame the later one when it is fatal by itself", async () => {
    const { injections } = await pair((_ada, ben) => ben < 2);
    expect(injections).toMatchObject([{ label: { agent: "Ben", step: 1, reason: "Ben says 2 instead of 1." } }]);
  });
});
