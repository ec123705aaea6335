import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { CulpritError, type DatasetRecord } from "@culprit/schemas";
import { z } from "zod";
import { asJson, broken, readRecords } from "../version/read.ts";
import { RECORDS } from "../version/write.ts";
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
  return { origin, records: readRecords(directory, counts.records) };
}
