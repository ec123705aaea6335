import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
  CulpritError,
  type DatasetRecord,
  type DatasetVersion,
  datasetRecordSchema,
  datasetVersionSchema,
} from "@culprit/schemas";
import { MANIFEST } from "../export/publish.ts";
import { RECORDS } from "./write.ts";

/**
 * The version a directory holds; null where it holds none.
 *
 * @throws CulpritError `dataset_broken` for a `dataset.json` that says it is a version and is none
 */
export async function readVersion(directory: string): Promise<DatasetVersion | null> {
  const text = await readFile(join(directory, MANIFEST), "utf8").catch(() => null);
  if (text === null) return null;
  const manifest = asJson(text);
  const parsed = datasetVersionSchema.safeParse(manifest);
  if (parsed.success) return parsed.data;
  throw new CulpritError("dataset_broken", `${join(directory, MANIFEST)} is no version of a dataset.`, {
    mend: "Name a directory that `culprit curate` wrote, or an empty one.",
    cause: parsed.error,
  });
}

/**
 * The records of a version, one at a time.
 *
 * @param promised how many there are to be; not looked at when absent
 * @throws CulpritError `dataset_broken` naming the line, or for a file that ends before or after its manifest says
 */
export async function* readRecords(directory: string, promised?: number): AsyncGenerator<DatasetRecord> {
  const path = join(directory, RECORDS);
  const stream = createReadStream(path);
  const opened = new Promise<void>((resolve, reject) => stream.once("open", () => resolve()).once("error", reject));
  await opened.catch((cause: unknown) => {
    throw broken(`${path} can't be read`, cause);
  });
  let line = 0;
  let records = 0;
  for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    if (text === "") continue;
    const parsed = datasetRecordSchema.safeParse(asJson(text));
    if (!parsed.success) {
      const why = parsed.error.issues[0]?.message ?? "unreadable";
      throw broken(`Line ${line} of ${path} is no dataset record (${why})`, parsed.error);
    }
    records++;
    yield parsed.data;
  }
  if (promised !== undefined && records !== promised) {
    throw broken(`${path} holds ${records} records, its ${MANIFEST} says ${promised}`);
  }
}

export function broken(what: string, cause?: unknown): CulpritError {
  return new CulpritError("dataset_broken", `${what}.`, {
    mend: "Curate the dataset again with this version of Culprit.",
    cause,
  });
}

export function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
