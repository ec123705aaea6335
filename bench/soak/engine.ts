import { readFileSync } from "node:fs";
import { processTree } from "../measure/processes.ts";

/** Process id of the engine below a collector, or undefined while there is none. */
export function enginePid(collectorPid: number): number | undefined {
  return processTree(collectorPid)
    .slice(1)
    .find((pid) => isEngine(pid));
}

function isEngine(pid: number): boolean {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return command.includes("embedded/engine") || command.startsWith("culprit-engine");
  } catch {
    return false;
  }
}

/** Sends a signal to a process that may be gone. */
export function signal(pid: number | undefined, name: NodeJS.Signals): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
