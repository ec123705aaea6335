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
 * @throws CulpritError `dataset_broken` naming the line
 */
export async function* readRecords(directory: string): AsyncGenerator<DatasetRecord> {
  const path = join(directory, RECORDS);
  const stream = createReadStream(path);
  const opened = new Promise<void>((resolve, reject) => stream.once("open", () => resolve()).once("error", reject));
  await opened.catch((cause: unknown) => {
    throw new CulpritError("dataset_broken", `${path} can't be read.`, {
      mend: "Curate the dataset again.",
      cause,
    });
  });
  let number = 0;
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (line === "") continue;
    const parsed = datasetRecordSchema.safeParse(asJson(line));
    if (!parsed.success) {
      throw new CulpritError("dataset_broken", `Line ${number} of ${path} is no record.`, {
        mend: "Curate the dataset again.",
        cause: parsed.error,
      });
    }
    yield parsed.data;
  }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
