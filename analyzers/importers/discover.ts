import { lstat, stat } from "node:fs/promises";
import { join } from "node:path";
import type { FolderFormat, FolderRuns, ImportSkip, SourceFile } from "./format.ts";
import { SourceSystem, skip } from "./sources/source-system.ts";

/** Folders that hold programs and their history, never trajectories. */
const PROGRAM_FOLDERS = new Set([
  ".git",
  ".hg",
  ".svn",
  "node_modules",
  "__pycache__",
  ".venv",
  ".tox",
  ".mypy_cache",
  "__MACOSX",
]);

/** One thing found on the way: a file, a folder that a format takes as a whole, or why something was left out. */
export type Found =
  | { kind: "file"; file: SourceFile }
  | { kind: "folder"; format: FolderFormat; path: string; found: FolderRuns }
  | ImportSkip;

/**
 * Everything at and below the paths in natural order; archives are looked into like folders. A folder that one of the
 * formats takes as a whole (a directory of events is one run) is given once and its files are not given again; what
 * lies beside them is. Links are named and never followed, but for a path that was named outright.
 */
export async function* discover(
  paths: readonly string[],
  sources: SourceSystem,
  folderFormats: readonly FolderFormat[],
): AsyncGenerator<Found> {
  const taken = new Set<string>();
  const walk = { sources, folderFormats, taken };
  for (const path of paths) {
    sources.addRoot(path);
    const info = await stat(path).catch(() => undefined);
    if (info === undefined) {
      const link = await lstat(path).catch(() => undefined);
      yield skip(path, "not_found", link ? "It is a link to nothing." : "There is no such file or directory.");
    } else if (info.isDirectory()) yield* visit(path, 0, 0, walk);
    else yield* openOne(path, 0, 0, walk);
  }
}

interface Walk {
  sources: SourceSystem;
  folderFormats: readonly FolderFormat[];
  /** Paths that belong to a run that was found. */
  taken: Set<string>;
}

async function* visit(folder: string, depth: number, archives: number, walk: Walk): AsyncGenerator<Found> {
  const { sources, taken } = walk;
  const { limits } = sources.allowance;
  if (depth > limits.depth) {
    yield skip(folder, "too_deep", `The directory is nested more than ${limits.depth} deep.`);
    return;
  }
  const entries = await sources.list(folder);
  if (entries === undefined) {
    yield skip(folder, "unreadable", "The directory can't be read.");
    return;
  }
  for (const format of walk.folderFormats) {
    if (entries.length === 0) break;
    const found = await format.read(folder, entries, sources).catch(() => undefined);
    if (found === undefined) continue;
    for (const path of found.files) taken.add(path);
    yield { kind: "folder", format, path: folder, found };
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (taken.has(path)) continue;
    if (entry.kind === "link") yield skip(path, "link", "It is a link, which is never followed.");
    else if (entry.kind === "other") yield skip(path, "unreadable", "It is neither a file nor a directory.");
    else if (entry.kind === "folder" && PROGRAM_FOLDERS.has(entry.name)) {
      yield skip(path, "ignored", "A folder of that name holds no trajectories.");
    } else if (!sources.allowance.takeEntry()) {
      yield skip(path, "too_many", `More than ${limits.entries} files and folders: from here on nothing was read.`);
      return;
    } else if (entry.kind === "folder") yield* visit(path, depth + 1, archives, walk);
    else yield* openOne(path, depth, archives, walk);
  }
}

async function* openOne(path: string, depth: number, archives: number, walk: Walk): AsyncGenerator<Found> {
  const opened = await walk.sources.open(path, archives);
  if (opened.kind !== "archive") {
    yield opened;
    return;
  }
  for (const trouble of opened.troubles) yield skip(path, "archive", trouble);
  yield* visit(path, depth + 1, archives + 1, walk);
}

/** The `.json`, `.jsonl` and `.parquet` files at and below the paths, in natural order, for whoever reads no runs. */
export async function* discoverFiles(paths: readonly string[]): AsyncGenerator<SourceFile | ImportSkip> {
  const sources = new SourceSystem();
  const named = new Set(paths);
  try {
    for await (const found of discover(paths, sources, [])) {
      const path = found.kind === "file" ? found.file.path : found.path;
      if (!named.has(path) && !/\.(jsonl?|parquet)$/.test(path)) continue;
      if (found.kind === "file") yield found.file;
      else if (found.kind === "skip" && found.code !== "link") yield found;
    }
  } finally {
    await sources.close();
  }
}
