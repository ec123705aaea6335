import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evaluate, plotReport, renderReport } from "@culprit/analyzers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { syntheticRows, writeTracerTraj } from "../importers/tracertraj-file.ts";
import { syntheticTrace } from "../importers/trail-file.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "culprit-sets-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const write = (path: string, value: unknown) => {
  const file = join(directory, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value));
  return file;
};
const stage = (incorrect: number[], unuseful: number[] = []) => ({
  stage_id: 1,
  incorrect_step_ids: incorrect,
  unuseful_step_ids: unuseful,
  reasoning: "",
});

describe("tracertraj", () => {
  it("is scored from the Parquet file, beside its baselines", async () => {
    const data = join(directory, "tracertraj.parquet");
    writeTracerTraj(data, syntheticRows(12));
    const report = await evaluate({ benchmark: "tracertraj", data, folds: 3 });
    expect(report).toMatchObject({ benchmark: "tracertraj", setting: "in-distribution", warnings: [] });
    expect(report.subsets["tracertraj"]?.n).toBe(12);
    expect(report.baselines["random"]?.subsets["tracertraj"]?.step).toBeCloseTo(1 / 5);
    const predictions = write("tracertraj.json", { "kodcode-0": { agent: "Engineer", step: 1 } });
    const scored = await evaluate({ benchmark: "tracertraj", data, predictions });
    expect(scored.subsets["tracertraj"]?.step.accuracy).toBeCloseTo(1 / 12);
  });
});

describe("codetracebench", () => {
  it("scores sets of wrong steps by trajectory, macro and micro", async () => {
    write("ctb/one/codetracer_labels.json", [stage([2, 3]), stage([7], [9])]);
    write("ctb/two/codetracer_labels.json", [stage([1])]);
    write("ctb/three/codetracer_labels.json", [stage([])]);
    const predictions = write("said.json", { one: [stage([3, 4])], two: [stage([1])], elsewhere: [stage([1])] });
    const report = await evaluate({ benchmark: "codetracebench", data: join(directory, "ctb"), predictions });
    const own = report.subsets["codetracebench"];
    // one: 1 of 2 named, 1 of 3 found; two: all; three: nothing wrong, nothing named.
    expect(own?.n).toBe(3);
    expect(own?.precision).toBeCloseTo((1 / 2 + 1 + 1) / 3);
    expect(own?.recall).toBeCloseTo((1 / 3 + 1 + 1) / 3);
    expect(own?.f1).toBeCloseTo((0.4 + 1 + 1) / 3);
    expect(own?.micro).toEqual({ precision: 2 / 3, recall: 2 / 4, f1: 4 / 7 });
    expect(own?.no_prediction).toBe(1);
    expect(report.baselines["nothing"]?.subsets["codetracebench"]?.f1).toBeCloseTo(1 / 3);
    expect(report.warnings).toEqual([
      "1 of 3 trajectories have no prediction; theirs is the empty set.",
      "1 predictions are of trajectories that are not in the data.",
    ]);
    expect(renderReport(report)).toMatch(/\| \*\*said\.json\*\* \| 3 /);
    expect(plotReport(report)).toContain("F1 of incorrect steps");
  });

  it("reads rows with the published columns, the agent as the subset", async () => {
    const rows = [
      { traj_id: "a", agent: "swe-agent", step_count: 4, incorrect_stages: JSON.stringify([stage([4])]) },
      { traj_id: "b", agent: "openhands", step_count: 2, incorrect_stages: [stage([1, 2])] },
    ];
    const data = write("rows.jsonl", rows.map((row) => JSON.stringify(row)).join("\n"));
    const report = await evaluate({ benchmark: "codetracebench", data, predictions: data });
    expect(Object.entries(report.subsets).map(([subset, { f1 }]) => [subset, f1])).toEqual([
      ["openhands", 1],
      ["swe-agent", 1],
    ]);
    // Step 4, counted from 1, is the last of four.
    expect(report.baselines["last_step"]?.subsets["swe-agent"]).toEqual({ precision: 1, recall: 1, f1: 1 });
    expect(report.baselines["every_step"]?.subsets["swe-agent"]).toMatchObject({ precision: 1 / 4, recall: 1 });
  });

  /** A mini-SWE-agent trajectory of a look, a wrong change, a failing test, and handing in. */
  const trajectory = (task: string) => {
    const turn = (command: string, code: number, output: string) => [
      { role: "assistant", content: `THOUGHT: next.\n\n\`\`\`bash\n${command}\n\`\`\`` },
      { role: "user", content: `<returncode>${code}</returncode>\n<output>\n${output}\n</output>` },
    ];
    return {
      info: { exit_status: "Submitted", submission: "" },
      messages: [
        { role: "system", content: "You are a helpful assistant." },
        { role: "user", content: task },
        ...turn("cat a.py", 0, "def f(): return 1"),
        ...turn("cat a.py", 0, "def f(): return 1"),
        ...turn("sed -i 's/return 1/return 2/' a.py", 0, ""),
        ...turn("pytest", 1, "FAILED t/test_a.py::test_f - assert 2 == 3\n===== 1 failed in 0.01s ====="),
        ...turn("git checkout -- a.py", 0, ""),
        ...turn("echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT", 0, ""),
      ],
    };
  };

  it("scores the rules on trajectories that lie beside their labels, useless steps and cost apart", async () => {
    write("bench/django-1/mini.traj.json", trajectory("Let f return 3."));
    write("bench/django-2/agent-logs/mini.traj.json", trajectory("Let f return 4."));
    const labels = (traj_id: string, incorrect: number[]) => ({
      traj_id,
      agent: "mini-SWE-agent",
      solved: false,
      step_count: 6,
      incorrect_stages: [stage(incorrect, [2])],
    });
    write(
      "bench/manifest.jsonl",
      [labels("django-1", [3]), labels("django-2", [3, 5])].map((row) => JSON.stringify(row)).join("\n"),
    );
    const report = await evaluate({ benchmark: "codetracebench", data: join(directory, "bench") });
    expect(report).toMatchObject({ strategy: "rules", setting: "zero-shot", warnings: [] });
    const own = report.subsets["mini-SWE-agent"];
    expect(own?.n).toBe(2);
    expect(own?.recall).toBeGreaterThanOrEqual(0.75);
    expect(own?.unuseful.recall).toBe(1);
    expect(own?.cost).toMatchObject({ input_tokens: 0, output_tokens: 0, price: null });
    // Steps 3 and 5, counted from 1, are the changes.
    const baseline = (name: string) => report.baselines[name]?.subsets["mini-SWE-agent"];
    expect(baseline("first_change")).toEqual({ precision: 1, recall: 0.75, f1: (1 + 2 / 3) / 2 });
    expect(baseline("every_change")?.recall).toBe(1);
    expect(baseline("random_step")?.precision).toBeCloseTo((1 / 6 + 2 / 6) / 2);
    expect(renderReport(report)).toContain("unuseful F1 %");
  });

  it("reads the labels of every profile, and what they cost", async () => {
    const truth = { traj_id: "one", step_count: 3, incorrect_stages: [stage([2], [1])] };
    const data = write("profiles/truth.json", [truth]);
    const verdict = (step_id: number, own: string) => ({
      step_id,
      verdict: own,
      deviation_type: "none",
      correct_alternative: "",
      impact_severity: "none",
      reasoning: "",
      reward_signal: 0,
    });
    const documents = {
      "codetracer_labels.json": [stage([2], [1])],
      "codetracer_analysis.json": {
        root_cause_chain: [],
        critical_decision_points: [],
        correct_strategy: "",
        stage_labels: [stage([2], [1])],
        summary: "",
      },
      "codetracer_rl_feedback.json": [verdict(1, "unuseful"), verdict(2, "incorrect"), verdict(3, "correct")],
    };
    for (const [file, document] of Object.entries(documents)) {
      const predictions = join(directory, "said", file.slice(0, -5));
      write(`said/${file.slice(0, -5)}/one/${file}`, document);
      const spent = {
        id: "one",
        trace_id: "",
        status: "diagnosed",
        key: "k",
        code: "",
        reason: "",
        input_tokens: 700,
        output_tokens: 30,
        cost: 0.5,
        seconds: 2,
      };
      write(`said/${file.slice(0, -5)}/diagnoses.jsonl`, JSON.stringify(spent));
      const own = (await evaluate({ benchmark: "codetracebench", data, predictions })).subsets["codetracebench"];
      expect(own).toMatchObject({
        f1: 1,
        unuseful: { f1: 1 },
        cost: { input_tokens: 700, output_tokens: 30, price: 0.5, seconds: 2 },
      });
    }
  });

  it("needs predictions, and labels", async () => {
    const data = write("ctb/one/codetracer_labels.json", [stage([2])]);
    await expect(evaluate({ benchmark: "codetracebench", data })).rejects.toMatchObject({ code: "predictions_needed" });
    const empty = { benchmark: "codetracebench" as const, data: write("no.json", { a: 1 }), predictions: data };
    await expect(evaluate(empty)).rejects.toMatchObject({ code: "benchmark_empty" });
  });
});

describe("trail", () => {
  const error = (category: string, location: string | undefined) => ({ category, location });
  let ids: string[];
  beforeAll(() => {
    const one = syntheticTrace("aaaa");
    const two = syntheticTrace("bbbb");
    ids = [...one.ids, ...two.ids];
    write("trail/data/GAIA/aaaa.json", one.trace);
    write("trail/data/GAIA/bbbb.json", two.trace);
    write("trail/processed_annotations_gaia/aaaa.json", {
      errors: [error("Tool-related", ids[3]), error("Goal Deviation", ids[4])],
    });
    write("trail/processed_annotations_gaia/bbbb.json", { errors: [error("Goal Deviation", ids[7])] });
  });

  it("scores location, location with category, and the categories of each trace", async () => {
    const folder = "trail-said";
    write(`${folder}/aaaa.json`, { errors: [error("tool related", ids[3]), error("Formatting", ids[0])] });
    write(`${folder}/bbbb.json`, { errors: [error("Formatting", ids[7])] });
    const predictions = join(directory, folder);
    const report = await evaluate({ benchmark: "trail", data: join(directory, "trail"), predictions });
    const own = report.subsets["gaia"];
    expect(own).toMatchObject({ n: 2, no_prediction: 0 });
    expect(own?.location).toBeCloseTo((1 / 2 + 1) / 2);
    expect(own?.joint).toBeCloseTo((1 / 2 + 0) / 2);
    expect(own?.location_precision).toBeCloseTo((1 / 2 + 1) / 2);
    // Goal Deviation: support 2, F1 0; Tool-related: support 1, F1 1.
    expect(own?.category_f1).toBeCloseTo(1 / 3);
    expect(renderReport(report)).toContain("joint %");
  });

  it("takes a strategy's step as one location without a category", async () => {
    const report = await evaluate({ benchmark: "trail", data: join(directory, "trail"), strategy: "ranker" });
    const own = report.subsets["gaia"];
    expect(own).toMatchObject({ n: 2, no_prediction: 0, joint: 0, category_f1: null });
    expect(report.setting).toBe("transfer");
    // aaaa is wrong at the tool and the second call, bbbb at the first call.
    expect(report.baselines["first_agent_step"]?.subsets["gaia"]?.location).toBeCloseTo((0 + 1) / 2);
    expect(report.baselines["every_agent_step"]?.subsets["gaia"]?.location).toBeCloseTo((1 / 2 + 1) / 2);
    expect(report.baselines["random_agent_step"]?.subsets["gaia"]?.location).toBeCloseTo((1 / 4 + 1 / 2) / 2);
  });
});
