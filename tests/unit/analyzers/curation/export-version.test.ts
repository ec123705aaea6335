import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { curate, exportDataset, openVersion } from "@culprit/analyzers";
import type { DatasetRecord } from "@culprit/schemas";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { annotation, labelledRun } from "./runs.ts";

let directory: string;
let version: string;
let out: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "culprit-version-"));
  version = join(directory, "version");
  out = join(directory, "out");
  mkdirSync(version);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Ten runs of five tasks, two of them held out; who broke them and where differs. */
const records = Array.from({ length: 10 }, (_, at): DatasetRecord => {
  const run = labelledRun(at + 1, { task_id: `task-${at >> 1}` });
  if (at % 2 === 0) run.annotations = [annotation(run, { agent: "Planner", step: 0, evidence: "injected" })];
  const made = curate(run);
  if (!("record" in made)) throw new Error(made.left_out);
  return { ...made.record, split: at >> 1 > 2 ? "test" : "train" };
});

function write(rows: readonly unknown[], counts = { records: rows.length }): void {
  writeFileSync(join(version, "records.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const manifest = { format: "curated", name: "ours", version: 3, hash: "ab".repeat(32), counts };
  writeFileSync(join(version, "dataset.json"), JSON.stringify(manifest));
}

async function exported() {
  const { origin, records } = await openVersion(version);
  return await exportDataset({ records, from: origin, format: "trl", out });
}

describe("an export of a curated version", () => {
  it("keeps the version's splits, and says in its manifest what it was made from", async () => {
    write(records);
    expect(await exported()).toMatchObject({ train: 6, test: 4, warnings: [] });
    expect(JSON.parse(readFileSync(join(out, "dataset.json"), "utf8"))).toMatchObject({
      schema_version: 1,
      prompt_version: expect.stringMatching(/^[0-9a-f]{12}$/),
      from: { name: "ours", version: 3, hash: "ab".repeat(32) },
      tasks: { train: 3, test: 2 },
    });
  });

  const bad: [string, () => void, string, RegExp][] = [
    ["is not there", () => {}, "dataset_not_found", /culprit curate again/],
    ["ends too early", () => write(records.slice(0, 4), { records: 10 }), "dataset_broken", /holds 4 records.*says 10/],
    ["has a line that is no record", () => write([...records, { id: "x" }]), "dataset_broken", /Line 11/],
    [
      "labels one run twice, differently",
      () => write([...records, { ...records[1], mistake_agent: "Planner", mistake_step: 0 }]),
      "export_contradiction",
      /labels that disagree; the later one blames Planner at step 0/,
    ],
    ["holds one run twice", () => write([...records, records[1]]), "export_contradiction", /twice/],
    [
      "has a task in both splits",
      () => write([...records, { ...records[0], id: "f".repeat(32), split: "test" }]),
      "export_split_leak",
      /task-0 is in both splits/,
    ],
    [
      "blames somebody for another's step",
      () => write([{ ...records[0], mistake_agent: "Coder" }]),
      "export_bad_record",
      /taken by Planner, not by Coder/,
    ],
  ];
  it.each(bad)("that %s says so, says what to do, and publishes nothing", async (_name, make, code, said) => {
    make();
    const error = await exported().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, mend: expect.any(String) });
    const { message, mend } = error as { message: string; mend: string };
    expect(`${message} ${mend}`).toMatch(said);
    expect(readdirSync(directory)).not.toContain("out/dataset.json");
    expect(readdirSync(directory).includes("out") ? readdirSync(out) : []).toEqual([]);
  });
});

describe("a set that teaches nothing", () => {
  it("of one agent, one step, one evidence, or without a split is exported with a warning for each", async () => {
    const same = records.filter((record) => record.mistake_agent === "Coder").slice(0, 2);
    write(same);
    const { warnings } = await exported();
    expect(warnings).toEqual([
      expect.stringMatching(/test split is empty/),
      expect.stringMatching(/Every record blames Coder/),
      expect.stringMatching(/Every record blames step 1/),
      expect.stringMatching(/Every label is a replayed failure.*culprit inject/),
    ]);
    const card = readFileSync(join(out, "README.md"), "utf8");
    for (const warning of warnings) expect(card).toContain(warning.slice(0, 20));
  });
});

describe("an export that is killed", () => {
  it("leaves nothing under a final name, and the next one clears what it left", async () => {
    const module = pathToFileURL(join(import.meta.dirname, "../../../../analyzers/dist/index.js")).href;
    // Never ends: it can only be killed midway.
    const program = `import { exportDataset } from ${JSON.stringify(module)};
const record = ${JSON.stringify(records[0])};
async function* endless() {
  for (let at = 0; ; at++) {
    if (at === 2500) process.stdout.write("midway");
    yield { ...record, id: String(at), task_id: String(at) };
    if (at > 2500) await new Promise((done) => setTimeout(done, 50));
  }
}
await exportDataset({ records: endless(), format: "verl", out: ${JSON.stringify(out)} });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    await Promise.race([once(child.stdout, "data"), ended]);
    child.kill("SIGKILL");
    await ended;

    const left = readdirSync(out);
    expect(left).toEqual([expect.stringMatching(/^\.export-/)]);
    expect(readdirSync(join(out, left[0] ?? ""))).toContain("train.parquet");

    write(records);
    const { origin, records: rows } = await openVersion(version);
    const { files } = await exportDataset({ records: rows, from: origin, format: "verl", out });
    expect(readdirSync(out).sort()).toEqual([...files].sort());
  }, 90_000);
});
