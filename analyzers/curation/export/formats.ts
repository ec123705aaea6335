import { join } from "node:path";
import { CulpritError } from "@culprit/schemas";
import { openDocuments } from "./documents.ts";
import type { Format, RowSink, Split } from "./format.ts";
import { openJsonLines } from "./json-lines.ts";
import { openParquet } from "./parquet.ts";
import { nemoRl, openRlhf, slime, trl, trlParquet, verl } from "./reward-rows.ts";
import { sft } from "./sft.ts";
import { jsonl, tracertraj, whoAndWhen } from "./trajectory-rows.ts";

/** Every export format there is, by name. */
const FORMATS = {
  verl,
  trl,
  "trl-parquet": trlParquet,
  openrlhf: openRlhf,
  "nemo-rl": nemoRl,
  slime,
  sft,
  "who-and-when": whoAndWhen,
  tracertraj,
  jsonl,
} as const satisfies Record<string, Format>;
export type ExportFormat = keyof typeof FORMATS;
export const EXPORT_FORMATS = Object.keys(FORMATS) as readonly ExportFormat[];

/** @throws CulpritError `export_unknown_format` naming the formats there are */
export function formatOf(name: string): Format {
  if (Object.hasOwn(FORMATS, name)) return FORMATS[name as ExportFormat];
  throw new CulpritError("export_unknown_format", `There is no export format ${name}.`, {
    mend: `Formats are ${EXPORT_FORMATS.join(", ")}.`,
  });
}

/** Opens one split's file or folder in a directory that nobody reads yet. */
export async function openSplit(
  format: Format,
  split: Split,
  directory: string,
): Promise<{ name: string; sink: RowSink }> {
  if (format.encoding === "documents") return { name: split, sink: await openDocuments(join(directory, split)) };
  const name = `${split}.${format.encoding}`;
  const path = join(directory, name);
  return { name, sink: format.encoding === "jsonl" ? await openJsonLines(path) : openParquet(path, format.schema) };
}
