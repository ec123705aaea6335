import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportDataset } from "@culprit/analyzers";
import { expect, it } from "vitest";
import { syntheticRecords } from "../../bench/export/synthetic-records.ts";
import { pythonFor } from "./python.ts";
import { TRAINING, trainerEnvironment } from "./trainers.ts";

interface Curves {
  before: { score: number; exact_step: number };
  runs: Record<
    "labels" | "control",
    { rewards: number[]; held_out: { score: number; exact_step: number }; clip_bounds: number[] }
  >;
}

const PICTURE = join(import.meta.dirname, "../../docs/training/learning-curves.svg");
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** `npm run train:smoke`: some ten minutes of one core. */
it("GRPO with the exported reward teaches a tiny random Qwen3 to find culprits, and shuffled labels do not", async (context) => {
  if (process.env["CULPRIT_TRAIN_SMOKE"] !== "1") return context.skip("npm run train:smoke runs it");
  const python = await pythonFor("trainers", join(import.meta.dirname, "python/trainers/requirements.txt"), {
    installMs: 900_000,
  });
  if (python === undefined) return context.skip("offline, and no Python environment with TRL");
  const directory = mkdtempSync(join(tmpdir(), "culprit-train-"));
  try {
    const data = join(directory, "data");
    await exportDataset({ records: syntheticRecords(2000, { sentences: 4 }), format: "trl", out: data });
    const out = join(directory, "out");
    const script = spawn(python, [join(TRAINING, "grpo_smoke.py"), "--data", data, "--out", out], {
      stdio: ["ignore", "ignore", "inherit"],
      env: trainerEnvironment(),
    });
    expect((await once(script, "exit"))[0]).toBe(0);

    const { before, runs } = JSON.parse(readFileSync(join(out, "curves.json"), "utf8")) as Curves;
    const { labels, control } = runs;
    const rise = mean(labels.rewards.slice(-5)) - mean(labels.rewards.slice(0, 1));
    const controlRise = mean(control.rewards.slice(-5)) - mean(control.rewards.slice(0, 1));
    expect(rise).toBeGreaterThan(0.2);
    expect(controlRise).toBeLessThan(rise / 2);
    expect(labels.held_out.score).toBeGreaterThan(before.score + 0.2);
    expect(labels.held_out.score).toBeGreaterThan(control.held_out.score + 0.2);
    expect(labels.clip_bounds[0]).toBeCloseTo(0.2);
    expect(labels.clip_bounds.at(-1)).toBeCloseTo(0.04);

    mkdirSync(join(PICTURE, ".."), { recursive: true });
    copyFileSync(join(out, "curves.svg"), PICTURE);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}, 3_600_000);
