import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { DatasetRecord, DatasetVersion } from "@culprit/schemas";
import { MANIFEST, publishWhole } from "../export/publish.ts";
import { inOrder, recordLine } from "./canonical.ts";
import { versionCard } from "./card.ts";

/** One `DatasetRecord` a line, by run. */
export const RECORDS = "records.jsonl";
const CARD = "README.md";
/** What `dataset.json` calls the format of such a directory. */
export const VERSION_FORMAT = "curated";

/**
 * Writes a version as a directory: `records.jsonl`, `dataset.json`, `README.md`. Nothing stands under its final name
 * before all is written.
 *
 * @throws CulpritError what `publishWhole` throws
 */
export async function writeVersion(
  out: string,
  version: DatasetVersion,
  records: readonly DatasetRecord[],
): Promise<string[]> {
  return await publishWhole(out, VERSION_FORMAT, async (staging) => {
    await pipeline(Readable.from(lines(records)), createWriteStream(join(staging, RECORDS)));
    await writeFile(join(staging, CARD), versionCard(version));
    await writeFile(join(staging, MANIFEST), `${JSON.stringify({ format: VERSION_FORMAT, ...version }, null, 2)}\n`);
    return [RECORDS, CARD, MANIFEST];
  });
}

function* lines(records: readonly DatasetRecord[]): Generator<string> {
  for (const record of inOrder(records)) yield `${recordLine(record)}\n`;
}
