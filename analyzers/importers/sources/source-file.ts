import type { ImportSkip, SourceFile } from "../format.ts";
import { isParquet, parquetRows } from "../parquet.ts";
import { decodeText } from "./decode-text.ts";
import { parseLenientJson } from "./lenient-json.ts";

/** Lines that a file of JSON lines may have; past it the rest is left out and said. */
const MOST_RECORDS = 1_000_000;

/** Bytes of a file as what formats look at; a skip for what no format can read. */
export async function sourceFile(
  path: string,
  bytes: Uint8Array,
  modifiedMs: number,
): Promise<SourceFile | ImportSkip> {
  const common = { path, bytes: bytes.byteLength, modifiedMs };
  if (isParquet(bytes)) return { ...common, text: "", json: await parquetRows(Buffer.from(bytes)), warnings: [] };
  if (bytes.byteLength === 0) return { kind: "skip", path, code: "empty", reason: "The file is empty." };
  const decoded = decodeText(bytes);
  if (decoded === undefined) {
    return { kind: "skip", path, code: "binary", reason: "The file is neither text nor a known archive." };
  }
  const { text } = decoded;
  const warnings = decoded.encoding === "utf-8" ? [] : [`It is encoded as ${decoded.encoding}.`];
  if (text.startsWith("version https://git-lfs.github.com/")) {
    return {
      kind: "skip",
      path,
      code: "lfs_pointer",
      reason: "It is a Git LFS pointer: fetch the file with `git lfs pull`.",
    };
  }
  return { ...common, text, ...readJson(text, warnings), warnings };
}

/** The text as one JSON value, or as one a line; a value that ends early as far as it goes. */
function readJson(text: string, warnings: string[]): Pick<SourceFile, "json" | "records"> {
  try {
    return { json: JSON.parse(text) };
  } catch {
    // One value a line, one that is cut short, or no JSON.
  }
  if (!/^\s*[[{]/.test(text)) return { json: undefined };
  const lines = readLines(text);
  if (lines !== undefined) {
    if (lines.broken > 0) warnings.push(`${lines.broken} of its lines are no JSON and were left out.`);
    return { json: undefined, records: lines.records };
  }
  const mended = parseLenientJson(text);
  // Nothing but the bracket that opened it is nothing read.
  if (mended === undefined || /^(\{\}|\[\])$/.test(JSON.stringify(mended.value))) return { json: undefined };
  if (mended.cut > 0) warnings.push("It ends in the middle of a value: read as far as it is whole.");
  return { json: mended.value };
}

/** JSON lines: the first line is a value of its own, and so are most others. */
function readLines(text: string): { records: unknown[]; broken: number } | undefined {
  const records: unknown[] = [];
  let broken = 0;
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    const until = end === -1 ? text.length : end;
    const line = text.slice(from, until).trim();
    from = until + 1;
    if (line === "") continue;
    try {
      if (records.length >= MOST_RECORDS) throw new RangeError("too many");
      records.push(JSON.parse(line));
    } catch {
      const mended = /^[[{]/.test(line) ? parseLenientJson(line) : undefined;
      if (records.length === 0 && mended?.cut !== 0) return undefined;
      if (mended !== undefined && mended.cut === 0) records.push(mended.value);
      else broken++;
    }
  }
  return records.length > broken ? { records, broken } : undefined;
}
