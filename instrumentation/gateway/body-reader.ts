import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

const DECODERS: Record<string, () => Transform> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** What an answer's bytes say, read beside their way to the caller. */
export interface BodyReader {
  push(bytes: Buffer): void;
  /** No more bytes come; `done` once the last were given on. */
  end(done: () => void): void;
}

/**
 * Undoes an answer's content coding for the record.
 *
 * @param most bytes that are read; what a coding blows up past them is left unread
 * @returns undefined for a coding that is not known
 */
export function bodyReader(coding: string, most: number, onBytes: (bytes: Buffer) => void): BodyReader | undefined {
  let read = 0;
  const give = (bytes: Buffer) => {
    read += bytes.length;
    if (read <= most) onBytes(bytes);
  };
  const name = coding.trim().toLowerCase();
  if (name === "" || name === "identity") return { push: give, end: (done) => done() };
  const decoder = Object.hasOwn(DECODERS, name) ? DECODERS[name]?.() : undefined;
  if (decoder === undefined) return undefined;
  let over = false;
  let finished = (): void => {
    over = true;
  };
  decoder.on("data", (bytes: Buffer) => {
    give(bytes);
    if (read > most) decoder.destroy();
  });
  decoder.once("error", () => finished()).once("close", () => finished());
  return {
    push: (bytes) => {
      if (!over && !decoder.destroyed) decoder.write(bytes);
    },
    end: (done) => {
      if (over || decoder.destroyed) return done();
      finished = () => {
        finished = () => undefined;
        done();
      };
      decoder.end();
    },
  };
}
