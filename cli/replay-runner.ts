import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCollector, type Ingest, serve } from "@culprit/collector";
import {
  type BuildTrajectory,
  type Config,
  CulpritError,
  environmentName,
  type Replay,
  type ReplayRunner,
  type ReplayTargetSettings,
  type ReplayTask,
  type ReplayVerdict,
  replayVerdictSchema,
} from "@culprit/schemas";
import type { Store } from "@culprit/store";
import type { Log } from "./log.ts";

export interface ReplayRunnerOptions {
  store: Store;
  config: Config;
  ingest: Ingest | undefined;
  buildTrajectory: BuildTrajectory;
  log: Log;
}

/** How long a child that was told to end is waited for. */
const GRACE_MS = 5_000;
/** Past the time that a task may take, a child is not asked again. */
const SPARE_MS = 30_000;
const MOST_OUTPUT = 1_000_000;

/**
 * Replays in processes of their own, one a task: `culprit replay` as a person would call it. What somebody's agents do
 * there, crashing and hanging included, does not reach the collector.
 *
 * Each has a collector of its own on loopback, over the same store, that opens to a key which nobody else knows.
 *
 * @returns undefined when the settings name no replay target
 */
export function createReplayRunner(options: ReplayRunnerOptions): ReplayRunner | undefined {
  const { config } = options;
  const target = config.replay_target;
  if (target === undefined) return undefined;
  return {
    project: config.project,
    proposes: target.module !== undefined || (target.oracle_model && config.tracer_url !== undefined),
    mostReplays: target.max_replays,
    concurrency: target.concurrency,
    queue: target.queue,
    run: (task, hooks) => run(options, target, task, hooks),
  };
}

async function run(
  { store, config, ingest, buildTrajectory, log }: ReplayRunnerOptions,
  target: ReplayTargetSettings,
  task: ReplayTask,
  { signal, onReplay }: { signal: AbortSignal; onReplay(replay: Replay): void },
): Promise<ReplayVerdict> {
  const key = randomBytes(32).toString("hex");
  const told: Store = {
    ...store,
    async saveReplay(replay) {
      await store.saveReplay(replay);
      if (replay.trace_id === task.trace_id) onReplay(replay);
    },
  };
  const own = createCollector({
    store: told,
    config: { ...config, api_key: key, project: task.project },
    ingest,
    buildTrajectory,
    log,
  });
  const served = await serve(own, { host: "127.0.0.1", port: 0 });
  const directory = await mkdtemp(join(tmpdir(), "culprit-replay-"));
  try {
    const flags = await flagsOf(task, target, directory);
    const settings = settingsOf({ ...config, url: served.url, api_key: key });
    return verdictOf(await execute(["replay", task.trace_id, ...flags], settings, { mostMs: mostMs(target), signal }));
  } finally {
    await Promise.all([served.close(), rm(directory, { recursive: true, force: true })]);
    await own.stop();
  }
}

async function flagsOf(
  { step, correction, tool_calls, k }: ReplayTask,
  target: ReplayTargetSettings,
  directory: string,
): Promise<string[]> {
  const flags: (string | number)[] = ["--json", "--only", "--step", step];
  flags.push("--timeout", target.timeout_seconds, "--max-seconds", target.max_seconds, "--budget", target.max_replays);
  if (target.max_calls !== undefined) flags.push("--max-calls", target.max_calls);
  if (target.max_cost !== undefined) {
    flags.push("--max-cost", target.max_cost, "--price-input", target.price_input_per_million);
    flags.push("--price-output", target.price_output_per_million);
  }
  if (k !== null) flags.push("--k", k);
  if (correction !== null) {
    // A file: an argument can't hold much, and is for everybody on the machine to read.
    const file = join(directory, "corrections.json");
    await writeFile(file, JSON.stringify([{ step, action: correction, tool_calls }]), { mode: 0o600 });
    flags.push("--corrections", file);
  }
  return flags.map(String);
}

/** A task may take its time, and what it had begun by then the time of one replay. */
function mostMs({ max_seconds, timeout_seconds }: ReplayTargetSettings): number {
  return (max_seconds + timeout_seconds) * 1000 + SPARE_MS;
}

/** What the child needs of the settings of this process, wherever they came from. */
function settingsOf(config: Config): Record<string, string> {
  const { url, api_key, replay_target, gateway_upstream, gateway_agent_rules } = config;
  const { tracer_url, tracer_model, tracer_api_key, tracer_timeout_seconds } = config;
  const settings = {
    url,
    api_key,
    replay_target: JSON.stringify(replay_target),
    gateway_upstream,
    gateway_agent_rules: JSON.stringify(gateway_agent_rules),
    tracer_url,
    tracer_model,
    tracer_api_key,
    tracer_timeout_seconds: String(tracer_timeout_seconds),
    log_level: "error",
  };
  const named = Object.entries(settings).map(([name, value]) => [
    environmentName(name as keyof typeof settings),
    value,
  ]);
  return Object.fromEntries(named.filter(([, value]) => value !== undefined)) as Record<string, string>;
}

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function execute(
  args: readonly string[],
  settings: Record<string, string>,
  { mostMs, signal }: { mostMs: number; signal: AbortSignal },
): Promise<Ended> {
  // With sources loaded as they are, the command is the built one all the same.
  const main = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "dist/main.js" : "main.js", import.meta.url));
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
    // What it starts is ended with it.
    detached: process.platform !== "win32",
  });
  const ended: Ended = { code: null, stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      if (ended[name].length < MOST_OUTPUT) ended[name] += text;
    });
  }
  const end = (how: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(process.platform === "win32" ? child.pid : -child.pid, how);
    } catch {
      // It is gone.
    }
  };
  let killing: NodeJS.Timeout | undefined;
  const stop = (): void => {
    end("SIGTERM");
    killing = setTimeout(() => end("SIGKILL"), GRACE_MS);
  };
  const deadline = setTimeout(stop, mostMs);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    await new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => {
        ended.code = code;
        resolve();
      });
    });
    return ended;
  } finally {
    clearTimeout(deadline);
    clearTimeout(killing);
    signal.removeEventListener("abort", stop);
    // Whatever it had started and left behind.
    end("SIGKILL");
  }
}

function verdictOf({ code, stdout, stderr }: Ended): ReplayVerdict {
  if (code === 0) {
    try {
      return replayVerdictSchema.parse(JSON.parse(stdout));
    } catch (cause) {
      throw new CulpritError("replay_failed", "The replay answered something that is no verdict.", { cause });
    }
  }
  const said = stderr
    .trim()
    .split("\n")
    .at(-1)
    ?.replace(/^culprit: /, "")
    .slice(0, 2000);
  throw new CulpritError("replay_failed", said || "The replay ended without a word, or took too long.", {
    mend: "Try it with `culprit replay`, and see what the replay target says.",
  });
}
