import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, sep } from "node:path";

/** What of the machine's own files a command sees, read-only. The rest of the disk is not there for it. */
export const SYSTEM_FOLDERS: readonly string[] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt"];

/** Folders that hold a person's files beside programs; of these only the folder of programs itself is shown. */
const SHARED_WITH_FILES = (home: string): readonly string[] => [home, join(home, ".local"), join(home, "go"), "/"];

/**
 * Folders of installed programs outside of the system's, by where `PATH` and Node.js point: for `~/.pyenv/shims` it is
 * `~/.pyenv`, as its programs read what lies beside them; for `~/.local/bin` it is that folder alone.
 *
 * @param path as in `PATH`
 */
export function toolFolders(path: string, home = homedir()): string[] {
  const folders = new Set<string>();
  const named = [...path.split(":"), dirname(process.execPath)].filter((folder) => folder.startsWith("/"));
  for (const folder of named) {
    if (!existsSync(folder) || inside(realpathSync(folder), SYSTEM_FOLDERS) || inside(folder, SYSTEM_FOLDERS)) continue;
    const around = dirname(folder);
    folders.add(SHARED_WITH_FILES(home).includes(around) ? folder : around);
  }
  const all = [...folders];
  return all.filter((folder) => !all.some((other) => other !== folder && inside(folder, [other]))).sort();
}

function inside(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(folder + sep));
}
