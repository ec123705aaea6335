import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import { BodyError, decompress, decompressorOf, tooLarge } from "./decompress.ts";
import type { Reservation } from "./memory.ts";

export interface BodyOptions {
  /** Most bytes accepted, before and after decompression; nothing past it is ever held. */
  limit: number;
  /** Grows with what is held. */
  reservation: Reservation;
}

/**
 * The body of a request, decompressed.
 *
 * @throws BodyError 413 past the limit, 400 when it ends early or does not decompress, 415 for an unknown content
 *   encoding
 * @throws BusyError when the reservation may not grow
 */
export async function readBody(context: Context, { limit, reservation }: BodyOptions): Promise<Uint8Array> {
  const open = decompressorOf(context.req.header("content-encoding") ?? null);
  const declared = context.req.header("content-length");
  if (declared !== undefined && Number(declared) > limit) throw tooLarge(limit);
  const bytes = await readChunks(context, limit, reservation);
  if (!open || bytes.byteLength === 0) return bytes;
  const plain = await decompress(open, bytes, limit, reservation);
  reservation.shrink(bytes.byteLength);
  return plain;
}

async function readChunks(context: Context, limit: number, reservation: Reservation): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const source = chunksOf(context)[Symbol.asyncIterator]();
  for (;;) {
    const next = await source.next().catch(() => {
      throw new BodyError(400, "The body ended early.");
    });
    if (next.done) break;
    size += next.value.byteLength;
    if (size > limit) throw tooLarge(limit);
    reservation.grow(next.value.byteLength);
    parts.push(next.value);
  }
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts, size);
}

/**
 * Over a socket, its own stream, which a refusal leaves open so that the answer can still be sent; in process, the
 * request's.
 */
function chunksOf(context: Context): AsyncIterable<Uint8Array> {
  const incoming = (context.env as Partial<HttpBindings> | undefined)?.incoming;
  if (incoming) return { [Symbol.asyncIterator]: () => incoming.iterator({ destroyOnReturn: false }) };
  const { body } = context.req.raw;
  return body ? (body as unknown as AsyncIterable<Uint8Array>) : { async *[Symbol.asyncIterator]() {} };
}
