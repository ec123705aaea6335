import type { SourceEntry } from "./source-system.ts";

/** An archive that is open: its entries by folder, their bytes on demand. */
export interface OpenArchive {
  /** Entries of a folder inside, by its path from the archive's top (`""` is the top); `undefined` when there is none. */
  list(folder: string): readonly SourceEntry[] | undefined;
  /** @throws CulpritError `archive_entry_*` for an entry that must not be unpacked or cannot be */
  read(entry: string): Promise<Uint8Array>;
  /** What could not be listed, and why. */
  readonly troubles: readonly string[];
  close(): Promise<void>;
}

/** What an archive's listing says of one entry. */
export interface ListedEntry {
  /** As the archive spells it. */
  name: string;
  kind: SourceEntry["kind"];
  bytes: number;
  modifiedMs: number;
}

/** Entries of an archive as folders of folders. Names that would leave the archive are troubles. */
export class EntryTree<T extends ListedEntry> {
  readonly #folders = new Map<string, Map<string, SourceEntry>>([["", new Map()]]);
  readonly #files = new Map<string, T>();
  readonly troubles: string[] = [];

  add(entry: T): void {
    const parts = entry.name
      .replaceAll("\\", "/")
      .split("/")
      .filter((part) => part !== "" && part !== ".");
    if (parts.includes("..") || /^[/\\]|^[A-Za-z]:/.test(entry.name) || entry.name.includes("\0")) {
      this.troubles.push(`${JSON.stringify(entry.name)} points outside the archive and was left out.`);
      return;
    }
    const name = parts.pop();
    if (name === undefined) return;
    const folder = this.#folder(parts);
    if (entry.kind === "folder") {
      this.#folder([...parts, name]);
      return;
    }
    const path = [...parts, name].join("/");
    if (folder.get(name)?.kind === "folder") {
      this.troubles.push(`${JSON.stringify(path)} is a file and a folder; the folder counts.`);
      return;
    }
    if (this.#files.has(path)) this.troubles.push(`${JSON.stringify(path)} is there twice; the later one counts.`);
    this.#files.set(path, entry);
    folder.set(name, { name, kind: entry.kind, bytes: entry.bytes, modifiedMs: entry.modifiedMs });
  }

  list(folder: string): readonly SourceEntry[] | undefined {
    const entries = this.#folders.get(folder);
    return entries === undefined ? undefined : [...entries.values()];
  }

  file(path: string): T | undefined {
    return this.#files.get(path);
  }

  #folder(parts: readonly string[]): Map<string, SourceEntry> {
    let path = "";
    let current = this.#folders.get("") as Map<string, SourceEntry>;
    for (const part of parts) {
      path = path === "" ? part : `${path}/${part}`;
      let next = this.#folders.get(path);
      if (next === undefined) {
        next = new Map();
        this.#folders.set(path, next);
      }
      if (current.get(part)?.kind !== "folder") {
        current.set(part, { name: part, kind: "folder", bytes: 0, modifiedMs: 0 });
        this.#files.delete(path);
      }
      current = next;
    }
    return current;
  }
}
