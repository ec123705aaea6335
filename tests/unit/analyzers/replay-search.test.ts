import {
  type Driver,
  fisherExact,
  knownReplays,
  type Oracle,
  type SearchOptions,
  searchDecisive,
} from "@culprit/analyzers";
import type { Replay, Trajectory } from "@culprit/schemas";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Recording, startRecording } from "../../../bench/replay/recording.ts";
import { correct, hasTwins, type Program, programs, systemOf, truthOf } from "./replay-programs.ts";
import { ask, runSystem, scriptedClient } from "./replay-system.ts";

let recording: Recording;
beforeAll(async () => {
  recording = await startRecording();
});
afterAll(() => recording.close());

const driverOf =
  (system: () => Promise<boolean>): Driver =>
  ({ replayId, of }) =>
    runSystem(system, { replay: { id: replayId, of } });

const record = async (system: () => Promise<boolean>): Promise<Trajectory> =>
  recording.trajectory((await runSystem(system)).traceId);

const recordProgram = async (program: Program) => {
  const system = systemOf(program);
  const trajectory = await record(() => system.run());
  // Replays start parallel agents the other way round, wherever requests can tell them apart.
  const driver = driverOf(() => system.run(!hasTwins(program)));
  return { trajectory, options: { trajectory, driver, oracle: correct } satisfies SearchOptions };
};

describe("the search over generated multi-agent programs", () => {
  it("finds exactly the earliest decisive step in 500 of them, guided as well as exhaustive", {
    timeout: 600_000,
  }, async () => {
    const PROGRAMS = 500;
    let found = 0;
    let none = 0;
    const replays = { exhaustive: 0, guided: 0 };
    const untilFlip = { exhaustive: 0, guided: 0 };
    const failing = programs.filter((program) => truthOf(program).fails);
    // An attributor that is right every other time, and else blames anything.
    const guesses = fc.tuple(fc.boolean(), fc.array(fc.nat(8), { minLength: 1, maxLength: 2 }));
    await fc.assert(
      fc.asyncProperty(failing, guesses, fc.integer({ min: 1, max: 3 }), async (program, [right, wild], parallel) => {
        const { decisive } = truthOf(program);
        const { options } = await recordProgram(program);
        const candidates = right && decisive !== null ? [decisive.step] : wild;
        const exhaustive = await searchDecisive({ ...options, mode: "exhaustive" });
        const guided = await searchDecisive({ ...options, candidates, parallel });
        if (decisive === null) none++;
        else found++;
        for (const { verdict } of [exhaustive, guided]) {
          expect(verdict.status).toBe(decisive === null ? "not_flipped" : "flipped");
          expect(verdict.decisive).toEqual(decisive && { ...decisive, earliest: "proven" });
        }
        if (decisive === null || parallel > 1) return;
        replays.exhaustive += exhaustive.replays.length;
        replays.guided += guided.replays.length;
        untilFlip.exhaustive += firstFlip(exhaustive.replays);
        untilFlip.guided += firstFlip(guided.replays);
      }),
      { numRuns: PROGRAMS, seed: 7 },
    );
    expect(found + none).toBe(PROGRAMS);
    expect(found).toBeGreaterThan(100);
    expect(none).toBeGreaterThan(0);
    const ratio = (counts: typeof replays) => (counts.guided / counts.exhaustive).toFixed(2);
    console.log(
      `${PROGRAMS} programs, ${found} with a decisive step. Guided against exhaustive: ${ratio(untilFlip)} times the replays to the first flip ` +
        `(${untilFlip.guided} to ${untilFlip.exhaustive}), ${ratio(replays)} times in all, with the proof that nothing earlier flips (${replays.guided} to ${replays.exhaustive}).`,
    );
    expect(untilFlip.guided).toBeLessThan(untilFlip.exhaustive);
  });

  it("is the same when guided, whatever the candidates", { timeout: 240_000 }, async () => {
    const failing = programs.filter((program) => truthOf(program).decisive !== null);
    await fc.assert(
      fc.asyncProperty(failing, fc.array(fc.nat(8), { maxLength: 3 }), async (program, candidates) => {
        const { decisive } = truthOf(program);
        const { options, trajectory } = await recordProgram(program);
        const exhaustive = await searchDecisive({ ...options, mode: "exhaustive" });
        const guided = await searchDecisive({ ...options, candidates });
        const wasted = candidates.filter((step) => step > (decisive?.step ?? 0)).length;
        expect(guided.verdict.replays).toBeLessThanOrEqual(exhaustive.verdict.replays + wasted + 1);
        const told = await searchDecisive({ ...options, candidates: [decisive?.step ?? 0], budget: 4 });
        expect(told.verdict).toMatchObject({ status: "flipped", decisive: { step: decisive?.step }, replays: 2 });
        expect(trajectory.steps[decisive?.step ?? -1]?.agent).toBe(told.annotation?.agent);
      }),
      { numRuns: 20, seed: 11 },
    );
  });
});

/** Replays up to and including the first whose correction succeeded. */
const firstFlip = (replays: readonly Replay[]) =>
  replays.findIndex(({ intervention, status }) => intervention.kind === "correction" && status === "success") + 1;

/** Planner → Worker → Judge. The planner says 3, and the worker ignores the plan from now and then. */
const chain = (worker: (text: string) => string, judge: (text: string) => string) => {
  const client = scriptedClient(({ agent, text }) =>
    agent === "Planner" ? "use 3" : agent === "Worker" ? worker(text) : judge(text),
  );
  return async () => {
    const work = await ask(client, "Worker", await ask(client, "Planner", "what should we use?"));
    return (await ask(client, "Judge", work)) === "good";
  };
};
const faithful = (text: string) => `made ${text.match(/\d+/)?.[0]}`;
const judge = (text: string) => (text.includes("4") ? "good" : "bad");
const CORRECTIONS: Record<string, string> = { Planner: "use 4", Worker: "made 4", Judge: "good" };
const oracle: Oracle = ({ step }) => CORRECTIONS[step.agent] ?? null;

describe("what a search says", () => {
  it("labels the decisive step with its correction and its control", async () => {
    const system = chain(faithful, judge);
    const trajectory = await record(system);
    const { verdict, annotation, replays } = await searchDecisive({ trajectory, driver: driverOf(system), oracle });
    expect(verdict).toMatchObject({
      trace_id: trajectory.trace_id,
      status: "flipped",
      decisive: { agent: "Planner", step: 0, earliest: "proven" },
      replays: 2,
      placebo: { k: 1, successes: 0 },
    });
    expect(annotation).toMatchObject({
      agent: "Planner",
      step: 0,
      evidence: "counterfactual",
      verdict: "confirmed",
      correction: "use 4",
      replay_id: replays[1]?.replay_id,
      placebo_k: 1,
      placebo_successes: 0,
    });
    expect(replays.map((replay) => [replay.intervention.kind, replay.status])).toEqual([
      ["placebo", "failure"],
      ["correction", "success"],
      ["placebo", "failure"],
      ["correction", "success"],
    ]);
  });

  it("refutes a prediction when an earlier step is decisive, even though its own correction flips", async () => {
    const system = chain(faithful, judge);
    const trajectory = await record(system);
    const { verdict, refuted } = await searchDecisive({
      trajectory,
      driver: driverOf(system),
      oracle,
      candidates: [1],
    });
    expect(verdict).toMatchObject({ decisive: { step: 0 }, replays: 4 });
    expect(refuted).toMatchObject({ agent: "Worker", step: 1, verdict: "refuted" });
  });

  it("refutes a prediction whose correction does not help when a later step is decisive", async () => {
    const system = chain(() => "made 3", judge);
    const trajectory = await record(system);
    const { verdict, refuted } = await searchDecisive({
      trajectory,
      driver: driverOf(system),
      oracle,
      candidates: [0],
    });
    expect(verdict.decisive).toEqual({ agent: "Worker", step: 1, earliest: "proven" });
    expect(refuted).toMatchObject({ agent: "Planner", step: 0, verdict: "refuted" });
  });

  it("refutes nothing where nothing flips", async () => {
    const system = chain(faithful, () => "bad");
    const trajectory = await record(system);
    const weak: Oracle = ({ step }) => (step.agent === "Judge" ? null : "something else");
    const result = await searchDecisive({ trajectory, driver: driverOf(system), oracle: weak, candidates: [0] });
    expect(result).toMatchObject({
      verdict: { status: "not_flipped", decisive: null, replays: 2 },
      refuted: null,
      annotation: null,
    });
  });

  it("does not claim the earliest step when the budget left one untested", async () => {
    const system = chain(faithful, judge);
    const trajectory = await record(system);
    const options = { trajectory, driver: driverOf(system), oracle, candidates: [1], budget: 4 };
    const { verdict, annotation, refuted } = await searchDecisive(options);
    expect(verdict.decisive).toEqual({ agent: "Worker", step: 1, earliest: "not proven" });
    expect(verdict.reason).toContain("Not ruled out: step 0 (Planner).");
    expect(annotation).toMatchObject({ step: 1, earliest: "not proven" });
    expect(refuted).toBeNull();
    const spent = await searchDecisive({ ...options, candidates: [], budget: 1 });
    expect(spent.verdict).toMatchObject({ status: "unknown", decisive: null, replays: 0 });
  });

  it("leaves a step open when its correction is refused, and says why", async () => {
    const system = chain(
      () => "made 3",
      () => "bad",
    );
    const trajectory = await record(system);
    const lazy: Oracle = ({ step }) => (step.agent === "Judge" ? "good" : step.content);
    const { verdict } = await searchDecisive({ trajectory, driver: driverOf(system), oracle: lazy });
    expect(verdict.decisive).toEqual({ agent: "Judge", step: 2, earliest: "not proven" });
    const failing: Oracle = () => {
      throw new Error("no such model");
    };
    const silent = await searchDecisive({ trajectory, driver: driverOf(system), oracle: failing });
    expect(silent.verdict).toMatchObject({ status: "unknown", reason: expect.stringContaining("no such model") });
  });

  it("keeps what was proven of the steps before when one step alone is tried again", async () => {
    const system = chain(() => "made 3", judge);
    const trajectory = await record(system);
    const again = { trajectory, driver: driverOf(system), oracle, only: [1] };
    const alone = await searchDecisive(again);
    expect(alone.verdict.decisive).toEqual({ agent: "Worker", step: 1, earliest: "not proven" });
    const known = await searchDecisive({ ...again, provenEarliest: 1 });
    expect(known.verdict.decisive).toEqual({ agent: "Worker", step: 1, earliest: "proven" });
    expect(known.annotation).toMatchObject({ earliest: "proven", reason: expect.stringContaining("No earlier step") });
    const another = await searchDecisive({ ...again, provenEarliest: 0 });
    expect(another.verdict.decisive).toMatchObject({ step: 1, earliest: "not proven" });
  });

  it("is invalid, with no label, when the system has changed", async () => {
    const trajectory = await record(chain(faithful, judge));
    const client = scriptedClient(() => "hello");
    const changed = async () => (await ask(client, "Planner", "something else entirely")) === "good";
    const result = await searchDecisive({ trajectory, driver: driverOf(changed), oracle });
    expect(result).toMatchObject({ verdict: { status: "invalid", decisive: null }, annotation: null });
    expect(result.verdict.reason).toContain("something else entirely");
  });

  it("is only asked about failed runs", async () => {
    const system = chain(() => "made 4", judge);
    const trajectory = await record(system);
    const searching = searchDecisive({ trajectory, driver: driverOf(system), oracle });
    await expect(searching).rejects.toMatchObject({ code: "not_a_failed_run" });
  });
});

describe("what a search may spend", () => {
  const started = async () => {
    const system = chain(faithful, judge);
    let running = 0;
    let most = 0;
    const counted: Driver = async (context) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return driverOf(system)(context).finally(() => running--);
    };
    return { options: { trajectory: await record(system), driver: counted, oracle }, most: () => most };
  };

  it("runs as many steps at a time as it is told, and finds the same", async () => {
    const { options, most } = await started();
    const { verdict } = await searchDecisive({ ...options, candidates: [2, 1], parallel: 3 });
    expect(verdict.decisive).toEqual({ agent: "Planner", step: 0, earliest: "proven" });
    expect(most()).toBe(2);
    const wide = await started();
    await searchDecisive({ ...wide.options, mode: "exhaustive", parallel: 3 });
    expect(wide.most()).toBe(3);
  });

  it("makes no more live model calls than it may; a replay that would is unknown", async () => {
    const { options } = await started();
    // The control makes two live calls, the correction of step 0 two more.
    const { verdict, replays } = await searchDecisive({ ...options, budget: { calls: 3 } });
    expect(verdict).toMatchObject({ status: "unknown", decisive: null });
    expect(replays.map(({ status, reason }) => [status, reason])).toEqual([
      ["failure", ""],
      ["unknown", "The budget of 3 model calls is spent."],
    ]);
  });

  it("counts tokens times prices", async () => {
    const { options } = await started();
    const prices = { input: 1_000_000, output: 0 };
    const { replays } = await searchDecisive({ ...options, budget: { cost: 2, prices } });
    expect(replays.map(({ status }) => status)).toEqual(["failure"]);
  });

  it("starts nothing after its time", async () => {
    const { options } = await started();
    const { replays, verdict } = await searchDecisive({ ...options, budget: { wallMs: 1 } });
    expect(replays.length).toBeLessThanOrEqual(1);
    expect(verdict.status).toBe("unknown");
  });

  it("goes on where it was cut off: what was replayed is not replayed again", async () => {
    const { options } = await started();
    const whole = await searchDecisive({ ...options, candidates: [1] });
    for (let cut = 0; cut <= whole.replays.length; cut++) {
      const stored: Replay[] = [];
      await searchDecisive({
        ...options,
        candidates: [1],
        budget: cut,
        onReplay: (replay) => void stored.push(replay),
      });
      expect(stored).toHaveLength(cut);
      let executed = 0;
      const known = await knownReplays(options.trajectory, stored, recording.trajectory);
      const resumed = await searchDecisive({ ...options, candidates: [1], known, onReplay: () => void executed++ });
      expect(executed).toBe(whole.replays.length - cut);
      expect(resumed.verdict).toEqual(whole.verdict);
    }
  });

  it("does not rest on replays of another correction, or on those without an outcome", async () => {
    const { options } = await started();
    const { replays } = await searchDecisive(options);
    const known = await knownReplays(options.trajectory, replays, recording.trajectory);
    const other = known.map((result) => ({ ...result, replay: { ...result.replay, status: "unknown" as const } }));
    let executed = 0;
    const onReplay = () => void executed++;
    await searchDecisive({ ...options, known: other, onReplay });
    expect(executed).toBe(replays.length);
    executed = 0;
    const careful: Oracle = ({ step }) => (step.agent === "Planner" ? "please use 4" : null);
    await searchDecisive({ ...options, oracle: careful, known, onReplay });
    expect(executed).toBe(2);
  });
});

describe("a system that does not repeat itself", () => {
  /** A generator of its own, so that the test is the same every time. */
  const dice = (start: number) => {
    let state = start;
    return () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state / 2_147_483_648;
    };
  };
  const recordFailure = async (system: () => Promise<boolean>): Promise<Trajectory> => {
    for (;;) {
      const trajectory = await record(system);
      if (trajectory.outcome.outcome === "failure") return trajectory;
    }
  };

  it("does not take a lucky re-run for a flip, not even where two words are all a judge ever says", async () => {
    const useless: Oracle = ({ step }) => (step.agent === "Judge" ? null : `${step.content}, please`);
    let lucky = 0;
    let labelled = 0;
    for (let start = 0; start < 60; start++) {
      const roll = dice(start * 7919);
      const system = chain(faithful, () => (roll() < 0.3 ? "good" : "bad"));
      const trajectory = await recordFailure(system);
      const { verdict, trials } = await searchDecisive({ trajectory, driver: driverOf(system), oracle: useless });
      if (trials.some((trial) => trial.corrected.successes > 0)) lucky++;
      if (verdict.status === "flipped") labelled++;
    }
    expect(lucky).toBeGreaterThan(20);
    expect(labelled).toBeLessThanOrEqual(6);
  });

  it("takes a correction that beats the original action for one, with the figures of both", async () => {
    const roll = dice(5);
    const system = chain(faithful, (text) => (text.includes("4") || roll() < 0.15 ? "good" : `bad ${roll()}`));
    const trajectory = await recordFailure(system);
    const { verdict, annotation } = await searchDecisive({
      trajectory,
      driver: driverOf(system),
      oracle,
      mode: "exhaustive",
    });
    expect(verdict).toMatchObject({ status: "flipped", decisive: { step: 0 }, placebo: { k: 5 }, replays: 5 });
    expect(fisherExact(5, 5, verdict.placebo.successes, 5)).toBeLessThanOrEqual(0.05);
    expect(annotation?.reason).toMatch(/5 of 5 \(95 % interval 0\.57 to 1\.00\)/);
  });

  it("refuses a comparison that could never come out", async () => {
    const system = chain(faithful, judge);
    const options = { trajectory: await record(system), driver: driverOf(system), oracle, placebo: { k: 2 } };
    await expect(searchDecisive(options)).rejects.toMatchObject({ code: "too_few_replays" });
  });
});

describe("Fisher's exact test, one-sided", () => {
  it.each([
    [5, 5, 0, 5, 1 / 252],
    [4, 5, 0, 5, 5 / 210],
    [3, 3, 0, 3, 1 / 20],
    [3, 4, 1, 4, 17 / 70],
    [0, 5, 5, 5, 1],
    [1, 0, 0, 5, 1],
  ])("%i of %i against %i of %i", (hits, n, otherHits, otherN, expected) => {
    expect(fisherExact(hits, n, otherHits, otherN)).toBeCloseTo(expected, 10);
  });
});
