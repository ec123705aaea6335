import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RowSink } from "./format.ts";
import { jsonText } from "./json-lines.ts";

/** A folder of JSON documents, each called by its record's id. */
export async function openDocuments(folder: string): Promise<RowSink> {
  await mkdir(folder, { recursive: true });
  return {
    write: (row, id) => writeFile(join(folder, `${encodeURIComponent(id)}.json`), `${jsonText(row, 2)}\n`),
    async close() {},
    async abandon() {},
  };
}
