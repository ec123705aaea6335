import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ImportSkip, SourceFile } from "./format.ts";
import { isParquet, parquetRows } from "./parquet.ts";

const MAX_DEPTH = 12;
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/**
 * The `.json` and `.parquet` files at and below the paths, in natural order. Links inside a directory are not followed; a file
 * named outright is read whatever it is called. What can't be read is a skip.
 */
export async function* discoverFiles(paths: readonly string[]): AsyncGenerator<SourceFile | ImportSkip> {
  for (const path of paths) {
    const kind = await stat(path).catch(() => undefined);
    if (!kind) yield skip(path, "not_found", "There is no such file or directory.");
    else if (kind.isDirectory()) yield* walk(path, 0);
    else yield await readSource(path);
  }
}

async function* walk(directory: string, depth: number): AsyncGenerator<SourceFile | ImportSkip> {
  if (depth > MAX_DEPTH) {
    yield skip(directory, "too_large", `The directory is nested more than ${MAX_DEPTH} deep.`);
    return;
  }
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => undefined);
  if (!entries) {
    yield skip(directory, "unreadable", "The directory can't be read.");
    return;
  }
  entries.sort((left, right) => naturalOrder(left.name, right.name));
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* walk(path, depth + 1);
    else if (entry.isFile() && /\.(json|jsonl|traj|parquet)$/.test(entry.name)) yield await readSource(path);
  }
}

/** One file, or why it can't be read. */
export async function readSource(path: string): Promise<SourceFile | ImportSkip> {
  try {
    const info = await stat(path);
    if (!info.isFile()) return skip(path, "unreadable", "It is neither a file nor a directory.");
    if (info.size > MAX_FILE_BYTES) return skip(path, "too_large", `The file has more than ${MAX_FILE_BYTES} bytes.`);
    const bytes = await readFile(path);
    const modifiedMs = Math.floor(info.mtimeMs);
    if (isParquet(bytes)) return { path, text: "", modifiedMs, json: await parquetRows(bytes) };
    const text = bytes.toString("utf8");
    return { path, text, modifiedMs, json: parseJson(text) };
  } catch (error) {
    return skip(path, "unreadable", `The file can't be read (${error instanceof Error ? error.message : "unknown"}).`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function skip(path: string, code: ImportSkip["code"], reason: string): ImportSkip {
  return { kind: "skip", path, code, reason };
}

const collator = new Intl.Collator("en", { numeric: true });

/** `2.json` before `10.json`, the same on every machine. */
export function naturalOrder(left: string, right: string): number {
  return collator.compare(left, right) || (left < right ? -1 : left > right ? 1 : 0);
}
