import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, lstat, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";

/** SHA-256 by path under `directory`, with `/` between a folder and what is in it. */
export async function digests(directory: string, names: readonly string[]): Promise<Record<string, string>> {
  const sums: Record<string, string> = {};
  for (const name of names) {
    for (const file of await filesOf(directory, name)) {
      const hash = createHash("sha256");
      await pipeline(createReadStream(join(directory, file)), hash);
      sums[file] = hash.digest("hex");
    }
  }
  return sums;
}

async function filesOf(directory: string, name: string): Promise<string[]> {
  if (!(await lstat(join(directory, name))).isDirectory()) return [name];
  return (await readdir(join(directory, name))).sort().map((file) => `${name}/${file}`);
}

/** Copies files of `training/`, beside the workspace packages, into a directory. */
export async function copyTraining(names: readonly string[], directory: string): Promise<void> {
  const root = dirname(createRequire(import.meta.url).resolve("@culprit/analyzers/package.json"));
  for (const name of names) await copyFile(join(root, "..", "training", name), join(directory, name));
}
