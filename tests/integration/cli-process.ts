import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The compiled command line; `npm test` builds it first. */
export const CULPRIT = join(import.meta.dirname, "../../cli/dist/main.js");

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs one command to its end, in an environment without settings of its own. */
export function culprit(args: string[], env: Record<string, string> = {}): Promise<Finished> {
  return new Promise((resolve) => {
    // Port 9 (discard) answers nobody, so no collector of this machine is reached by accident.
    const clean = { PATH: process.env["PATH"], CULPRIT_LOG_LEVEL: "error", ...env };
    execFile(process.execPath, [CULPRIT, ...args], { env: clean, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1, stdout, stderr });
    });
  });
}

export interface UpProcess {
  url: string;
  pid: number;
  child: ChildProcess;
  /** Resolves with the exit code, or the signal's name. */
  ended: Promise<number | string>;
  stderr(): string;
}

/** Starts `culprit up --json` and waits for its address. */
export async function culpritUp(args: string[], env: Record<string, string> = {}): Promise<UpProcess> {
  const child = spawn(process.execPath, [CULPRIT, "up", "--json", "--port", "0", ...args], {
    env: {
      PATH: process.env["PATH"],
      CULPRIT_LOG_LEVEL: "error",
      CULPRIT_SETTLE_SECONDS: "0.2",
      CULPRIT_POLL_SECONDS: "0.2",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | string>((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
  const line = await Promise.race([
    new Promise<string>((resolve) => createInterface({ input: child.stdout }).once("line", resolve)),
    ended.then((code) => Promise.reject(new Error(`culprit up ended with ${code}: ${stderr}`))),
  ]);
  const { url } = JSON.parse(line) as { url: string };
  return { url, pid: child.pid ?? 0, child, ended, stderr: () => stderr };
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), "culprit-cli-"));
}
