import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { REPOSITORY } from "./repository.ts";

const CACHE = join(REPOSITORY, "node_modules", ".cache", "culprit-bench");

/** Where a peer is installed: a folder of its own under `node_modules/.cache`, no dependency of the project. */
export function cacheFolder(peer: string): string {
  const folder = join(CACHE, peer);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Runs an installer in a folder; throws with the end of what it printed. */
export async function install(
  folder: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  await promisify(execFile)(command, [...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
    timeout: 20 * 60_000,
  });
}
