import { spawn } from "node:child_process";
import { CulpritError } from "@culprit/schemas";
import type { ExternalContext, ExternalDriver, ExternalEnd } from "./external.ts";
import { endOfOutput } from "./said-outcome.ts";

export interface CommandOptions {
  /** A shell command. */
  command: string;
  cwd?: string;
  /** On top of this process's own environment and what the driver sets. */
  env?: Readonly<Record<string, string>>;
  /**
   * Exit codes that are outcomes, for a command that says nothing else. Without this, 0 says nothing and every other
   * code is a crash: an interpreter that stumbles ends with 1 as well.
   */
  exitCodes?: { success: number; failure: number };
}

const MOST_OUTPUT = 1024 * 1024;
const GRACE_MS = 2000;

/**
 * A shell command, in a process group of its own that is ended with the replay. It gets the task as JSON on its standard
 * input, and in its environment `OPENAI_BASE_URL` and `OPENAI_API_BASE` (the private gateway), `CULPRIT_TASK`,
 * `CULPRIT_TASK_ID`, `CULPRIT_REPLAY_ID`, `CULPRIT_REPLAY_OF`, `CULPRIT_RUN_URL` and `TRACEPARENT`. It ends with a line
 * of JSON such as `{"success": false}` or `{"answer": "42"}`, with an outcome it reported, or with an exit code.
 */
export function commandDriver(options: CommandOptions): ExternalDriver {
  return async (context) => {
    const { code, output, errors } = await execute(options, context);
    const { exitCodes } = options;
    const end = endOfOutput(output);
    if (exitCodes !== undefined && end.outcome === null && (code === exitCodes.success || code === exitCodes.failure)) {
      return {
        ...end,
        outcome: { success: code === exitCodes.success, feedback: errors.slice(-2000) },
      } satisfies ExternalEnd;
    }
    if (code === 0) return end;
    throw new CulpritError(
      "driver_failed",
      `The command ended with ${code ?? "a signal"}: ${lastLine(errors || output)}`,
      {
        mend: "Run it by hand with OPENAI_BASE_URL set, and mend what it says.",
      },
    );
  };
}

function execute(
  { command, cwd, env }: CommandOptions,
  context: ExternalContext,
): Promise<{ code: number | null; output: string; errors: string }> {
  const { task, taskId, baseUrl, runUrl, replayId, of, traceparent, signal } = context;
  const child = spawn(command, {
    shell: true,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
    env: {
      ...process.env,
      // A system without a key of its own would not start; a live call needs the real one anyway.
      OPENAI_API_KEY: process.env["OPENAI_API_KEY"] ?? "none",
      ...env,
      OPENAI_BASE_URL: baseUrl,
      OPENAI_API_BASE: baseUrl,
      CULPRIT_TASK: task.slice(0, 32_768).replaceAll("\0", ""),
      CULPRIT_TASK_ID: taskId.replaceAll("\0", ""),
      CULPRIT_REPLAY_ID: replayId,
      CULPRIT_REPLAY_OF: of,
      CULPRIT_RUN_URL: runUrl,
      TRACEPARENT: traceparent,
    },
  });
  return new Promise((resolve, reject) => {
    let output = "";
    let errors = "";
    const end = (name: NodeJS.Signals) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, name);
      } catch {
        // It has ended already.
      }
    };
    let grace: NodeJS.Timeout | undefined;
    const stop = () => {
      end("SIGTERM");
      grace = setTimeout(() => end("SIGKILL"), GRACE_MS);
    };
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output = `${output}${text}`.slice(-MOST_OUTPUT);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors = `${errors}${text}`.slice(-MOST_OUTPUT);
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(
      `${JSON.stringify({ task, task_id: taskId, base_url: baseUrl, replay_id: replayId, of, traceparent })}\n`,
    );
    child.once("error", reject);
    child.once("close", (code) => {
      signal.removeEventListener("abort", stop);
      clearTimeout(grace);
      // What it started and left behind goes with it.
      end("SIGKILL");
      resolve({ code, output, errors });
    });
  });
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.slice(0, 500) || "it said nothing";
}
