import { join } from "node:path";
import type { ImportFormat, SourceFile } from "./format.ts";
import type { SourceSystem } from "./sources/source-system.ts";

/** Label files looked at beside one file; a directory may hold thousands of others. */
const MOST_FILES = 200;

/** The files beside one that hold labels of the format's runs. */
export async function labelFilesOf(format: ImportFormat, path: string, sources: SourceSystem): Promise<SourceFile[]> {
  const paths = (await format.labelPaths?.(path, sources)) ?? [];
  const files = await Promise.all(paths.slice(0, MOST_FILES).map((candidate) => sources.file(candidate)));
  return files.filter((file) => file !== undefined).filter((file) => format.isLabels?.(file) === true);
}

/** The JSON files of a directory in natural order; none when it can't be read. */
export async function jsonFilesIn(directory: string, sources: SourceSystem): Promise<string[]> {
  const entries = (await sources.list(directory)) ?? [];
  return entries
    .filter((entry) => entry.kind === "file" && entry.name.endsWith(".json"))
    .map((entry) => join(directory, entry.name));
}

/** Directories beside one, by the pattern of their name, in natural order. */
export async function directoriesIn(directory: string, pattern: RegExp, sources: SourceSystem): Promise<string[]> {
  const entries = (await sources.list(directory)) ?? [];
  return entries
    .filter((entry) => entry.kind === "folder" && pattern.test(entry.name))
    .map((entry) => join(directory, entry.name));
}
