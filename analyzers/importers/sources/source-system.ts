import { lstat, open, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CulpritError } from "@culprit/schemas";
import type { ImportSkip, SourceFile } from "../format.ts";
import type { OpenArchive } from "./archive.ts";
import { Allowance, mebibytes, SOURCE_LIMITS, type SourceLimits } from "./limits.ts";
import { naturalOrder } from "./natural-order.ts";
import { sourceFile } from "./source-file.ts";
import { gunzipped, openTar } from "./tar.ts";
import { openZip } from "./zip.ts";

/** One name in a folder or an archive. */
export interface SourceEntry {
  name: string;
  kind: "file" | "folder" | "link" | "other";
  bytes: number;
  modifiedMs: number;
}

/** What a path turned out to be. */
export type Opened = { kind: "file"; file: SourceFile } | { kind: "archive"; troubles: readonly string[] } | ImportSkip;

/**
 * Folders and archives read as one tree: an archive that was opened is a folder at its own path. Links are named and
 * never followed. Nothing is written and nothing is run.
 */
export class SourceSystem {
  readonly allowance: Allowance;
  readonly #mounts = new Map<string, OpenArchive>();
  readonly #read = new Map<string, Promise<SourceFile | undefined>>();

  constructor(limits: Partial<SourceLimits> = {}) {
    this.allowance = new Allowance({ ...SOURCE_LIMITS, ...limits });
  }

  /** Entries of a folder or of an opened archive in natural order; `undefined` when it cannot be read. */
  async list(folder: string): Promise<readonly SourceEntry[] | undefined> {
    const inside = this.#within(folder);
    if (inside !== undefined) return sorted(inside.archive.list(inside.rest));
    const info = await lstat(folder).catch(() => undefined);
    if (info?.isSymbolicLink() === true && !this.#isRoot(folder)) return undefined;
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
    return sorted(
      entries?.map((entry) => ({
        name: entry.name,
        kind: entry.isFile() ? "file" : entry.isDirectory() ? "folder" : entry.isSymbolicLink() ? "link" : "other",
        bytes: -1,
        modifiedMs: 0,
      })),
    );
  }

  /** Paths that were named outright: those alone may be links. */
  readonly #roots = new Set<string>();
  addRoot(path: string): void {
    this.#roots.add(path);
  }
  #isRoot(path: string): boolean {
    return this.#roots.has(path);
  }

  /** The file at a path, or `undefined` when there is none that can be read; each read once. For files beside others. */
  file(path: string): Promise<SourceFile | undefined> {
    let reading = this.#read.get(path);
    if (reading === undefined) {
      if (this.#read.size > 5000) this.#read.clear();
      reading = this.open(path).then((opened) => (opened.kind === "file" ? opened.file : undefined));
      this.#read.set(path, reading);
    }
    return reading;
  }

  /** Opens a path: a file is read, an archive mounted. */
  async open(path: string, depth = 0): Promise<Opened> {
    try {
      const inside = this.#within(path);
      if (inside !== undefined) {
        const entry = inside.archive.list(parentOf(inside.rest))?.find(({ name }) => name === nameOf(inside.rest));
        if (entry === undefined) return skip(path, "not_found", "There is no such file.");
        if (entry.kind !== "file") return skip(path, "link", "It is a link, which is never followed.");
        return await this.#opened(path, await inside.archive.read(inside.rest), entry.modifiedMs, depth);
      }
      return await this.#fromDisk(path, depth);
    } catch (error) {
      return skipOf(path, error);
    }
  }

  async close(): Promise<void> {
    for (const archive of this.#mounts.values()) await archive.close();
    this.#mounts.clear();
    this.#read.clear();
  }

  async #fromDisk(path: string, depth: number): Promise<Opened> {
    const link = await lstat(path).catch(() => undefined);
    if (link === undefined) return skip(path, "not_found", "There is no such file or directory.");
    if (link.isSymbolicLink() && !this.#isRoot(path))
      return skip(path, "link", "It is a link, which is never followed.");
    const info = link.isSymbolicLink() ? await stat(path) : link;
    if (!info.isFile()) return skip(path, "unreadable", "It is neither a file nor a directory.");
    const modifiedMs = Math.floor(info.mtimeMs);
    // A zip is read where it lies, however large; anything else is read whole.
    if (info.size > 22 && isZip(await head(path))) {
      return this.#mount(path, await openZip(path, undefined, this.allowance), depth);
    }
    const { file_bytes } = this.allowance.limits;
    if (info.size > file_bytes) {
      return skip(
        path,
        "too_large",
        `The file has ${mebibytes(info.size)}; at most ${mebibytes(file_bytes)} are read.`,
      );
    }
    return this.#opened(path, await readFile(path), modifiedMs, depth);
  }

  async #opened(path: string, bytes: Uint8Array, modifiedMs: number, depth: number): Promise<Opened> {
    if (isZip(bytes)) return this.#mount(path, await openZip(path, bytes, this.allowance), depth);
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
      const { bytes: plain, trouble } = await gunzipped(bytes, this.allowance);
      if (isTar(plain)) {
        const archive = await openTar(plain, this.allowance);
        return this.#mount(path, archive, depth, trouble === undefined ? [] : [trouble]);
      }
      return fileOf(await sourceFile(path, plain, modifiedMs), trouble);
    }
    if (isTar(bytes)) return this.#mount(path, await openTar(bytes, this.allowance), depth);
    const other = OTHER_ARCHIVES.find(({ magic }) => magic.every((byte, at) => bytes[at] === byte));
    if (other) return skip(path, "unsupported_archive", `It is a ${other.name} archive: unpack it first.`);
    return fileOf(await sourceFile(path, bytes, modifiedMs), undefined);
  }

  async #mount(path: string, archive: OpenArchive, depth: number, more: readonly string[] = []): Promise<Opened> {
    if (depth >= this.allowance.limits.archives) {
      await archive.close();
      return skip(path, "too_deep", `Archives are nested more than ${this.allowance.limits.archives} deep.`);
    }
    this.#mounts.set(path, archive);
    return { kind: "archive", troubles: [...more, ...archive.troubles] };
  }

  #within(path: string): { archive: OpenArchive; rest: string } | undefined {
    if (this.#mounts.size === 0) return undefined;
    for (let at = path; ; at = dirname(at)) {
      const archive = this.#mounts.get(at);
      if (archive !== undefined) return { archive, rest: path.slice(at.length + 1) };
      if (dirname(at) === at) return undefined;
    }
  }
}

const OTHER_ARCHIVES: readonly { name: string; magic: readonly number[] }[] = [
  { name: "7z", magic: [0x37, 0x7a, 0xbc, 0xaf] },
  { name: "RAR", magic: [0x52, 0x61, 0x72, 0x21, 0x1a] },
  { name: "bzip2", magic: [0x42, 0x5a, 0x68] },
  { name: "xz", magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a] },
  { name: "Zstandard", magic: [0x28, 0xb5, 0x2f, 0xfd] },
];

const CODES: Readonly<Record<string, ImportSkip["code"]>> = {
  archive_broken: "malformed",
  archive_entry_broken: "malformed",
  archive_entry_encrypted: "encrypted",
  archive_entry_too_large: "too_large",
  archive_entry_bomb: "unsafe_archive",
  archive_entry_missing: "not_found",
};

function skipOf(path: string, error: unknown): ImportSkip {
  if (error instanceof CulpritError) return skip(path, CODES[error.code] ?? "unreadable", error.message);
  return skip(path, "unreadable", `The file can't be read (${error instanceof Error ? error.message : "unknown"}).`);
}

function fileOf(read: SourceFile | ImportSkip, trouble: string | undefined): Opened {
  if ("kind" in read) return read;
  if (trouble !== undefined) read.warnings.push(trouble);
  return { kind: "file", file: read };
}

export function skip(path: string, code: ImportSkip["code"], reason: string): ImportSkip {
  return { kind: "skip", path, code, reason };
}

async function head(path: string): Promise<Uint8Array> {
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function isZip(bytes: Uint8Array): boolean {
  return (
    bytes[0] === 0x50 && bytes[1] === 0x4b && ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6))
  );
}

function isTar(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(257, 262)).toString("latin1") === "ustar";
}

function parentOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function sorted(entries: readonly SourceEntry[] | undefined): readonly SourceEntry[] | undefined {
  return entries === undefined ? undefined : [...entries].sort((left, right) => naturalOrder(left.name, right.name));
}

/** The path of a name in a folder, the same for folders and archives. */
export const within = join;
