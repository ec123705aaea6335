import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CulpritError } from "@culprit/schemas";
import type { Evaluator } from "./evaluator.ts";

export interface UnitTestOptions {
  /** A program and its arguments; no shell reads them. The answer is on its standard input. */
  command: readonly [program: string, ...given: string[]];
  /** Wall-clock time. Default 30,000. */
  timeoutMs?: number;
  /** Processor time in whole seconds, data segment in MiB, largest file in MiB. Defaults 30, 1024, 64. */
  cpuSeconds?: number;
  memoryMb?: number;
  fileMb?: number;
}

const MOST_OUTPUT = 256 * 1024;

/**
 * Tests in a process of their own: an empty temporary directory to work in, no environment but `PATH`, limits on time,
 * memory and files set by the shell's `ulimit`. They pass with exit code 0 and fail with 1; anything else (a limit was
 * hit, the tests could not be started) decides nothing. It is no sandbox: the tests are yours, and code they run can
 * read what you can.
 */
export function unitTests(options: UnitTestOptions): Evaluator {
  return async ({ answer, signal }) => {
    const directory = await mkdtemp(join(tmpdir(), "culprit-tests-"));
    try {
      const { code, output, reason } = await execute(options, directory, answer, signal);
      const feedback = output.trim().slice(-4000);
      if (reason !== "" || (code !== 0 && code !== 1)) {
        return { success: null, feedback: reason || `The tests ended with ${code ?? "a signal"}. ${feedback}` };
      }
      return { success: code === 0, feedback };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  };
}

function execute(
  { command, timeoutMs = 30_000, cpuSeconds = 30, memoryMb = 1024, fileMb = 64 }: UnitTestOptions,
  cwd: string,
  answer: string,
  signal: AbortSignal,
): Promise<{ code: number | null; output: string; reason: string }> {
  if (![cpuSeconds, memoryMb, fileMb].every((limit) => Number.isSafeInteger(limit) && limit > 0)) {
    throw new CulpritError("usage", "Limits of unit tests are whole numbers above 0.");
  }
  const limits = `ulimit -t ${cpuSeconds}; ulimit -d ${memoryMb * 1024}; ulimit -f ${fileMb * 2048}; exec "$@"`;
  const child = spawn("/bin/sh", ["-c", limits, "sh", ...command], {
    cwd,
    detached: true,
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", HOME: cwd, TMPDIR: cwd },
    stdio: ["pipe", "pipe", "pipe"],
  });
  return new Promise((resolve) => {
    let output = "";
    let reason = "";
    const kill = (why: string) => {
      reason ||= why;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended already.
      }
    };
    const timer = setTimeout(() => kill(`The tests ran longer than ${timeoutMs} ms.`), timeoutMs);
    const stop = () => kill("The replay was over before the tests were.");
    signal.addEventListener("abort", stop, { once: true });
    const keep = (text: string) => {
      output = `${output}${text}`.slice(-MOST_OUTPUT);
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    child.stdin.on("error", () => undefined);
    child.stdin.end(answer);
    child.once("error", (error) => kill(`The tests could not be started: ${error.message}`));
    child.once("close", (code) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      resolve({ code, output, reason });
    });
  });
}
