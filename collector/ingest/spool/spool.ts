import { mkdir, open, readdir, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { CulpritError, describeError } from "@culprit/schemas";
import type { SpanBlock } from "@culprit/store";
import type { Log } from "../../log.ts";
import { type Lock, lockDirectory } from "./lock.ts";
import { recordBytes } from "./record.ts";
import { Segment } from "./segment.ts";

const SEGMENT_NAME = /^\d{12}\.spool$/;

export interface SpoolOptions {
  directory: string;
  /** Largest total size. */
  maxBytes: number;
  /** Past this size a file is closed and the next one begun. */
  segmentBytes: number;
  log: Log;
}

/** Where a drain has got to: what it read, and what {@link Spool.drop} then takes. */
export interface Batch {
  blocks: SpanBlock[];
  /** The segment read from, and where reading it goes on. */
  segment: Segment;
  end: number;
}

/**
 * Blocks on disk, in order, until the store takes them: a directory of segments, each a file of checksummed records.
 *
 * What {@link append} acknowledged survives the end of the process at any moment, and of the machine. A record that was
 * being written then is cut and reported. A segment is deleted once the store has all of it, so a crash in between
 * gives the store a segment's blocks twice; a span stored twice is one span.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #lock: Lock;
  /** Oldest first; the last one is appended to. */
  readonly #segments: Segment[];
  #next: number;
  #read = 0;
  #bytes: number;
  #writable = false;
  /** Whether something of the oldest segment could not be read. */
  #damaged = false;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: SpoolOptions, lock: Lock, segments: Segment[], next: number) {
    this.#options = options;
    this.#lock = lock;
    this.#segments = segments;
    this.#next = next;
    this.#bytes = segments.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Opens a spool with what an earlier process left in it. Throws `spool_locked` when another process has it, and
   * `spool_unusable` when the directory cannot be used.
   */
  static async open(options: SpoolOptions): Promise<Spool> {
    const { directory } = options;
    let lock: Lock | undefined;
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      lock = await lockDirectory(directory);
      if (lock === undefined) {
        throw new CulpritError("spool_locked", `The spool ${directory} belongs to another process.`, {
          mend: "Give each collector a data directory of its own.",
        });
      }
      const names = (await readdir(directory)).filter((name) => SEGMENT_NAME.test(name)).sort();
      const segments: Segment[] = [];
      for (const name of names) segments.push(await Segment.find(join(directory, name)));
      const spool = new Spool(options, lock, segments, Number.parseInt(names.at(-1) ?? "0", 10) + 1);
      await spool.#cutTornTail();
      return spool;
    } catch (cause) {
      await lock?.release();
      if (cause instanceof CulpritError) throw cause;
      throw unusable(directory, cause);
    }
  }

  get empty(): boolean {
    return this.#segments.length === 0;
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Appends blocks; they are on disk when it resolves. Throws `spool_full`, and `spool_unusable`
   * when the disk refuses; nothing is kept of the blocks then.
   */
  append(blocks: readonly SpanBlock[]): Promise<void> {
    return this.#inTurn(() => this.#append(blocks));
  }

  /** The oldest blocks, at most so many rows or bytes (one block at least); undefined when there are none. */
  peek(maxRows: number, maxBytes: number): Promise<Batch | undefined> {
    return this.#inTurn(() => this.#peek(maxRows, maxBytes));
  }

  /** Gives up what {@link peek} gave out, once the store has it. */
  drop(batch: Batch): Promise<void> {
    return this.#inTurn(() => this.#drop(batch));
  }

  /** Keeps blocks beside the segments, for whoever may want to look: the store does not want them. */
  refuse(blocks: readonly SpanBlock[]): Promise<void> {
    return this.#inTurn(async () => {
      const file = await Segment.create(join(this.#options.directory, `${Date.now()}-${this.#next++}.refused`));
      await file.append(blocks);
      await file.close();
      await syncDirectory(this.#options.directory);
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => {
      for (const segment of this.#segments) await segment.close();
    });
    await this.#lock.release();
  }

  /** One operation at a time: a file may not be deleted while it is appended to. */
  #inTurn<Result>(action: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(action);
    this.#last = result.catch(() => {});
    return result;
  }

  async #append(blocks: readonly SpanBlock[]): Promise<void> {
    const size = blocks.reduce((sum, block) => sum + recordBytes(block), 0);
    if (this.#bytes + size > this.#options.maxBytes) {
      throw new CulpritError("spool_full", "The store does not take spans and the spool is full.", {
        mend: "Bring the store back, or raise spool_bytes.",
      });
    }
    try {
      const segment = await this.#writeSegment();
      await segment.append(blocks);
      this.#bytes += size;
    } catch (cause) {
      throw unusable(this.#options.directory, cause);
    }
  }

  async #peek(maxRows: number, maxBytes: number): Promise<Batch | undefined> {
    for (;;) {
      const segment = this.#segments[0];
      if (segment === undefined) return undefined;
      const batch: Batch = { blocks: [], segment, end: this.#read };
      let [rows, bytes] = [0, 0];
      while (batch.end < segment.size && (batch.blocks.length === 0 || (rows < maxRows && bytes < maxBytes))) {
        const found = await segment.read(batch.end);
        if (found === undefined) {
          if (batch.blocks.length > 0) return batch;
          this.#report(segment, "the rest of it is damaged and kept as .damaged", batch.end);
          await this.#moveAside(segment);
          break;
        }
        batch.end = found.end;
        if (found.block === undefined) {
          this.#report(segment, "a damaged record is left out, and its file kept as .damaged", batch.end);
          this.#damaged = true;
        } else {
          batch.blocks.push(found.block);
          rows += found.block.rows;
          bytes += found.block.bytes;
        }
      }
      if (batch.blocks.length > 0) return batch;
      if (this.#segments[0] === segment) await this.#drop(batch);
    }
  }

  async #drop({ segment, end }: Batch): Promise<void> {
    if (this.#segments[0] !== segment) return;
    this.#read = end;
    if (end < segment.size) return;
    if (this.#damaged) return this.#moveAside(segment);
    this.#forget(segment);
    await segment.close();
    await unlink(segment.path);
    await syncDirectory(this.#options.directory);
  }

  async #writeSegment(): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (this.#writable && last !== undefined && last.size < this.#options.segmentBytes) return last;
    const { directory } = this.#options;
    const segment = await Segment.create(join(directory, `${String(this.#next++).padStart(12, "0")}.spool`));
    await syncDirectory(directory);
    this.#segments.push(segment);
    this.#writable = true;
    return segment;
  }

  /** Only the newest segment can end in the middle of a record: the others were whole before it was begun. */
  async #cutTornTail(): Promise<void> {
    const last = this.#segments.at(-1);
    if (last === undefined) return;
    let end = 0;
    while (end < last.size) {
      const found = await last.read(end);
      if (found === undefined || (found.block === undefined && found.end === last.size)) break;
      end = found.end;
    }
    if (end < last.size) {
      this.#report(last, `its torn end of ${last.size - end} bytes, never acknowledged, is cut`, end);
      this.#bytes -= last.size - end;
      await last.cut(end);
    }
  }

  /** What cannot be read is out of the way, and there for whoever may want to look. */
  async #moveAside(segment: Segment): Promise<void> {
    this.#forget(segment);
    await segment.close();
    await rename(segment.path, `${segment.path}.damaged`);
    await syncDirectory(this.#options.directory);
  }

  #forget(segment: Segment): void {
    this.#segments.shift();
    this.#read = 0;
    this.#damaged = false;
    this.#bytes -= segment.size;
    if (this.#segments.length === 0) this.#writable = false;
  }

  #report(segment: Segment, what: string, offset: number): void {
    this.#options.log("warn", `spool: ${what}`, { file: segment.path, offset });
  }
}

/** A new or deleted file is only certain once its directory is. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unusable(directory: string, cause: unknown): CulpritError {
  return new CulpritError("spool_unusable", `The spool ${directory} cannot be used: ${describeError(cause)}`, {
    mend: "Check the disk space and permissions of the data directory.",
    cause,
  });
}
