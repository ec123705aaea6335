import type { IncomingMessage } from "node:http";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { CulpritError } from "@culprit/schemas";

/**
 * The whole body of a request, as sent.
 *
 * @throws CulpritError `request_too_large` past `most` bytes, `client_left` when it breaks off
 */
export async function readBody(incoming: IncomingMessage, most: number): Promise<Buffer> {
  if (Number(incoming.headers["content-length"] ?? 0) > most) throw tooLarge(most);
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of incoming as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > most) throw tooLarge(most);
      pieces.push(piece);
    }
  } catch (cause) {
    if (cause instanceof CulpritError) throw cause;
    throw new CulpritError("client_left", "The caller closed the connection inside its request.", { cause });
  }
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}

const DECODERS: Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Buffer> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/** The text of a request body for its record; empty for a content coding that can't be undone within `most` bytes. */
export function bodyText(body: Buffer, coding: string | undefined, most: number): string {
  const name = (coding ?? "").trim().toLowerCase();
  if (name === "" || name === "identity") return body.toString("utf8");
  const decode = Object.hasOwn(DECODERS, name) ? DECODERS[name] : undefined;
  try {
    return decode?.(body, { maxOutputLength: most }).toString("utf8") ?? "";
  } catch {
    return "";
  }
}

function tooLarge(most: number): CulpritError {
  return new CulpritError("request_too_large", `The request is larger than ${most} bytes.`, {
    mend: "Send less, or raise gateway_max_request_bytes.",
  });
}
