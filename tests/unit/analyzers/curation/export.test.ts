import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { curate, EXPORT_FORMATS, exportDataset, splitOf } from "@culprit/analyzers";
import { type DatasetRecord, datasetRecordSchema } from "@culprit/schemas";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pythonWith, runPython, TRAINING } from "./python.ts";
import { labelledRun } from "./runs.ts";

function record(number: number): DatasetRecord {
  const made = curate(labelledRun(number, { source: number % 2 === 0 ? "importer" : "" }));
  if (!("record" in made)) throw new Error(made.left_out);
  return made.record;
}

const records = Array.from({ length: 40 }, (_, index) => record(index + 1));
const held = records.filter((each) => splitOf(each.task_id) === "test").map((each) => each.id);

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "culprit-export-"));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const lines = (file: string): Record<string, unknown>[] =>
  readFileSync(join(out, file), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe.each(EXPORT_FORMATS)("an export as %s", (format) => {
  it("writes both splits, the reward, a card and a manifest, and leaves nothing temporary", async () => {
    const written = await exportDataset({ records, format, out, left_out: { contradictory_labels: 2 } });
    expect(written).toMatchObject({ format, out, train: 40 - held.length, test: held.length });
    expect(held.length).toBeGreaterThan(0);
    expect(readdirSync(out).sort()).toEqual([...written.files].sort());
    expect(readFileSync(join(out, "reward.py"))).toEqual(readFileSync(join(TRAINING, "reward.py")));
    expect(readFileSync(join(out, "README.md"), "utf8")).toContain("two labels of equal evidence");
    expect(JSON.parse(readFileSync(join(out, "dataset.json"), "utf8"))).toMatchObject({
      format,
      train: 40 - held.length,
      test: held.length,
      evidence: { counterfactual: 40 },
      agents: { Coder: 40 },
      sources: { importer: 20, live: 20 },
      left_out: { contradictory_labels: 2 },
    });
  });

  it("names the SHA-256 of every data file, those in folders too", async () => {
    const { files } = await exportDataset({ records, format, out });
    const data = files
      .filter((name) => /^(train|test)(\.(jsonl|parquet))?$/.test(name))
      .flatMap((name) =>
        name.includes(".") ? [name] : readdirSync(join(out, name)).map((document) => `${name}/${document}`),
      );
    const digest = (file: string) =>
      createHash("sha256")
        .update(readFileSync(join(out, file)))
        .digest("hex");
    const { sha256 } = JSON.parse(readFileSync(join(out, "dataset.json"), "utf8"));
    expect(sha256).toEqual(Object.fromEntries(data.map((file) => [file, digest(file)])));
    expect(data.length).toBeGreaterThanOrEqual(2);
  });

  it("replaces an earlier export whole", async () => {
    await exportDataset({ records, format, out });
    const written = await exportDataset({ records: records.slice(0, 5), format, out });
    expect(written.train + written.test).toBe(5);
    expect(readdirSync(out).sort()).toEqual([...written.files].sort());
    if (format === "who-and-when") expect(readdirSync(join(out, "train"))).toHaveLength(written.train);
  });
});

describe("verl", () => {
  it("is Parquet of verl's exact nested types, read back as written", async () => {
    await exportDataset({ records, format: "verl", out });
    const file = await asyncBufferFromFile(join(out, "test.parquet"));
    const tree = parquetSchema(await parquetMetadataAsync(file));
    const shape = (node: typeof tree): unknown =>
      node.children.length > 0
        ? { [`${node.element.name}`]: node.children.map(shape) }
        : `${node.element.name}:${node.element.converted_type ?? node.element.type}`;
    expect(shape(tree)).toEqual({
      root: [
        "data_source:UTF8",
        { prompt: [{ list: [{ element: ["role:UTF8", "content:UTF8"] }] }] },
        "ability:UTF8",
        { reward_model: ["style:UTF8", "ground_truth:UTF8"] },
        {
          extra_info: [
            "index:INT64",
            "split:UTF8",
            "trace_id:UTF8",
            "task_id:UTF8",
            "source:UTF8",
            "evidence:UTF8",
            "steps:INT64",
          ],
        },
      ],
    });
    const rows = await parquetReadObjects({ file });
    expect(rows.map((row) => row["extra_info"]["trace_id"])).toEqual(held);
    expect(rows[0]).toMatchObject({
      data_source: "culprit",
      prompt: [{ role: "system" }, { role: "user" }],
      ability: "failure-attribution",
      reward_model: { style: "rule" },
      extra_info: { index: 0n, split: "test", evidence: "counterfactual", steps: 4n },
    });
    expect(JSON.parse(rows[0]?.["reward_model"]["ground_truth"])).toEqual({ agent: "Coder", step: 1, schema: 1 });
  });

  it("writes an empty test split as a file of no rows and the same types", async () => {
    const train = records.filter((each) => !held.includes(each.id));
    const written = await exportDataset({ records: train, format: "verl", out });
    expect(written.test).toBe(0);
    const file = await asyncBufferFromFile(join(out, "test.parquet"));
    expect(await parquetReadObjects({ file })).toEqual([]);
    expect(readFileSync(join(out, "README.md"), "utf8")).toContain("The test split is empty");
  });

  it("is read by pyarrow with the same types", async (context) => {
    const python = pythonWith("pyarrow");
    if (python === undefined) {
      console.error("skipped: pyarrow is not installed; hyparquet alone read the Parquet back");
      return context.skip();
    }
    await exportDataset({ records, format: "verl", out });
    const said = runPython(
      python,
      `import json, pyarrow.parquet as pq
table = pq.read_table(${JSON.stringify(join(out, "train.parquet"))})
print(json.dumps([table.num_rows, {name: str(table.schema.field(name).type) for name in table.column_names}]))`,
    );
    expect(said).toEqual([
      40 - held.length,
      {
        data_source: "string",
        prompt: "list<element: struct<role: string, content: string>>",
        ability: "string",
        reward_model: "struct<style: string, ground_truth: string>",
        extra_info:
          "struct<index: int64, split: string, trace_id: string, task_id: string, source: string, evidence: string, steps: int64>",
      },
    ]);
  });
});

describe("trl", () => {
  it("is a conversational prompt and the columns the reward reads", async () => {
    await exportDataset({ records, format: "trl", out });
    const [row] = lines("test.jsonl");
    expect(row).toMatchObject({ agent: "Coder", step: 1, evidence: "counterfactual", trace_id: held[0] });
    expect(row?.["prompt"]).toMatchObject([{ role: "system" }, { role: "user" }]);
  });
});

describe("who-and-when", () => {
  it("is one document a run, with the step a 0-based string that points at the blamed speaker", async () => {
    await exportDataset({ records, format: "who-and-when", out });
    const document = JSON.parse(readFileSync(join(out, "test", `${held[0]}.json`), "utf8"));
    expect(document).toMatchObject({ is_correct: false, mistake_agent: "Coder", mistake_step: "1" });
    expect(document.history[Number(document.mistake_step)]).toMatchObject({ name: "Coder", role: "assistant" });
    expect(document.history[2]).toMatchObject({ name: "run_tests", role: "user" });
  });
});

describe("jsonl", () => {
  it("is the canonical record, which the schema accepts", async () => {
    await exportDataset({ records, format: "jsonl", out });
    const all = [...lines("train.jsonl"), ...lines("test.jsonl")];
    expect(all).toHaveLength(40);
    for (const row of all) expect(datasetRecordSchema.safeParse(row).success).toBe(true);
  });
});

describe("an export that cannot be", () => {
  it("says that nothing matched, and why runs were left out", async () => {
    const nothing = exportDataset({ records: [], format: "trl", out, left_out: { earliest_not_proven: 3 } });
    await expect(nothing).rejects.toMatchObject({
      code: "export_nothing",
      mend: expect.stringContaining("3 left out"),
    });
    expect(readdirSync(out)).toEqual([]);
  });

  it("refuses a directory that holds another format, a file, and a share that leaves nothing", async () => {
    await exportDataset({ records, format: "trl", out });
    await expect(exportDataset({ records, format: "jsonl", out })).rejects.toMatchObject({
      code: "export_other_format",
    });
    const file = join(out, "reward.py");
    await expect(exportDataset({ records, format: "trl", out: file })).rejects.toMatchObject({
      code: "export_not_a_directory",
    });
    await expect(exportDataset({ records, format: "trl", out, testShare: 1 })).rejects.toMatchObject({
      code: "export_bad_share",
    });
  });

  it("leaves the earlier export alone when a record is broken", async () => {
    await exportDataset({ records, format: "trl", out });
    const before = readFileSync(join(out, "dataset.json"), "utf8");
    const broken = { ...record(99), mistake_step: 77 };
    await expect(exportDataset({ records: [broken], format: "trl", out })).rejects.toMatchObject({
      code: "export_bad_record",
      message: expect.stringContaining(broken.id),
    });
    expect(readFileSync(join(out, "dataset.json"), "utf8")).toBe(before);
  });

  it("leaves no half file when writing fails midway, and the earlier export as it was", async () => {
    const unwritable = [...records, { ...record(41), id: "a name too long for a file ".repeat(20) }];
    const failing = () => exportDataset({ records: unwritable, format: "who-and-when", out });
    await expect(failing()).rejects.toMatchObject({ code: "export_write_failed" });
    expect(readdirSync(out)).toEqual([]);

    const { files } = await exportDataset({ records: records.slice(0, 5), format: "who-and-when", out });
    await expect(failing()).rejects.toMatchObject({ code: "export_write_failed" });
    expect(readdirSync(out).sort()).toEqual([...files].sort());
    expect([...readdirSync(join(out, "train")), ...readdirSync(join(out, "test"))]).toHaveLength(5);
  });

  it("does not touch a folder that no export made", async () => {
    mkdirSync(join(out, "train", "mine"), { recursive: true });
    await expect(exportDataset({ records, format: "who-and-when", out })).rejects.toMatchObject({
      code: "export_in_the_way",
    });
    expect(readdirSync(out)).toEqual(["train"]);
    expect(readdirSync(join(out, "train"))).toEqual(["mine"]);
  });

  it.each(["README.md", "reward.py", "train.jsonl", "dataset.json"])(
    "does not touch a %s of one's own",
    async (name) => {
      writeFileSync(join(out, name), "{}");
      await expect(exportDataset({ records, format: "jsonl", out })).rejects.toMatchObject({
        code: "export_in_the_way",
        message: expect.stringContaining(join(out, name)),
        mend: expect.stringContaining("another directory"),
      });
      expect(readdirSync(out)).toEqual([name]);
      expect(readFileSync(join(out, name), "utf8")).toBe("{}");
    },
  );

  it("makes the directories that are missing, and says so where none can be made", async (context) => {
    const deep = join(out, "a", "b", "c");
    await exportDataset({ records, format: "jsonl", out: deep });
    expect(existsSync(join(deep, "dataset.json"))).toBe(true);
    const under = exportDataset({ records, format: "jsonl", out: join(deep, "reward.py", "x", "y") });
    await expect(under).rejects.toMatchObject({ code: "export_write_failed", mend: expect.any(String) });
    if (!existsSync("/proc/self")) {
      console.error("skipped: there is no /proc, where making a directory fails as if its parent were missing");
      return context.skip();
    }
    await expect(exportDataset({ records, format: "jsonl", out: "/proc/culprit/x" })).rejects.toMatchObject({
      code: "export_write_failed",
      message: expect.stringContaining("/proc/culprit"),
    });
  }, 10_000);
});
