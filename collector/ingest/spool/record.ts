import { crc32 } from "node:zlib";
import type { SpanBlock } from "@culprit/store";

/**
 * A record of the spool: 12 bytes (its length, the CRC-32 of that length, the CRC-32 of what follows, all little-endian
 * unsigned 32 bits), then the block: rows, then each part behind its length.
 */
export const HEADER_BYTES = 12;
/** Rows, and the lengths of the two parts. */
const BLOCK_HEADER_BYTES = 12;
/** What no record is longer than; a longer length is damage. */
export const MOST_RECORD_BYTES = 1024 * 1024 * 1024;

/** A block as one record, in the pieces to be written one after another. */
export function encodeRecord(block: SpanBlock): Buffer[] {
  const head = Buffer.allocUnsafe(BLOCK_HEADER_BYTES);
  head.writeUInt32LE(block.rows, 0);
  head.writeUInt32LE(block.spans.byteLength, 4);
  head.writeUInt32LE(block.contents.byteLength, 8);
  // The CRC of no bytes at all starts anew in zlib, whatever came before it.
  const parts = [head, asBuffer(block.spans), asBuffer(block.contents)].filter(({ byteLength }) => byteLength > 0);
  const length = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32LE(length, 0);
  header.writeUInt32LE(crc32(header.subarray(0, 4)), 4);
  header.writeUInt32LE(
    parts.reduce((sum, part) => crc32(part, sum), 0),
    8,
  );
  return [header, ...parts];
}

/** Bytes a block takes in the spool. */
export function recordBytes(block: SpanBlock): number {
  return HEADER_BYTES + BLOCK_HEADER_BYTES + block.spans.byteLength + block.contents.byteLength;
}

/** The length a header announces, or undefined when the header is damaged or incomplete. */
export function bodyLength(header: Buffer): number | undefined {
  if (header.byteLength < HEADER_BYTES || crc32(header.subarray(0, 4)) !== header.readUInt32LE(4)) return undefined;
  const length = header.readUInt32LE(0);
  return length < BLOCK_HEADER_BYTES || length > MOST_RECORD_BYTES ? undefined : length;
}

/** The block of a record, or undefined when it is damaged or incomplete. */
export function decodeRecord(header: Buffer, body: Buffer): SpanBlock | undefined {
  if (bodyLength(header) !== body.byteLength || crc32(body) !== header.readUInt32LE(8)) return undefined;
  const spansLength = body.readUInt32LE(4);
  const contentsStart = BLOCK_HEADER_BYTES + spansLength;
  if (contentsStart + body.readUInt32LE(8) !== body.byteLength) return undefined;
  return {
    rows: body.readUInt32LE(0),
    bytes: body.byteLength - BLOCK_HEADER_BYTES,
    spans: body.subarray(BLOCK_HEADER_BYTES, contentsStart),
    contents: body.subarray(contentsStart),
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
