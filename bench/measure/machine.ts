import { execFileSync } from "node:child_process";
import { cpus, loadavg, totalmem } from "node:os";

/** The shape of the machine and of the code under test, for the head of a report. */
export interface Machine {
  date: string;
  cores: number;
  cpu: string;
  memoryGb: number;
  node: string;
  commit: string;
  /** Load of the last minute when the run began: other work on the machine. */
  load: number;
}

export function machine(): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? "unknown",
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    commit: commit(),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

export function describeMachine(shape: Machine): string {
  return `${shape.date}, ${shape.cores} cores (${shape.cpu}), ${shape.memoryGb} GB, Node ${shape.node}, commit ${shape.commit}, load average ${shape.load} at the start.`;
}

function commit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown";
  }
}
