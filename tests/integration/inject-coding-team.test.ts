import {
  actionOf,
  comparableAction,
  createEndpoint,
  curate,
  type Driver,
  FAULT_OPERATORS,
  type FaultOperator,
  faultOperator,
  type InjectResult,
  injectFaults,
  modelOperator,
  seededRandom,
} from "@culprit/analyzers";
import { type CodingTask, runTeam, type ScriptedEndpoint, startScriptedEndpoint, TASKS } from "@culprit/examples";
import type { TraceDetail, Trajectory } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Recording, startRecording } from "../../bench/replay/recording.ts";
import { scriptedEndpoint } from "../unit/analyzers/tracer-endpoint.ts";

let recording: Recording;
let endpoint: ScriptedEndpoint;
const good: { task: CodingTask; trajectory: Trajectory }[] = [];

beforeAll(async () => {
  recording = await startRecording();
  endpoint = await startScriptedEndpoint();
  for (const task of TASKS) {
    if (good.length >= 5) break;
    const { traceId, outcome } = await runTeam({ task, baseURL: endpoint.baseURL });
    if (outcome.success === true) good.push({ task, trajectory: await recording.trajectory(traceId) });
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

const inject = (
  { task, trajectory }: (typeof good)[number],
  operators: readonly FaultOperator[],
  options: { seed?: number; steps?: number; driver?: Driver; all?: boolean; budget?: number } = {},
): Promise<InjectResult> =>
  injectFaults({
    trajectory,
    driver: driverOf(task),
    operators,
    seed: 1,
    steps: 8,
    all: true,
    read: recording.trajectory,
    ...options,
  });

const detailOf = (run: Trajectory, annotations: TraceDetail["annotations"]): TraceDetail => ({
  trace_id: run.trace_id,
  task: run.task,
  task_id: run.task_id,
  ground_truth: run.ground_truth,
  source: run.source,
  complete: run.complete,
  outcome: run.outcome.outcome,
  outcome_detail: run.outcome,
  agents: run.agents,
  steps: run.steps,
  summary: null,
  attributions: [],
  annotations,
  replays: [],
});

describe("putting faults into successful runs of the coding team", () => {
  it("keeps and labels exactly the faults that made the run fail, in the run that holds them", async () => {
    let kept = 0;
    let survived = 0;
    for (const run of good) {
      const { injections } = await inject(run, [faultOperator("premature-termination"), faultOperator("schema-break")]);
      for (const { status, label, step, agent, replay } of injections) {
        if (status === "survived") {
          survived++;
          expect(replay).toMatchObject({ status: "success", intervention: { kind: "fault", step } });
          expect(label).toBeNull();
          continue;
        }
        expect(status).toBe("kept");
        kept++;
        if (label === null || replay === null) throw new Error("kept without a label");
        const broken = await recording.trajectory(label.trace_id);
        expect(broken).toMatchObject({ outcome: { outcome: "failure" }, replay_of: run.trajectory.trace_id });
        expect(label).toMatchObject({
          agent,
          step,
          evidence: "injected",
          verdict: "confirmed",
          replay_id: replay.replay_id,
        });
        expect([label.placebo_k, label.placebo_successes]).toEqual([1, 1]);
        const [before, after] = [run.trajectory, broken].map((each) => each.steps[label.step]);
        if (before === undefined || after === undefined) throw new Error("the labelled step is missing");
        expect(comparableAction(actionOf(after))).not.toBe(comparableAction(actionOf(before)));
        expect(broken.steps.slice(0, step).map(({ content }) => content)).toEqual(
          run.trajectory.steps.slice(0, step).map(({ content }) => content),
        );
        // What a tracer learns from shows neither that a fault was put there nor what this run was made from.
        const curated = curate(detailOf(broken, [{ ...label, project: "default" }]));
        if (!("record" in curated)) throw new Error(`left out: ${curated.left_out}`);
        expect(curated.record).toMatchObject({ mistake_agent: agent, mistake_step: label.step, evidence: "injected" });
        const { evidence: _evidence, evidence_detail: _detail, id: _id, ...shown } = curated.record;
        expect(JSON.stringify(shown)).not.toMatch(/inject|intervention|counterfactual|placebo|culprit|operator/i);
        expect(JSON.stringify(shown)).not.toContain(run.trajectory.trace_id);
      }
    }
    expect(kept).toBeGreaterThan(0);
    expect(survived).toBeGreaterThan(0);
  }, 120_000);

  it("does the same again with the same seed, and something else with another", async () => {
    const [run] = good;
    if (run === undefined) throw new Error("no run");
    const of = ({ injections }: InjectResult) =>
      injections.map(({ operator, step, status, replay }) => [operator, step, status, replay?.intervention.action]);
    const first = of(await inject(run, FAULT_OPERATORS, { seed: 5, steps: 3 }));
    expect(of(await inject(run, FAULT_OPERATORS, { seed: 5, steps: 3 }))).toEqual(first);
    expect(of(await inject(run, FAULT_OPERATORS, { seed: 6, steps: 3 }))).not.toEqual(first);
  }, 60_000);

  it("stops after the first fault that made the run fail, unless told to go on", async () => {
    for (const run of good) {
      const { injections } = await inject(run, [faultOperator("premature-termination")], { all: false });
      expect(injections.filter(({ status }) => status === "kept").length).toBeLessThanOrEqual(1);
      expect(injections.findIndex(({ status }) => status === "kept")).toBe(
        injections.some(({ status }) => status === "kept") ? injections.length - 1 : -1,
      );
    }
  }, 60_000);

  it("labels nothing when the fault was not served, the outcome is not known, or the budget ends", async () => {
    const [run] = good;
    if (run === undefined) throw new Error("no run");
    const elsewhere = TASKS.find(({ id }) => id !== run.task.id) ?? run.task;
    const cases: [Driver, number | undefined, string][] = [
      [driverOf(elsewhere), undefined, "invalid"],
      [async () => Promise.reject(new Error("no")), undefined, "unknown"],
      [
        async (context) => ({ ...(await driverOf(run.task)(context)), outcome: { success: null } }),
        undefined,
        "unknown",
      ],
      [driverOf(run.task), 1, "unknown"],
    ];
    for (const [driver, budget, status] of cases) {
      const options = { driver, steps: 1, ...(budget === undefined ? {} : { budget }) };
      const { injections } = await inject(run, FAULT_OPERATORS, options);
      expect(injections).toMatchObject([{ status, label: null }]);
    }
  }, 60_000);

  it("refuses a run that did not succeed", async () => {
    const [run] = good;
    if (run === undefined) throw new Error("no run");
    const failed: Trajectory = { ...run.trajectory, outcome: { ...run.trajectory.outcome, outcome: "failure" } };
    await expect(inject({ ...run, trajectory: failed }, FAULT_OPERATORS)).rejects.toThrow(/did not succeed/);
  });
});

describe("a fault written by a model", () => {
  it("is asked for over HTTP, checked, asked for again when it can't be used, and served", async () => {
    const [run] = good;
    if (run === undefined) throw new Error("no run");
    const model = await scriptedEndpoint((_request, call) => ({
      content:
        call === 1
          ? 'Sure! {"action": "I was asked to inject this.", "reason": "It is a fault."}'
          : '<think>…</think>{"action": "There is nothing to plan.", "arguments": [], "reason": "The plan is missing."}',
    }));
    const endpoint = createEndpoint({ url: model.url, model: "scripted-writer", maxRetries: 0 });
    const { trajectory } = run;
    const [step] = trajectory.steps;
    if (step === undefined) throw new Error("no step");
    const site = { trajectory, step, action: actionOf(step), random: seededRandom(1) };
    const fault = await modelOperator(endpoint).apply(site);
    expect(fault).toEqual({
      action: { content: "There is nothing to plan.", tool_calls: [] },
      reason: "The plan is missing.",
    });
    expect(model.requests).toHaveLength(2);
    expect(model.requests[0]?.seed).not.toBe(model.requests[1]?.seed);
    expect(model.requests[0]?.messages[1]?.content).toContain(step.content);
    const { injections } = await inject(run, [modelOperator(endpoint)], { steps: 1 });
    expect(injections[0]?.replay?.intervention).toMatchObject({ kind: "fault", oracle: "operator:model" });
    await model.close();
    await expect(inject(run, [modelOperator(endpoint)], { steps: 1 })).rejects.toThrow(/model wrote no fault/);
  }, 60_000);
});
