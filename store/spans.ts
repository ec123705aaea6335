import { setImmediate as breathe } from "node:timers/promises";
import type { IncomingSpan } from "@culprit/schemas";
import type { Connection } from "./connection.ts";
import { CONTENT_COLUMNS, ContentCollector } from "./contents/collect.ts";
import { type NodeKey, SeenNodes } from "./contents/seen.ts";
import { encodeSpanBlock, SPAN_COLUMNS } from "./rows/span.ts";
import { joinKey } from "./rows/table.ts";

/** Spans as the bytes an insert sends: encoded once, then kept, spooled and sent any number of times. */
export interface SpanBlock {
  readonly rows: number;
  /** Size of everything in it. */
  readonly bytes: number;
  /** A Native block of `spans`. */
  readonly spans: Uint8Array;
  /** A Native block of `contents`, stored before the spans that refer to it; empty when there are none. */
  readonly contents: Uint8Array;
  /** The nodes in `contents`, unknown to who read the block from disk. */
  readonly nodes?: readonly NodeKey[] | undefined;
}

/** The write side of spans. */
export interface SpanWriter {
  /** Encodes spans; of those with the same ids the last stays. */
  encode(spans: readonly IncomingSpan[]): SpanBlock;
  /**
   * Stores blocks in one insert, durable when it resolves. Does not try again.
   * Throws `store_unavailable` (past `deadlineMs` too: the blocks may then be stored all the same) or `store_failed`.
   */
  insert(blocks: readonly SpanBlock[], deadlineMs?: number): Promise<void>;
  /** To be called when rows were deleted: contents that were there may have gone. */
  forget(): void;
}

const CONTENTS = { table: "contents", columns: CONTENT_COLUMNS };
/** Copies of a span are told apart whenever it is read; to look for them in each insert costs a sixth of it. */
const SPANS = { table: "spans", columns: SPAN_COLUMNS, settings: "SETTINGS optimize_on_insert = 0" };

/** Largest insert of spans given to the store directly. */
const INSERT_ROWS = 10_000;
const INSERT_BYTES = 32 * 1024 * 1024;
/** Blocks of this size are encoded at a time, so that other work gets its turn and memory stays small. */
const BLOCK_BYTES = 2 * 1024 * 1024;

export function spanWriter(connection: Connection): SpanWriter {
  const seen = new SeenNodes();
  return {
    encode(given) {
      const once = lastOfEach(given);
      const collector = new ContentCollector(seen);
      const spans = encodeSpanBlock(once, collector);
      const contents = collector.encode();
      const bytes = spans.byteLength + contents.byteLength;
      return { rows: once.length, bytes, spans, contents, nodes: collector.fresh };
    },
    async insert(blocks, deadlineMs) {
      const started = performance.now();
      const contents = blocks.map((block) => block.contents).filter(({ byteLength }) => byteLength > 0);
      // First, so that no crash leaves a span without its content; content without a span is only unused.
      if (contents.length > 0) {
        await connection.insertBlocks(CONTENTS, contents, deadlineMs);
        seen.add(blocks.flatMap(({ nodes }) => nodes ?? []));
      }
      const left = deadlineMs === undefined ? undefined : Math.max(1, deadlineMs - (performance.now() - started));
      const spans = blocks.map((block) => block.spans);
      await connection.insertBlocks(SPANS, spans, left);
    },
    forget: () => seen.clear(),
  };
}

/** Stores any number of spans; tries again what passes by itself. */
export async function insertSpans(
  connection: Connection,
  writer: SpanWriter,
  spans: readonly IncomingSpan[],
): Promise<void> {
  for await (const blocks of encodeAll(writer, spans)) await connection.retrying(() => writer.insert(blocks));
}

async function* encodeAll(writer: SpanWriter, spans: readonly IncomingSpan[]): AsyncGenerator<SpanBlock[]> {
  let blocks: SpanBlock[] = [];
  let [rows, bytes, size] = [0, 0, 16];
  for (let start = 0; start < spans.length; ) {
    const block = writer.encode(spans.slice(start, start + size));
    start += size;
    blocks.push(block);
    rows += block.rows;
    bytes += block.bytes;
    size = block.bytes < BLOCK_BYTES ? Math.min(size * 2, 1024) : Math.max(size >> 1, 1);
    if (rows >= INSERT_ROWS || bytes >= INSERT_BYTES) {
      yield blocks;
      blocks = [];
      [rows, bytes] = [0, 0];
    } else await breathe();
  }
  if (blocks.length > 0) yield blocks;
}

/** Spans without those that a later one with the same ids replaces; nearly always there are none. */
function lastOfEach(spans: readonly IncomingSpan[]): readonly IncomingSpan[] {
  if (new Set(spans.map(({ span_id }) => span_id)).size === spans.length) return spans;
  const byKey = new Map(spans.map((span) => [joinKey(span.project, span.trace_id, span.span_id), span]));
  return [...byKey.values()];
}
