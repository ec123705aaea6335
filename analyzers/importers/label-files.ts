import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { naturalOrder, readSource } from "./discover.ts";
import type { ImportFormat, SourceFile } from "./format.ts";

/** Label files looked at beside one file; a directory may hold thousands of others. */
const MOST_FILES = 200;

/** Reads the files that hold the labels of others, each once an import. */
export class LabelFiles {
  readonly #read = new Map<string, Promise<SourceFile | undefined>>();

  /** The files beside `path` that hold labels of the format's runs. */
  async of(format: ImportFormat, path: string): Promise<SourceFile[]> {
    const paths = (await format.labelPaths?.(path)) ?? [];
    const files = await Promise.all(paths.slice(0, MOST_FILES).map((candidate) => this.#file(candidate)));
    return files.filter((file) => file !== undefined).filter((file) => format.isLabels?.(file) === true);
  }

  #file(path: string): Promise<SourceFile | undefined> {
    let reading = this.#read.get(path);
    if (reading === undefined) {
      reading = readSource(path).then((file) => ("kind" in file ? undefined : file));
      this.#read.set(path, reading);
    }
    return reading;
  }
}

/** The JSON files of a directory in natural order; none when it can't be read. */
export async function jsonFilesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
    .map((entry) => join(directory, entry.name))
    .sort(naturalOrder);
}

/** Directories beside one, by the pattern of their name, in natural order. */
export async function directoriesIn(directory: string, pattern: RegExp): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && pattern.test(entry.name))
    .map((entry) => join(directory, entry.name))
    .sort(naturalOrder);
}
