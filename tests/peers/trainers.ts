import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pythonFor } from "./python.ts";

export const TRAINING = join(import.meta.dirname, "..", "..", "training");
const SCRIPTS = join(import.meta.dirname, "python", "trainers");

/**
 * A Python with TRL, verl and torch; undefined, with one printed line, where it is not asked for: it takes 7 GB.
 */
export async function trainerPython(): Promise<string | undefined> {
  if (process.env["CULPRIT_PEERS_HEAVY"] === "1") {
    return await pythonFor("trainers", join(SCRIPTS, "requirements.txt"), { installMs: 800_000 });
  }
  process.stdout.write("skipped trainers: TRL, verl and torch take 7 GB; CULPRIT_PEERS_HEAVY=1 installs them\n");
  return undefined;
}

/** Runs a script of `python/trainers` beside `training/`; what it prints last is JSON. */
export function runTrainer(python: string, script: string, args: string[], input = ""): unknown {
  const done = spawnSync(python, [join(SCRIPTS, script), ...args], {
    encoding: "utf8",
    input,
    env: trainerEnvironment(),
    timeout: 280_000,
    maxBuffer: 64e6,
  });
  if (done.status !== 0) throw new Error(`${script} ended with ${done.status}: ${done.stderr.slice(-2000)}`);
  return JSON.parse(done.stdout.trim().split("\n").at(-1) ?? "");
}

/** Nothing is fetched, and one thread each: the models here are too small for more. */
export function trainerEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PYTHONPATH: TRAINING,
    HF_HUB_OFFLINE: "1",
    OMP_NUM_THREADS: "1",
    PYTHONDONTWRITEBYTECODE: "1",
  };
}
