import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { parquetMetadataAsync, parquetReadObjects } from "hyparquet";

/** Rows and uncompressed bytes that a file may have; a small file can claim any number of either. */
const MAX_ROWS = 100_000;
const MAX_BYTES = 512 * 1024 * 1024;

/** Beside Snappy and none, which the reader brings. */
const COMPRESSORS = {
  GZIP: (input: Uint8Array, outputLength: number) => gunzipSync(input, { maxOutputLength: outputLength + 1 }),
  BROTLI: (input: Uint8Array, outputLength: number) =>
    brotliDecompressSync(input, { maxOutputLength: outputLength + 1 }),
};

/** Whether bytes begin as a Parquet file does. */
export function isParquet(bytes: Uint8Array): boolean {
  return bytes.length >= 12 && Buffer.from(bytes.subarray(0, 4)).toString("latin1") === "PAR1";
}

/**
 * The rows of a Parquet file as plain JSON values: 64-bit integers as numbers, or as strings past 2^53.
 *
 * @throws Error for bytes that are no Parquet file, are compressed in another way, or claim to be too large
 */
export async function parquetRows(bytes: Uint8Array): Promise<Record<string, unknown>[]> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const metadata = await parquetMetadataAsync(file);
  if (Number(metadata.num_rows) > MAX_ROWS) throw new Error(`it has more than ${MAX_ROWS} rows`);
  const size = metadata.row_groups.reduce(
    (sum, group) =>
      sum + group.columns.reduce((own, column) => own + Number(column.meta_data?.total_uncompressed_size ?? 0), 0),
    0,
  );
  if (size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} uncompressed bytes`);
  const rows = await parquetReadObjects({ file, metadata, compressors: COMPRESSORS });
  return rows.map((row) => plain(row) as Record<string, unknown>);
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") {
    return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value.toString();
  }
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("utf8");
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
