import { fileWriter, ParquetWriter } from "hyparquet-writer";
import type { RowSink } from "./format.ts";
import { columnNames, type ParquetSchema } from "./parquet-schema.ts";

/** A row group is written once it has either: what a reader holds in memory, and so do we. */
const GROUP_ROWS = 1000;
const GROUP_CHARACTERS = 8_000_000;
/** Bytes of a smallest and largest value kept in the footer; whole prompts there would grow without bound. */
const STATISTICS_BYTES = 32;

/** A Parquet file written row group by row group: memory is one group's, however many rows there are. */
export function openParquet(path: string, schema: ParquetSchema): RowSink {
  const names = columnNames(schema);
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    schema,
    createdBy: "culprit",
    statisticsTruncateLength: STATISTICS_BYTES,
  });
  let rows: Record<string, unknown>[] = [];
  let characters = 0;

  async function writeGroup(): Promise<void> {
    const group = rows;
    rows = [];
    characters = 0;
    await writer.write({
      columnData: names.map((name) => ({
        name,
        data: group.map((row) => row[name]),
        // A dictionary of texts that hardly repeat costs a hash of each and saves nothing.
        ...(isNested(group[0]?.[name]) ? { encoding: "PLAIN" as const } : {}),
      })),
      rowGroupSize: group.length,
    });
    // Also lets timers and signals in between groups: encoding is synchronous.
    await new Promise((resolve) => setImmediate(resolve));
  }

  return {
    write(row) {
      rows.push(row as Record<string, unknown>);
      characters += charactersIn(row);
      return rows.length >= GROUP_ROWS || characters >= GROUP_CHARACTERS ? writeGroup() : undefined;
    },
    async close() {
      if (rows.length > 0) await writeGroup();
      await writer.finish();
    },
    async abandon() {},
  };
}

function isNested(value: unknown): boolean {
  return Array.isArray(value);
}

function charactersIn(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (value === null || typeof value !== "object") return 8;
  let sum = 0;
  for (const part of Object.values(value)) sum += charactersIn(part);
  return sum;
}
