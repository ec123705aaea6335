import { CulpritError } from "@culprit/schemas";
import yauzl from "yauzl";
import { EntryTree, type ListedEntry, type OpenArchive } from "./archive.ts";
import { type Allowance, mebibytes } from "./limits.ts";

interface ZipEntry extends ListedEntry {
  entry: yauzl.Entry;
}

const TYPE_MASK = 0o170000;
const LINK = 0o120000;

/**
 * A zip archive on disk or in memory. Only its directory is read; an entry is unpacked when it is asked for, inside the
 * limits, its size checked against what the directory claims.
 *
 * @throws CulpritError `archive_broken`
 */
export async function openZip(path: string, bytes: Uint8Array | undefined, allowance: Allowance): Promise<OpenArchive> {
  const options = { lazyEntries: true, autoClose: false, decodeStrings: false } as const;
  const zip = await (bytes === undefined
    ? yauzl.openPromise(path, options)
    : yauzl.fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), options)
  ).catch((cause: unknown) => {
    throw broken(path, cause);
  });
  const tree = new EntryTree<ZipEntry>();
  await readDirectory(zip, tree, allowance);
  return {
    list: (folder) => tree.list(folder),
    troubles: tree.troubles,
    read: (name) => readEntry(zip, tree.file(name), name, allowance),
    close: async () => zip.close(),
  };
}

function readDirectory(zip: yauzl.ZipFile, tree: EntryTree<ZipEntry>, allowance: Allowance): Promise<void> {
  return new Promise((resolve) => {
    zip.on("entry", (entry: yauzl.Entry) => {
      if (!allowance.takeEntry()) {
        tree.troubles.push("It has more entries than are looked at; the rest was left out.");
        resolve();
        return;
      }
      const raw: unknown = entry.fileName;
      const name = Buffer.isBuffer(raw) ? nameOf(entry, raw) : String(raw);
      const mode = (entry.externalFileAttributes >>> 16) & TYPE_MASK;
      const kind = name.endsWith("/") ? "folder" : mode === LINK ? "link" : "file";
      tree.add({ name, kind, bytes: entry.uncompressedSize, modifiedMs: modified(entry), entry });
      zip.readEntry();
    });
    zip.on("end", () => resolve());
    zip.on("error", (error: Error) => {
      tree.troubles.push(`Its directory ends early (${error.message}).`);
      resolve();
    });
    zip.readEntry();
  });
}

function nameOf(entry: yauzl.Entry, raw: Buffer): string {
  return yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, raw, entry.extraFields, false);
}

function modified(entry: yauzl.Entry): number {
  const time = entry.getLastModDate().getTime();
  return Number.isFinite(time) && time > 0 ? time : 0;
}

async function readEntry(
  zip: yauzl.ZipFile,
  found: ZipEntry | undefined,
  name: string,
  allowance: Allowance,
): Promise<Uint8Array> {
  if (found === undefined) throw new CulpritError("archive_entry_missing", `${name} is not in the archive.`);
  const { entry } = found;
  const size = entry.uncompressedSize;
  if ((entry.generalPurposeBitFlag & 1) === 1) {
    throw new CulpritError("archive_entry_encrypted", `${name} is encrypted.`, {
      mend: "Unpack it with its password.",
    });
  }
  if (size > allowance.limits.file_bytes) {
    throw new CulpritError("archive_entry_too_large", `${name} unpacks to ${mebibytes(size)}.`);
  }
  if (allowance.isBomb(entry.compressedSize, size) || !allowance.takeUnpacked(size)) {
    throw new CulpritError("archive_entry_bomb", `${name} unpacks to more than its archive may ask for.`);
  }
  try {
    const stream = await zip.openReadStreamPromise(entry);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch (cause) {
    throw new CulpritError("archive_entry_broken", `${name} does not unpack (${said(cause)}).`, { cause });
  }
}

function broken(path: string, cause: unknown): CulpritError {
  return new CulpritError("archive_broken", `${path} is no whole zip archive (${said(cause)}).`, { cause });
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
