import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Load } from "./pool.ts";

/** What the load process is asked to send. */
export interface LoadOrder extends Load {
  url: string;
  spans: number;
  firstRun: number;
  concurrency: number;
}

/** What it saw. */
export interface LoadReport {
  spans: number;
  bytes: number;
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  requests: number;
  retried: Record<string, number>;
  /** Of the load process itself while it sent. */
  cpuSeconds: number;
}

/** A load process with its requests encoded, waiting for {@link start}. */
export interface ReadyLoad {
  start(): Promise<LoadReport>;
}

export async function prepareLoad(order: LoadOrder): Promise<ReadyLoad> {
  const child = fork(fileURLToPath(new URL("./worker.js", import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  child.send(order);
  await answer(child);
  return {
    async start() {
      child.send("go");
      return (await answer(child)) as LoadReport;
    },
  };
}

async function answer(child: ChildProcess): Promise<unknown> {
  const ended = once(child, "exit").then(([code, signal]) => {
    throw new Error(`The load process ended with ${String(code ?? signal)}.`);
  });
  ended.catch(() => {});
  const [message] = (await Promise.race([once(child, "message"), ended])) as [unknown];
  return message;
}
