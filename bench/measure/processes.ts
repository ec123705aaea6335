import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Kernel clock ticks a second; 100 on every Linux Node runs on. */
const TICKS = 100;

/** A process and everything below it, parents first; only processes that still run. */
export function processTree(pid: number): number[] {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim().split(" "),
    );
    return [pid, ...children.filter((child) => child !== "").flatMap((child) => processTree(Number(child)))];
  } catch {
    return [];
  }
}

/** CPU seconds a process has used, user and system; 0 when it is gone. */
export function cpuSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return 0;
  }
}

/** Resident memory of a process in bytes; 0 when it is gone. */
export function residentBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

export interface Usage {
  /** CPU seconds since the meter began. */
  cpuSeconds: number;
  /** Of them, those of the first root itself: the collector without its engine. */
  ownCpuSeconds: number;
  /** Largest sum of resident memory seen. */
  peakBytes: number;
}

/** Watches process trees: their CPU exactly, their memory every 50 ms. */
export class Meter {
  readonly #roots: readonly number[];
  readonly #before = new Map<number, number>();
  readonly #timer: NodeJS.Timeout;
  #peak = 0;

  constructor(roots: readonly number[]) {
    this.#roots = roots;
    for (const pid of this.#pids()) this.#before.set(pid, cpuSeconds(pid));
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), 50);
  }

  usage(): Usage {
    let used = 0;
    for (const pid of this.#pids()) used += cpuSeconds(pid) - (this.#before.get(pid) ?? 0);
    const own = this.#roots[0] ?? 0;
    const ownCpuSeconds = cpuSeconds(own) - (this.#before.get(own) ?? 0);
    return { cpuSeconds: used, ownCpuSeconds, peakBytes: this.#peak };
  }

  /** Waits until the processes are nearly idle, so that work put off is counted too; at most `limitMs`. */
  async settled(limitMs: number): Promise<void> {
    const deadline = Date.now() + limitMs;
    for (let quiet = 0, last = this.usage().cpuSeconds; quiet < 3 && Date.now() < deadline; ) {
      await sleep(250);
      const now = this.usage().cpuSeconds;
      quiet = now - last < 0.03 ? quiet + 1 : 0;
      last = now;
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #pids(): number[] {
    return this.#roots.flatMap(processTree);
  }

  #sample(): void {
    const sum = this.#pids().reduce((total, pid) => total + residentBytes(pid), 0);
    this.#peak = Math.max(this.#peak, sum);
  }
}
