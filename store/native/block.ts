import { ByteWriter } from "./byte-writer.ts";
import type { NativeColumn } from "./columns.ts";

/** Encoders are not re-entrant: one writer serves all blocks, so that its room is grown once. */
const shared = new ByteWriter(1024 * 1024);
/** Past this the shared room is given back. */
const KEPT_BYTES = 32 * 1024 * 1024;

/**
 * Items as one block of ClickHouse's Native format: the number of columns and rows, then column by column its name, its
 * type and its values. Blocks put one after another are a valid body of one insert.
 */
export function encodeBlock<Item>(columns: readonly NativeColumn<Item>[], items: readonly Item[]): Buffer {
  const out = shared.length === 0 ? shared : new ByteWriter();
  try {
    out.varint(columns.length);
    out.varint(items.length);
    for (const column of columns) {
      out.text(column.name);
      out.text(column.type);
      column.write(out, items);
    }
    return out.take();
  } finally {
    out.clear();
    out.trim(KEPT_BYTES);
  }
}
