import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evaluate, renderReport } from "@culprit/analyzers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failureLog, writeLogs } from "./failure-logs.ts";

let directory: string;
let data: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "culprit-predictions-"));
  data = join(directory, "set");
  writeLogs(join(data, "algorithm-generated"), {
    "1.json": failureLog("1", ["Alpha", "Blu-Ray_Expert"], 1),
    "2.json": failureLog("2", ["Alpha", "Beta"], 2),
  });
  writeLogs(join(data, "hand-crafted"), {
    "1.json": {
      ...failureLog("3", ["Orchestrator"], 1),
      history: ["human", "Orchestrator (thought)", "WebSurfer"].map((role) => ({ role, content: role })),
      mistake_agent: "Orchestrator",
    },
  });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let written = 0;
const file = (content: unknown) => {
  const path = join(directory, `predictions ${written++}`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};
const score = async (predictions: string, on = data) => {
  const report = await evaluate({ benchmark: "who-and-when", data: on, predictions });
  const rates = Object.fromEntries(
    Object.entries(report.subsets).map(([subset, own]) => [subset, [own.agent.accuracy, own.step.accuracy]]),
  );
  return { ...rates, warnings: report.warnings, setting: report.setting };
};
const RIGHT = { "algorithm-generated": [1, 1], "hand-crafted": [1, 1] };
const all = [
  { path: "algorithm-generated/1.json", agent: "Blu-Ray_Expert", step: 1 },
  { path: "algorithm-generated/2.json", agent: "Alpha", step: 2 },
  { path: "hand-crafted/1.json", agent: "Orchestrator (thought)", step: "1" },
];

describe("predictions of somebody else", () => {
  it("are read from an array, a map, JSON lines and our own attribute --json", async () => {
    expect(await score(file(all))).toEqual({ ...RIGHT, warnings: [], setting: "predictions" });
    expect(await score(file(Object.fromEntries(all.map(({ path, ...own }) => [path, own]))))).toMatchObject(RIGHT);
    expect(await score(file(all.map((one) => JSON.stringify(one)).join("\n")))).toMatchObject(RIGHT);
    const attributions = all.map((one) => ({ ...one, path: join(data, one.path), status: "attributed" }));
    expect(await score(file({ attributions }))).toMatchObject(RIGHT);
    const byTask = [
      { task_id: "task-1", agent: "Blu-Ray_Expert", step: 1 },
      { question_ID: "task-2", predicted_agent: "Alpha", predicted_step: "2" },
      { id: "task-3", mistake_agent: "Orchestrator", mistake_step: 1 },
    ];
    expect(await score(file(byTask))).toMatchObject(RIGHT);
  });

  it("are read from a published log for their meaning: bold labels, whole names", async () => {
    const log = all
      .map(
        ({ path, agent, step }) => `Prediction for ${path}:\n**Agent Name:** ${agent}\n**Step Number:** Step ${step}\n`,
      )
      .join("\n==========\n");
    expect(await score(file(log))).toMatchObject(RIGHT);
  });

  it("are read from a directory of one file a subset", async () => {
    const folder = join(directory, "by subset");
    mkdirSync(folder, { recursive: true });
    const log = (agent: string, step: number) => `Prediction for 1.json:\nAgent Name: ${agent}\nStep Number: ${step}\n`;
    writeFileSync(join(folder, "algorithm-generated.txt"), log("Blu-Ray_Expert", 1));
    writeFileSync(join(folder, "hand-crafted.txt"), log("Orchestrator", 1));
    expect(await score(folder)).toMatchObject({ "algorithm-generated": [0.5, 0.5], "hand-crafted": [1, 1] });
  });

  it("count a run without a prediction as wrong and say what fits nothing", async () => {
    const result = await score(file([all[0], { path: "99.json", agent: "Alpha", step: 1 }, { agent: "nobody's" }]));
    expect(result).toMatchObject({ "algorithm-generated": [0.5, 0.5], "hand-crafted": [0, 0] });
    expect(result.warnings).toEqual([
      "1 predictions name no run, agent or step that can be read.",
      "1 predictions are of runs that are not in the data.",
      "2 of 3 runs have no prediction; they count as wrong.",
    ]);
  });

  it("that fit runs of two subsets are refused, and are clear once one subset is named", async () => {
    const bare = file([{ path: "1.json", agent: "Orchestrator", step: 1 }]);
    await expect(score(bare)).rejects.toMatchObject({
      code: "predictions_ambiguous",
      mend: expect.stringContaining("hand-crafted/1.json"),
    });
    expect(await score(bare, join(data, "hand-crafted"))).toMatchObject({ "hand-crafted": [1, 1] });
  });

  it("are refused when they are no predictions", async () => {
    await expect(score(join(directory, "nowhere"))).rejects.toMatchObject({ code: "predictions_unreadable" });
    await expect(score(file("hello"))).rejects.toMatchObject({ code: "predictions_unreadable" });
    const path = join(directory, "latin");
    writeFileSync(path, Buffer.from([0xff, 0xfe, 0x41]));
    await expect(score(path)).rejects.toMatchObject({ code: "predictions_unreadable" });
  });

  it("are hostile: names that are keys of objects, and markup", async () => {
    const hostile =
      '[{"path":"__proto__","agent":"__proto__","step":1},{"path":"hand-crafted/1.json","agent":"a|b\\u001b[31m","step":1e99}]';
    const report = await evaluate({ benchmark: "who-and-when", data, predictions: file(hostile) });
    expect(report.subsets["hand-crafted"]?.no_blame).toBe(1);
    expect(renderReport(report)).not.toContain("\u001b");
  });

  it("are not trained and are not a strategy", async () => {
    const base = { benchmark: "who-and-when" as const, data, predictions: file(all) };
    await expect(evaluate({ ...base, folds: 2 })).rejects.toMatchObject({ code: "strategy_not_trainable" });
    await expect(evaluate({ ...base, strategy: "ranker" })).rejects.toMatchObject({ code: "evaluation_impossible" });
  });
});
