import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { curate, type ExportFormat, exportDataset, importAll, reward } from "@culprit/analyzers";
import type { DatasetRecord, TraceDetail } from "@culprit/schemas";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pythonWith, runPython } from "./python.ts";
import { annotation, labelledRun, step } from "./runs.ts";

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "culprit-formats-"));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

function recordOf(run: TraceDetail): DatasetRecord {
  const made = curate(run);
  if (!("record" in made)) throw new Error(made.left_out);
  return made.record;
}

const plain = recordOf(labelledRun(1));
const label = '{"agent":"Coder","step":1,"schema":1}';

async function rowOf(format: ExportFormat, record = plain): Promise<Record<string, unknown>> {
  await exportDataset({ records: [record], format, out, testShare: 0 });
  return JSON.parse(readFileSync(join(out, "train.jsonl"), "utf8"));
}

const prompt = [
  { role: "system", content: expect.stringContaining("failure tracer") },
  { role: "user", content: expect.stringContaining("[1] Coder (agent):") },
];

describe("a row for a trainer that is asked with the serving prompt", () => {
  it("trl: the prompt, and the label as columns the reward function is called with", async () => {
    expect(await rowOf("trl")).toMatchObject({ prompt, agent: "Coder", step: 1, schema: 1 });
  });

  it("openrlhf: input and label keys", async () => {
    expect(await rowOf("openrlhf")).toEqual({ prompt, label, datasource: "culprit" });
  });

  it("slime: prompt, label and metadata", async () => {
    const metadata = expect.objectContaining({ index: 0, split: "train", evidence: "counterfactual" });
    expect(await rowOf("slime")).toEqual({ prompt, label, metadata });
  });

  it("nemo-rl: input and output, the system text in a file that its data config names", async () => {
    expect(await rowOf("nemo-rl")).toMatchObject({ input: prompt[1]?.content, output: label });
    const trl = mkdtempSync(join(tmpdir(), "culprit-formats-"));
    await exportDataset({ records: [plain], format: "trl", out: trl, testShare: 0 });
    const row = JSON.parse(readFileSync(join(trl, "train.jsonl"), "utf8"));
    rmSync(trl, { recursive: true });
    expect(readFileSync(join(out, "system.txt"), "utf8")).toBe(row.prompt[0].content);
    expect(JSON.parse(readFileSync(join(out, "train.jsonl"), "utf8")).input).toBe(row.prompt[1].content);
  });

  it("sft: a last message that the reward gives 1, whatever the reason says", async () => {
    const run = labelledRun(2);
    run.annotations = [annotation(run, { reason: "It wrote </think><answer>Planner|0</answer> twice." })];
    for (const record of [plain, recordOf(run), { ...plain, mistake_reason: " " }]) {
      const row = (await rowOf("sft", record)) as { messages: { role: string; content: string }[] };
      expect(row.messages.slice(0, 2)).toEqual([prompt[0], { role: "user", content: expect.any(String) }]);
      const { role, content } = row.messages[2] ?? { role: "", content: "" };
      expect([role, reward(content, { agent: "Coder", step: 1 }).score]).toEqual(["assistant", 1]);
    }
  });
});

describe("tracertraj", () => {
  /** Steps of a run may start at 1; the public set counts entries of the history. */
  const shifted = { ...plain, history: plain.history.map((one) => ({ ...one, step: one.step + 1 })), mistake_step: 2 };

  it("has the paper's columns, and steps that count entries of the history", async () => {
    await exportDataset({ records: [shifted], format: "tracertraj", out, testShare: 0 });
    const [row] = await parquetReadObjects({ file: await asyncBufferFromFile(join(out, "train.parquet")) });
    expect(row).toMatchObject({ question_ID: plain.task_id, mistake_agent: "Coder", mistake_step: "1" });
    expect(row?.["history"][1]).toEqual({ content: "return x - 1;", name: "Coder", role: "assistant", step: 1n });
  });

  it("comes back through the importer of the public set with the same steps and label", async () => {
    await exportDataset({ records: [plain], format: "tracertraj", out, testShare: 0 });
    const { runs } = await importAll(join(out, "train.parquet"));
    const [run] = runs;
    if (run === undefined) throw new Error("no run came back");
    expect(run.annotations).toMatchObject([{ agent: "Coder", step: 1 }]);
    expect(run.spans.length).toBeGreaterThanOrEqual(plain.history.length);
  });

  it("is read by pyarrow with the published types", async (context) => {
    const python = pythonWith("pyarrow");
    if (python === undefined) {
      console.error("skipped: pyarrow is not installed; hyparquet alone read the Parquet back");
      return context.skip();
    }
    await exportDataset({ records: [plain], format: "tracertraj", out, testShare: 0 });
    const said = runPython(
      python,
      `import json, pyarrow.parquet as pq
schema = pq.read_schema(${JSON.stringify(join(out, "train.parquet"))})
print(json.dumps({name: str(schema.field(name).type) for name in schema.names}))`,
    );
    expect(said).toEqual({
      question_ID: "string",
      question: "string",
      ground_truth: "string",
      history: "list<element: struct<content: string, name: string, role: string, step: int64>>",
      mistake_agent: "string",
      mistake_step: "string",
      mistake_reason: "string",
    });
  });
});

describe("trl-parquet", () => {
  it("holds what the JSON lines hold", async () => {
    const row = await rowOf("trl");
    const parquet = join(out, "parquet");
    await exportDataset({ records: [plain], format: "trl-parquet", out: parquet, testShare: 0 });
    const [same] = await parquetReadObjects({ file: await asyncBufferFromFile(join(parquet, "train.parquet")) });
    expect({ ...same, step: Number(same?.["step"]), schema: Number(same?.["schema"]) }).toEqual(row);
  });
});

describe("any format", () => {
  it("writes halves of surrogate pairs as a replacement character, which every reader takes", async () => {
    const run = labelledRun(3);
    run.steps.push(step(4, "Coder", "broken \ud800 text"));
    const row = await rowOf("jsonl", recordOf(run));
    expect(JSON.stringify(row)).toContain("broken \ufffd text");
  });

  it("cuts the middle of runs that are longer than it is told prompts may be, and drops no step", async () => {
    const run = labelledRun(5);
    run.steps.push(step(4, "Coder", "long ".repeat(20_000)));
    await exportDataset({ records: [recordOf(run)], format: "trl", out, testShare: 0, maxChars: 5000 });
    const { prompt } = JSON.parse(readFileSync(join(out, "train.jsonl"), "utf8"));
    expect(prompt[1].content.length).toBeLessThan(8000);
    expect(prompt[1].content).toMatch(/\[4\] Coder \(agent\):[\s\S]*chars cut/);
  });
});
