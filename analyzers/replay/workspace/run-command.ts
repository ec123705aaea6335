import { type ChildProcess, spawn } from "node:child_process";
import { statfs } from "node:fs/promises";
import type { Room, WorkspaceFolders } from "./isolation.ts";
import type { WorkspaceLimits } from "./limits.ts";

/** How a command ended. */
export interface CommandResult {
  /** Null when it was killed. */
  code: number | null;
  /** Standard output and standard error as they came, up to the limit. */
  output: string;
  /** Bytes of output beyond the limit. */
  dropped: number;
  /** Why it was stopped; empty when it ended by itself. */
  stopped: string;
}

const WATCH_MS = 250;
const DRAIN_MS = 5000;

/** Runs one line of bash in a workspace. Never throws for what the command does. */
export function runCommand(
  { room, folders, limits }: { room: Room; folders: WorkspaceFolders; limits: WorkspaceLimits },
  command: string,
  { env, signal }: { env: Readonly<Record<string, string>>; signal?: AbortSignal | undefined },
): Promise<CommandResult> {
  const [program = "", ...given] = room.argv(`exec 2>&1\n${command}`, limits);
  const child = spawn(program, given, {
    cwd: folders.work,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve) => {
    const kept: Buffer[] = [];
    let size = 0;
    let stopped = "";
    const stop = (why: string) => {
      stopped ||= why;
      killGroup(child);
    };
    const keep = (piece: Buffer) => {
      const room = limits.outputBytes - size;
      if (room > 0) kept.push(piece.subarray(0, room));
      size += piece.length;
    };
    const timer = setTimeout(() => stop(`It ran longer than ${limits.seconds} s.`), limits.seconds * 1000);
    const watch = watchDisk(folders.holder, limits.diskMb, stop);
    const abort = () => stop("The replay was over before the command was.");
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted) abort();
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", (error) => stop(`It could not be started: ${error.message}`));
    // What it left running ends with it, or it would be in the way of what comes next.
    let swept = Promise.resolve();
    child.once("exit", () => {
      killGroup(child);
      swept = sweep(room);
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, DRAIN_MS).unref();
    });
    child.once("close", async (code) => {
      clearTimeout(timer);
      clearInterval(watch);
      signal?.removeEventListener("abort", abort);
      await swept;
      const output = Buffer.concat(kept).toString("utf8");
      const dropped = Math.max(0, size - limits.outputBytes);
      const ended = stopped === "" && code === null ? "It was killed." : stopped;
      resolve({ code: ended === "" ? code : null, output, dropped, stopped: ended });
    });
  });
}

/** Stops the command once the disk has lost more than `mb` since it began. */
function watchDisk(folder: string, mb: number, stop: (why: string) => void): NodeJS.Timeout {
  let before: number | undefined;
  const free = async () => {
    const { bavail, bsize } = await statfs(folder);
    return (bavail * bsize) / (1024 * 1024);
  };
  const look = async () => {
    const now = await free().catch(() => undefined);
    if (now === undefined) return;
    before ??= now;
    if (before - now > mb) stop(`It wrote more than ${mb} MiB.`);
  };
  void look();
  return setInterval(() => void look(), WATCH_MS);
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}

/** Ends everything that runs in a room, also what left the process group of its command. */
function sweep({ sweep: argv }: Room): Promise<void> {
  const [program, ...given] = argv ?? [];
  if (program === undefined) return Promise.resolve();
  const child = spawn(program, given, { stdio: "ignore", timeout: 5000, killSignal: "SIGKILL" });
  return new Promise((resolve) => {
    child.once("error", () => resolve());
    child.once("close", () => resolve());
  });
}
