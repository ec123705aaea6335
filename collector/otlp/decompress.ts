import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import type { Reservation } from "./memory.ts";

/** Why a body can't be read; `status` is the HTTP status it deserves. */
export class BodyError extends Error {
  override readonly name = "BodyError";
  readonly status: 400 | 413 | 415;

  constructor(status: 400 | 413 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/** Output is handed over, counted and refused in pieces of this size. */
const PIECE = { chunkSize: 64 * 1024 } as const;

type Open = (bytes: Uint8Array) => Transform;

/** Node has it from 22.15 on. */
const zstd = (zlib as { createZstdDecompress?: (options: typeof PIECE) => Transform }).createZstdDecompress;

const DECOMPRESSORS: Record<string, Open> = {
  gzip: () => zlib.createGunzip(PIECE),
  "x-gzip": () => zlib.createGunzip(PIECE),
  /** `deflate` means zlib to the standard and bare deflate to some clients; the header's checksum tells them apart. */
  deflate: (bytes) => (hasZlibHeader(bytes) ? zlib.createInflate(PIECE) : zlib.createInflateRaw(PIECE)),
  ...(zstd === undefined ? {} : { zstd: () => zstd(PIECE) }),
};

/** Content encodings this process can read, as an `Accept-Encoding` header lists them. */
export const ACCEPTED_ENCODINGS = ["gzip", "deflate", ...(zstd === undefined ? [] : ["zstd"])].join(", ");

/**
 * What undoes a content encoding; undefined for none.
 *
 * @throws BodyError 415 for one that is unknown, or that this version of Node can't undo
 */
export function decompressorOf(contentEncoding: string | null): Open | undefined {
  const encoding = (contentEncoding ?? "").trim().toLowerCase();
  if (encoding === "" || encoding === "identity") return undefined;
  const open = Object.hasOwn(DECOMPRESSORS, encoding) ? DECOMPRESSORS[encoding] : undefined;
  if (open) return open;
  const why = encoding === "zstd" ? "takes Node 22.15 or newer on the collector's side" : "is not supported";
  throw new BodyError(415, `The content encoding ${encoding.slice(0, 40)} ${why}; send ${ACCEPTED_ENCODINGS}.`);
}

/**
 * Decompresses, holding never more than `limit` bytes.
 *
 * @throws BodyError 413 past the limit, 400 when the bytes are not what they are said to be
 * @throws BusyError when the reservation may not grow
 */
export function decompress(open: Open, bytes: Uint8Array, limit: number, reservation: Reservation): Promise<Buffer> {
  const stream = open(bytes);
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    stream.on("data", (part: Buffer) => {
      size += part.byteLength;
      try {
        if (size > limit) throw tooLarge(limit);
        reservation.grow(part.byteLength);
        parts.push(part);
      } catch (error) {
        stream.destroy(error as Error);
      }
    });
    stream.on("end", () => resolve(Buffer.concat(parts, size)));
    stream.on("error", (error: NodeJS.ErrnoException) => {
      const own = error.code === undefined;
      reject(own ? error : new BodyError(400, "The body is not what its content encoding says."));
    });
    stream.end(bytes);
  });
}

export function tooLarge(limit: number): BodyError {
  return new BodyError(413, `The body is larger than ${limit} bytes; send smaller batches or raise max_body_bytes.`);
}

function hasZlibHeader(bytes: Uint8Array): boolean {
  const [first = 0, second = 0] = bytes;
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}
