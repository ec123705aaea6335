import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { CulpritError } from "@culprit/schemas";
import tar from "tar-stream";
import { EntryTree, type ListedEntry, type OpenArchive } from "./archive.ts";
import { type Allowance, mebibytes } from "./limits.ts";

interface TarEntry extends ListedEntry {
  content: Uint8Array | undefined;
  refused: string;
}

const KINDS: Readonly<Record<string, ListedEntry["kind"]>> = {
  file: "file",
  "contiguous-file": "file",
  directory: "folder",
  symlink: "link",
  link: "link",
};

/** Bytes of a gzip stream, inside the limits. A stream that ends early gives what it had. */
export async function gunzipped(
  packed: Uint8Array,
  allowance: Allowance,
): Promise<{ bytes: Uint8Array; trouble: string | undefined }> {
  const chunks: Uint8Array[] = [];
  const trouble = await unpack(packed, allowance, (chunk) => chunks.push(chunk));
  return { bytes: Buffer.concat(chunks), trouble };
}

async function unpack(
  packed: Uint8Array,
  allowance: Allowance,
  take: (chunk: Uint8Array) => void,
): Promise<string | undefined> {
  let size = 0;
  const gunzip = createGunzip();
  const stream = Readable.from([packed]).pipe(gunzip);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > allowance.limits.file_bytes) {
        throw new CulpritError(
          "archive_entry_too_large",
          `It unpacks to more than ${mebibytes(allowance.limits.file_bytes)}.`,
        );
      }
      if (allowance.isBomb(packed.byteLength, size) || !allowance.takeUnpacked(chunk.length)) {
        throw new CulpritError("archive_entry_bomb", "It unpacks to more than an archive may ask for.");
      }
      take(chunk);
    }
    return undefined;
  } catch (error) {
    if (error instanceof CulpritError) throw error;
    if (size === 0) throw new CulpritError("archive_broken", `It does not unpack (${said(error)}).`, { cause: error });
    return `It ends early (${said(error)}).`;
  } finally {
    gunzip.destroy();
  }
}

/**
 * A tar archive in memory, gunzipped already. A tar has no directory, so its files are read in one pass. One that ends
 * early has the files that were whole.
 */
export async function openTar(bytes: Uint8Array, allowance: Allowance): Promise<OpenArchive> {
  const tree = new EntryTree<TarEntry>();
  const extract = tar.extract();
  extract.on("entry", (header, stream, next) => {
    const kind = KINDS[header.type ?? "file"] ?? "other";
    const bytesOf = header.size ?? 0;
    const refused = !allowance.takeEntry()
      ? "is past the number of entries that are looked at"
      : bytesOf > allowance.limits.file_bytes
        ? `has ${mebibytes(bytesOf)}`
        : "";
    const chunks: Uint8Array[] = [];
    stream.on("data", (chunk: unknown) => {
      if (chunk instanceof Uint8Array && kind === "file" && refused === "") chunks.push(chunk);
    });
    stream.on("end", () => {
      const content = kind === "file" && refused === "" ? Buffer.concat(chunks) : undefined;
      const modifiedMs = header.mtime?.getTime() ?? 0;
      tree.add({ name: header.name, kind, bytes: bytesOf, modifiedMs, content, refused });
      next();
    });
    stream.on("error", () => next());
  });
  await new Promise<void>((resolve) => {
    extract.on("finish", () => resolve());
    extract.on("close", () => resolve());
    extract.on("error", (error: Error) => {
      tree.troubles.push(`It ends early or is broken (${error.message}).`);
      resolve();
    });
    extract.end(bytes);
  });
  return {
    list: (folder) => tree.list(folder),
    troubles: tree.troubles,
    async read(name) {
      const found = tree.file(name);
      if (found?.content !== undefined) return found.content;
      throw new CulpritError("archive_entry_too_large", `${name} ${found?.refused || "is not in the archive"}.`);
    },
    async close() {},
  };
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
