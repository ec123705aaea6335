import { type Driver, RefusedIntervention, type ReplayIntervention, replayRun } from "@culprit/analyzers";
import { tool } from "@culprit/instrumentation";
import type { Trajectory } from "@culprit/schemas";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Recording, startRecording } from "../../../bench/replay/recording.ts";
import { type Asked, ask, runSystem, scriptedClient } from "./replay-system.ts";

let recording: Recording;
beforeAll(async () => {
  recording = await startRecording();
});
afterAll(() => recording.close());

const record = async (system: () => Promise<boolean>, groundTruth?: string): Promise<Trajectory> => {
  const { traceId } = await runSystem(system, groundTruth === undefined ? {} : { groundTruth });
  return recording.trajectory(traceId);
};
const driverOf =
  (system: () => Promise<boolean>): Driver =>
  ({ replayId, of }) =>
    runSystem(system, { replay: { id: replayId, of } });
const correction = (trajectory: Trajectory, step: number, action: string): ReplayIntervention => ({
  kind: "correction",
  step,
  agent: trajectory.steps[step]?.agent ?? "",
  action,
  oracle: "person",
});

/** Planner → a tool that writes → Worker → Judge; the planner's "3" should have been "4". */
const calls: string[] = [];
let told: Asked[] = [];
const client = scriptedClient((asked) => {
  told.push(asked);
  if (asked.agent === "Planner") return "use 3";
  if (asked.agent === "Worker") return `made ${asked.text.match(/\d+/)?.[0]}`;
  return asked.text.includes("4") ? "good" : "bad";
});
const write = tool("write", (line: string) => {
  calls.push(line);
  return { written: line.length };
});
const chain = async () => {
  const plan = await ask(client, "Planner", "what should we use?");
  const { written } = await write(plan);
  const work = await ask(client, "Worker", `${plan} (${written})`);
  return (await ask(client, "Judge", work)) === "good";
};

beforeEach(() => {
  calls.length = 0;
  told = [];
});

describe("R(τ, t, a')", () => {
  it("answers what came before t from the record, serves the correction at t, and runs the rest", async () => {
    const trajectory = await record(chain);
    expect(trajectory.steps.map((step) => step.agent)).toEqual(["Planner", "write", "Worker", "Judge"]);
    told = [];
    const intervention = correction(trajectory, 2, "made 4");
    const { replay } = await replayRun({ trajectory, intervention, driver: driverOf(chain) });
    expect(replay).toMatchObject({ status: "success", trace_id: trajectory.trace_id, intervention: { step: 2 } });
    expect(told.map((asked) => asked.agent)).toEqual(["Judge"]);
  });

  it("does not call a side-effecting tool before t, and calls it after", async () => {
    const trajectory = await record(chain);
    calls.length = 0;
    await replayRun({ trajectory, intervention: correction(trajectory, 2, "made 4"), driver: driverOf(chain) });
    expect(calls).toEqual([]);
    await replayRun({ trajectory, intervention: correction(trajectory, 0, "use 4"), driver: driverOf(chain) });
    expect(calls).toEqual(["use 4"]);
  });

  it("is itself a run, linked to its origin, that says how each step was answered", async () => {
    const trajectory = await record(chain);
    const intervention = correction(trajectory, 2, "made 4");
    const { replay } = await replayRun({ trajectory, intervention, driver: driverOf(chain) });
    const again = await recording.trajectory(replay.replay_trace_id);
    expect(again).toMatchObject({ replay_of: trajectory.trace_id, outcome: { outcome: "success" } });
    expect(again.steps.map((step) => step.content)).toEqual(["use 3", '{"written":5}', "made 4", "good"]);
    const sources = (await recording.spans(replay.replay_trace_id)).flatMap(
      (span) => span.attributes["culprit.replay.source"] ?? [],
    );
    expect(sources.sort()).toEqual(["intervention", "live", "recorded", "recorded"]);
  });

  it("repeats a deterministic run exactly when the original action is served again", async () => {
    const trajectory = await record(chain);
    const placebo = { ...correction(trajectory, 0, ""), kind: "placebo" } as const;
    const result = await replayRun({ trajectory, intervention: placebo, driver: driverOf(chain) });
    expect(result).toMatchObject({
      reproduced: true,
      replay: { status: "failure", intervention: { action: "use 3" } },
    });
    const changed = await replayRun({
      trajectory,
      intervention: correction(trajectory, 0, "use 5"),
      driver: driverOf(chain),
    });
    expect(changed.reproduced).toBe(false);
  });

  it("gives parallel agents their own answers, in whatever order they ask", async () => {
    const parallel = scriptedClient(({ agent, text }) => (agent === "Judge" ? text : `${text} is ${text.length}`));
    const system = (order: string[]) => async () => {
      const found = new Map<string, string>();
      await Promise.all(order.map(async (topic) => found.set(topic, await ask(parallel, "Researcher", topic))));
      return (await ask(parallel, "Judge", `${found.get("bees")}; ${found.get("ants!")}`)).includes("ants! is 5; no");
    };
    const trajectory = await record(system(["bees", "ants!"]));
    const flipped = driverOf(system(["ants!", "bees"]));
    const { replay } = await replayRun({
      trajectory,
      intervention: correction(trajectory, 2, "none"),
      driver: flipped,
    });
    expect(replay.status).toBe("failure");
    const again = await recording.trajectory(replay.replay_trace_id);
    expect(again.steps.map((step) => step.content)).toEqual(["ants! is 5", "bees is 4", "none"]);
    const second = correction(trajectory, 1, "ants! is 5; no");
    const { replay: corrected } = await replayRun({ trajectory, intervention: second, driver: flipped });
    expect(corrected.status).toBe("success");
  });

  it("answers the same question asked twice first in, first out", async () => {
    let asked = 0;
    const counting = scriptedClient(({ agent }) => (agent === "Dice" ? `roll ${++asked}` : "live"));
    const seen: string[] = [];
    const system = async () => {
      seen.length = 0;
      for (let times = 0; times < 3; times++) seen.push(await ask(counting, "Dice", "roll"));
      return seen[2] === "six";
    };
    const trajectory = await record(system);
    const { replay } = await replayRun({
      trajectory,
      intervention: correction(trajectory, 2, "six"),
      driver: driverOf(system),
    });
    expect(replay.status).toBe("success");
    expect(seen).toEqual(["roll 1", "roll 2", "six"]);
    expect(asked).toBe(3);
  });

  it("does not mind times, UUIDs and temporary paths in what is asked", async () => {
    const system = async () => {
      const { randomUUID } = await import("node:crypto");
      const text = `at ${new Date(Date.now()).toISOString()} run ${randomUUID()} in /tmp/work-${randomUUID()}/a.txt: go`;
      return (await ask(client, "Judge", await ask(client, "Planner", text))) === "good";
    };
    const trajectory = await record(system);
    const { replay } = await replayRun({
      trajectory,
      intervention: correction(trajectory, 1, "good"),
      driver: driverOf(system),
    });
    expect(replay.status).toBe("success");
  });

  it("repeats a failure that the system had caught", async () => {
    let tries = 0;
    const flaky = tool("fetch_page", (_url: string) => {
      if (++tries === 1) throw new Error("503 from upstream");
      return "a page";
    });
    const system = async () => {
      const page = await flaky("x").catch((error: Error) => error.message);
      return (await ask(client, "Judge", await ask(client, "Planner", page))) === "good";
    };
    const trajectory = await record(system);
    expect(trajectory.steps[0]).toMatchObject({ agent: "fetch_page", error: "503 from upstream" });
    const { replay } = await replayRun({
      trajectory,
      intervention: correction(trajectory, 1, "use 4"),
      driver: driverOf(system),
    });
    expect(replay.status).toBe("success");
    expect(tries).toBe(1);
  });

  it("serves tool answers as the values they were", async () => {
    const answers = { number: 5, text: '{"a":1}', digits: "5", list: [1, { b: null }], nothing: null, yes: true };
    const tools = Object.entries(answers).map(([name, value]) => tool(name, () => value));
    let given: unknown[] = [];
    const system = async () => {
      given = await Promise.all(tools.map((call) => call()));
      return (await ask(client, "Judge", "all")) === "good";
    };
    const trajectory = await record(system);
    const step = trajectory.steps.findIndex((candidate) => candidate.agent === "Judge");
    const { replay } = await replayRun({
      trajectory,
      intervention: correction(trajectory, step, "good"),
      driver: driverOf(system),
    });
    expect(replay.status).toBe("success");
    expect(given).toEqual(Object.values(answers));
  });
});

describe("a replay that proves nothing is not a label", () => {
  it("is invalid when the system asks something else before t, and shows what", async () => {
    const trajectory = await record(chain);
    const changed = async () => {
      const plan = await ask(client, "Planner", "what should we now use?");
      return (await ask(client, "Judge", plan)) === "good";
    };
    const { replay } = await replayRun({
      trajectory,
      intervention: correction(trajectory, 2, "made 4"),
      driver: driverOf(changed),
    });
    expect(replay.status).toBe("invalid");
    expect(replay.reason).toContain(
      'Asking step 0, message 2 differs: it was "…ser: what should we use?" and is "…ser: what should we now use?".',
    );
  });

  it("is invalid even when the system swallows the failure of the call", async () => {
    const trajectory = await record(chain);
    const swallowing = async () => {
      await ask(client, "Planner", "something new").catch(() => "");
      return true;
    };
    const intervention = correction(trajectory, 2, "made 4");
    const { replay } = await replayRun({ trajectory, intervention, driver: driverOf(swallowing) });
    expect(replay.status).toBe("invalid");
  });

  it("is invalid when step t, or one before it, is not asked again", async () => {
    const trajectory = await record(chain);
    const short = async () => (await ask(client, "Planner", "what should we use?")) === "never";
    const intervention = correction(trajectory, 2, "made 4");
    const { replay } = await replayRun({ trajectory, intervention, driver: driverOf(short) });
    expect(replay).toMatchObject({
      status: "invalid",
      reason: expect.stringContaining("Step 1 (write) was not asked"),
    });
    const skipping = async () => (await ask(client, "Worker", "use 3 (5)")) === "made 4";
    const { replay: skipped } = await replayRun({ trajectory, intervention, driver: driverOf(skipping) });
    expect(skipped.status).toBe("invalid");
  });

  it("is unknown when the driver crashes, decides nothing, or runs out of time", async () => {
    const trajectory = await record(chain);
    const intervention = correction(trajectory, 0, "use 4");
    const crash = driverOf(async () => {
      await chain();
      throw new Error("disk full");
    });
    const { replay: crashed } = await replayRun({ trajectory, intervention, driver: crash });
    expect(crashed).toMatchObject({ status: "unknown", reason: "The driver failed: disk full" });
    const undecided: Driver = async () => {
      await chain();
      return { traceId: "", outcome: { success: null } };
    };
    expect((await replayRun({ trajectory, intervention, driver: undecided })).replay.status).toBe("unknown");
    let aborted = false;
    const hanging: Driver = ({ signal }) =>
      new Promise(() => {
        signal.addEventListener("abort", () => {
          aborted = true;
        });
      });
    const { replay: late } = await replayRun({ trajectory, intervention, driver: hanging, timeoutMs: 30 });
    expect(late).toMatchObject({ status: "unknown", reason: expect.stringContaining("30 ms") });
    expect(aborted).toBe(true);
  });

  it("is invalid when the record has no content, or a cut one", async () => {
    const trajectory = await record(chain);
    const intervention = correction(trajectory, 2, "made 4");
    const driver = driverOf(chain);
    const steps = trajectory.steps.map((step) => ({ ...step, input: [] }));
    const bare = await replayRun({ trajectory: { ...trajectory, steps }, intervention, driver });
    expect(bare.replay).toMatchObject({ status: "invalid", reason: expect.stringContaining("not recorded") });
    const cut = trajectory.steps.map((step) =>
      step.index === 0 ? { ...step, content: "us…[truncated by culprit: 5 characters]" } : step,
    );
    const short = await replayRun({ trajectory: { ...trajectory, steps: cut }, intervention, driver });
    expect(short.replay).toMatchObject({ status: "invalid", reason: expect.stringContaining("cut short") });
  });
});

describe("a correction is refused by name", () => {
  const refusal = async (action: string, step = 0, groundTruth = "The answer is 4.") => {
    const trajectory = await record(chain, groundTruth);
    const replaying = replayRun({
      trajectory,
      intervention: correction(trajectory, step, action),
      driver: driverOf(chain),
    });
    return replaying.then(
      () => "replayed",
      (error: unknown) => (error instanceof RefusedIntervention ? error.code : error),
    );
  };

  it.each([
    ["empty", "  \n", "correction_empty"],
    ["the original", "use  3\n", "correction_unchanged"],
    ["the ground truth", "Use this: the ANSWER\nis **4**!", "correction_leaks"],
  ])("%s", async (_name, action, code) => {
    expect(await refusal(action)).toBe(code);
  });

  it("when it is not an agent's step", async () => {
    expect(await refusal("use 4", 1)).toBe("no_such_step");
    expect(await refusal("use 4", 9)).toBe("no_such_step");
  });

  it("and is fine when it only shares a word with the ground truth, or the agent had been told", async () => {
    expect(await refusal("the answer is 41")).toBe("replayed");
    expect(await refusal("what should we use? 4", 0, "what should we use?")).toBe("replayed");
  });
});
