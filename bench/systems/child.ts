import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A directory for one run of a system, and how to remove it. */
export function temporaryDirectory(prefix: string): [directory: string, remove: () => void] {
  const directory = mkdtempSync(join(tmpdir(), `culprit-bench-${prefix}-`));
  return [directory, () => rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })];
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** A started program and what it prints. */
export interface Child {
  process: ChildProcess;
  pid: number;
  /** First JSON document it prints on stdout. */
  announced: Promise<Record<string, unknown>>;
  /** The end of what it printed on stderr. */
  errors(): string;
  /** SIGTERM, SIGKILL after `patienceMs`; resolves when it is gone. */
  end(patienceMs?: number): Promise<void>;
}

export function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  let printed = "";
  let errors = "";
  const exited = once(child, "exit");
  const announced = new Promise<Record<string, unknown>>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed = (printed + text).slice(-65_536);
      const line = printed.split("\n").find((one) => one.startsWith("{"));
      if (line !== undefined && printed.includes(`${line}\n`)) resolve(JSON.parse(line) as Record<string, unknown>);
    });
    exited.then(() => reject(new Error(`${command} ended before it was ready: ${errors.slice(-2000)}`)), reject);
    child.on("error", reject);
  });
  announced.catch(() => {});
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-16_384);
  });
  return {
    process: child,
    pid: child.pid ?? 0,
    announced,
    errors: () => errors,
    async end(patienceMs = 15_000) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const kill = setTimeout(() => child.kill("SIGKILL"), patienceMs);
      await exited;
      clearTimeout(kill);
    },
  };
}

/** Waits until a URL answers at all. */
export async function answers(url: string, limitMs = 30_000): Promise<void> {
  for (const deadline = Date.now() + limitMs; ; await sleep(50)) {
    const up = await fetch(url).then(
      (response) => response.arrayBuffer().then(() => true),
      () => false,
    );
    if (up) return;
    if (Date.now() > deadline) throw new Error(`Nothing answers at ${url}.`);
  }
}
