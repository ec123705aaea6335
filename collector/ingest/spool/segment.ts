import { type FileHandle, open, stat } from "node:fs/promises";
import type { SpanBlock } from "@culprit/store";
import { bodyLength, decodeRecord, encodeRecord, HEADER_BYTES } from "./record.ts";

/** A record found in a segment, and where the next one begins; no block when its bytes are damaged. */
export interface Found {
  block: SpanBlock | undefined;
  end: number;
}

/** One file of the spool: records one after another, appended and never changed. */
export class Segment {
  readonly path: string;
  /** Bytes of whole records. */
  size: number;
  #file: FileHandle | undefined;

  private constructor(path: string, size: number) {
    this.path = path;
    this.size = size;
  }

  static async create(path: string): Promise<Segment> {
    const segment = new Segment(path, 0);
    segment.#file = await open(path, "wx+", 0o600);
    return segment;
  }

  /** A segment that an earlier process wrote. */
  static async find(path: string): Promise<Segment> {
    return new Segment(path, (await stat(path)).size);
  }

  /** Appends blocks; they are on disk when it resolves. On failure the file ends where it ended before. */
  async append(blocks: readonly SpanBlock[]): Promise<void> {
    const file = await this.#open();
    const parts = blocks.flatMap(encodeRecord);
    const length = parts.reduce((sum, part) => sum + part.byteLength, 0);
    try {
      for (let at = this.size, index = 0; index < parts.length; index++) {
        const part = parts[index] as Buffer;
        await writeAll(file, part, at);
        at += part.byteLength;
      }
      await file.datasync();
    } catch (error) {
      await file.truncate(this.size).catch(() => {});
      throw error;
    }
    this.size += length;
  }

  /** The record at an offset; undefined when its header is damaged or it is not all there. */
  async read(offset: number): Promise<Found | undefined> {
    const file = await this.#open();
    const header = await readUpTo(file, offset, HEADER_BYTES);
    const length = bodyLength(header);
    if (length === undefined || offset + HEADER_BYTES + length > this.size) return undefined;
    const block = decodeRecord(header, await readUpTo(file, offset + HEADER_BYTES, length));
    return { block, end: offset + HEADER_BYTES + length };
  }

  /** Cuts everything from an offset on; resolves once that is on disk. */
  async cut(offset: number): Promise<void> {
    const file = await this.#open();
    await file.truncate(offset);
    await file.datasync();
    this.size = offset;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #open(): Promise<FileHandle> {
    this.#file ??= await open(this.path, "r+");
    return this.#file;
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, offset + done);
    done += bytesWritten;
  }
}

async function readUpTo(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}
