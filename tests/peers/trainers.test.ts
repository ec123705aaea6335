import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ExportFormat, exportDataset } from "@culprit/analyzers";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { syntheticRecords } from "../../bench/export/synthetic-records.ts";
import { runTrainer, TRAINING, trainerPython } from "./trainers.ts";

let python: string | undefined;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "culprit-trainers-"));
  python = await trainerPython();
}, 900_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function exported(format: ExportFormat): Promise<string> {
  const out = join(directory, format);
  await exportDataset({ records: syntheticRecords(60), format, out });
  return out;
}

function pythonOrSkip(context: TestContext): string {
  return python ?? context.skip("no Python environment with the trainers");
}

const prompt = [
  { role: "system", content: expect.stringContaining("failure tracer") },
  { role: "user", content: expect.stringContaining("<run>") },
];

describe("verl 0.9.1", () => {
  it("loads the Parquet with its own dataset class, and its own reward manager scores with the exported reward", async (context) => {
    const out = await exported("verl");
    expect(runTrainer(pythonOrSkip(context), "verl_loads.py", [out])).toEqual({
      rows: 52,
      truth: { agent: expect.any(String), step: expect.any(Number), schema: 1 },
      prompt,
      rewards: [1, 1, 0],
      logged: ["r_agent", "r_format", "r_step", "score"],
    });
  }, 300_000);

  it("takes every setting of train_verl.sh, and clips by the step of the training", async (context) => {
    const env = pythonOrSkip(context);
    const out = await exported("verl");
    const settings = execFileSync("bash", [join(out, "train_verl.sh"), out, "--print"], { encoding: "utf8" });
    const said = runTrainer(env, "verl_settings.py", [], settings) as { bounds: [number, number][] };
    expect(said).toMatchObject({
      model: "Qwen/Qwen3-8B",
      algorithm: "grpo",
      kl: [false, false],
      batch: 32,
      mini_batch: 8,
      rollouts: 8,
      lr: 1e-6,
      loss: "dynamic_clip",
      reward: ["reward.py", "compute_score"],
      counts_steps: true,
      still_a_worker_method: true,
    });
    // B_s = max(0.2 · 0.2, 0.2 · (1 − s/10)), and the loss of a policy that moved by half gains no more than that.
    const wanted = Array.from({ length: 11 }, (_, step) => Math.max(0.04, 0.2 * (1 - step / 10)));
    for (const [step, [bound, gain]] of said.bounds.entries()) {
      expect(bound).toBeCloseTo(wanted[step] ?? Number.NaN, 5);
      expect(gain).toBeCloseTo(bound, 5);
    }
  }, 300_000);
});

describe("TRL 1.16", () => {
  it.each(["trl", "trl-parquet"] as const)(
    "loads %s, scores with the exported reward, and takes the settings",
    async (format) => {
      const env = python;
      if (env === undefined) return;
      expect(runTrainer(env, "trl_loads.py", [await exported(format)])).toEqual({
        rows: { train: 52, test: 8 },
        prompt,
        rewards: [1, 0],
        settings: {
          generation_batch_size: 256,
          num_generations: 8,
          mini_batches: 4,
          learning_rate: 1e-6,
          beta: 0,
          epsilon: 0.2,
          loss_type: "grpo",
          eval_strategy: "steps",
        },
      });
    },
    300_000,
  );
});

describe("a launch file", () => {
  it.each([
    ["an interrupted export", (out: string) => rmSync(join(out, "dataset.json")), /interrupted.*export/],
    [
      "an export of another schema",
      (out: string) => {
        const path = join(out, "dataset.json");
        writeFileSync(path, readFileSync(path, "utf8").replace('"schema_version": 1', '"schema_version": 0'));
      },
      /another schema.*Export the dataset again/,
    ],
  ])("of verl says what is wrong with %s, and what to do", async (_name, spoil, said) => {
    const out = await exported("verl");
    spoil(out);
    const run = () =>
      execFileSync("bash", [join(TRAINING, "train_verl.sh"), out, "--print"], { encoding: "utf8", stdio: "pipe" });
    expect(run).toThrow(said);
    rmSync(out, { recursive: true });
  });
});
