import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { CulpritError } from "@culprit/schemas";

/** Written last; a directory that has it holds a whole dataset. */
export const MANIFEST = "dataset.json";

/** `.export-PID-UUID`: whose process is gone was interrupted. */
const STAGING = /^\.export-(\d+)-/;

/**
 * Lets `write` fill a temporary directory inside `out`, then gives the files their names. While `write` runs, and
 * when it fails or is killed, what `out` held before is untouched; what a killed one left is removed by the next.
 *
 * @param write returns the names it made, the manifest among them
 * @throws CulpritError `export_not_a_directory`, `export_other_format`, `export_in_the_way`, `export_write_failed`
 */
export async function publishWhole(
  out: string,
  format: string,
  write: (staging: string) => Promise<string[]>,
): Promise<string[]> {
  await prepare(out);
  const held = await heldFormat(out);
  if (held !== undefined && held !== format) {
    throw new CulpritError("export_other_format", `${out} already holds a dataset in the format ${held}.`, {
      mend: "Name another directory, or remove that one.",
    });
  }
  await removeInterrupted(out);
  const staging = join(out, `.export-${process.pid}-${randomUUID()}`);
  try {
    await mkdir(staging);
    const names = await write(staging);
    for (const name of names) if (held === undefined) await refuseOwn(join(out, name));
    await renameAll(staging, out, names);
    return names;
  } catch (cause) {
    if (cause instanceof CulpritError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CulpritError("export_write_failed", `The dataset could not be written to ${out}: ${why}.`, {
      mend: "Make room there or name another directory, and export again.",
      cause,
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function prepare(out: string): Promise<void> {
  const existing = await stat(out).catch(() => undefined);
  if (existing !== undefined && !existing.isDirectory()) {
    throw new CulpritError("export_not_a_directory", `${out} is a file.`, { mend: "Name a directory." });
  }
  try {
    await makeFolders(out);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CulpritError("export_write_failed", `The directory ${out} cannot be made: ${why}.`, {
      mend: "Name a directory you may write to.",
      cause,
    });
  }
}

async function removeInterrupted(out: string): Promise<void> {
  for (const name of await readdir(out)) {
    const pid = STAGING.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(out, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Level by level: Node's recursive `mkdir` never returns where the system says `ENOENT` under a parent that exists. */
async function makeFolders(path: string): Promise<void> {
  const missing: string[] = [];
  for (let at = resolve(path); !(await stat(at).catch(() => undefined)) && at !== dirname(at); at = dirname(at)) {
    missing.unshift(at);
  }
  for (const folder of missing) {
    await mkdir(folder).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EEXIST") throw cause;
    });
  }
}

async function heldFormat(out: string): Promise<string | undefined> {
  const manifest = await readFile(join(out, MANIFEST), "utf8").catch(() => "");
  try {
    const { format } = JSON.parse(manifest) as { format?: unknown };
    return typeof format === "string" ? format : undefined;
  } catch {
    return undefined;
  }
}

/** Where no manifest says that an earlier export made it, a file or folder is somebody's own. */
async function refuseOwn(path: string): Promise<void> {
  const current = await lstat(path).catch(() => undefined);
  if (current === undefined) return;
  const kind = current.isDirectory() ? "folder" : "file";
  throw new CulpritError("export_in_the_way", `${path} is a ${kind} that no export made.`, {
    mend: `Name another directory, or move that ${kind}.`,
  });
}

/** The old manifest goes first: while there is none, the set is not whole. */
async function renameAll(staging: string, out: string, names: readonly string[]): Promise<void> {
  await rm(join(out, MANIFEST), { force: true });
  for (const name of names) {
    const target = join(out, name);
    const current = await lstat(target).catch(() => undefined);
    if (current?.isDirectory()) await rename(target, join(staging, `old-${name}`));
    await rename(join(staging, name), target);
  }
}
