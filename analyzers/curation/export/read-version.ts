import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CulpritError, type DatasetRecord, datasetRecordSchema } from "@culprit/schemas";
import { z } from "zod";
import { MANIFEST } from "./publish.ts";

/** What of a version's `dataset.json` an export needs to know. */
const originSchema = z.object({
  name: z.string(),
  version: z.number(),
  hash: z.string(),
  counts: z.object({ records: z.number() }),
});
export type DatasetOrigin = Pick<z.infer<typeof originSchema>, "name" | "version" | "hash">;

/** A dataset version on disk: where it came from, and its records as they are read. */
export interface StoredVersion {
  origin: DatasetOrigin;
  records: AsyncIterable<DatasetRecord>;
}

const RECORDS = "records.jsonl";

/**
 * Opens a directory that `culprit curate` wrote. Records are read as they are asked for.
 *
 * @throws CulpritError `dataset_not_found`, `dataset_broken`; while records are read also `dataset_broken`, naming the
 * line, and for a file that ends before its manifest says
 */
export async function openVersion(directory: string): Promise<StoredVersion> {
  const text = await readFile(join(directory, MANIFEST), "utf8").catch(() => undefined);
  if (text === undefined || !(await stat(join(directory, RECORDS)).catch(() => undefined))) {
    throw new CulpritError("dataset_not_found", `${directory} holds no whole dataset version.`, {
      mend: `It needs ${RECORDS} and ${MANIFEST}; where making it was interrupted, run culprit curate again.`,
    });
  }
  const parsed = originSchema.safeParse(asJson(text));
  if (!parsed.success) throw broken(`${join(directory, MANIFEST)} is not the manifest of a dataset version`);
  const { counts, ...origin } = parsed.data;
  return { origin, records: readRecords(join(directory, RECORDS), counts.records) };
}

async function* readRecords(path: string, promised: number): AsyncGenerator<DatasetRecord> {
  let line = 0;
  let records = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    if (text === "") continue;
    const parsed = datasetRecordSchema.safeParse(asJson(text));
    if (!parsed.success) {
      throw broken(`Line ${line} of ${path} is no dataset record (${parsed.error.issues[0]?.message ?? "unreadable"})`);
    }
    records++;
    yield parsed.data;
  }
  if (records !== promised) throw broken(`${path} holds ${records} records, its ${MANIFEST} says ${promised}`);
}

function broken(what: string): CulpritError {
  return new CulpritError("dataset_broken", `${what}.`, {
    mend: "Curate the dataset again with this version of Culprit.",
  });
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
