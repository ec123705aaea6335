import { baseName } from "./shell/simple-commands.ts";

/** Gives one file one name, however a run spells it: `src/a.py`, `./src/a.py` and `/repo/src/a.py`. */
export interface FileNames {
  /** The longest spelling of the run that surely means the same file. */
  of(path: string): string;
  /** The known files that end in `path`, whole segments compared. */
  ending(path: string): string[];
}

/** @param paths every path that a run mentions */
export function createFileNames(paths: Iterable<string>): FileNames {
  const byName = new Map<string, string[]>();
  for (const path of new Set(paths)) {
    const key = baseName(path);
    const known = byName.get(key);
    if (known === undefined) byName.set(key, [path]);
    else known.push(path);
  }
  const memo = new Map<string, string>();
  const ending = (path: string): string[] =>
    (byName.get(baseName(path)) ?? []).filter((known) => known === path || known.endsWith(`/${path}`));

  function of(path: string): string {
    const before = memo.get(path);
    if (before !== undefined) return before;
    const longer = path.startsWith("/") ? [] : ending(path).filter((known) => known.length > path.length);
    // Of several files that it could be, none.
    const longest = longer.reduce((best, known) => (known.length > best.length ? known : best), path);
    const one = longer.every((known) => longest === known || longest.endsWith(`/${known}`));
    const name = one ? longest : path;
    memo.set(path, name);
    return name;
  }
  return { of, ending };
}

const SCRATCH =
  /^(?:\/tmp\/|\/var\/tmp\/|~\/\.cache\/)|(?:^|\/)(?:repro\w*|reproduce\w*|debug\w*|scratch\w*|tmp\w*)\.[a-z]{1,4}$/i;

/** A file that is no part of the task's result: a reproduction script, a log under `/tmp`. */
export function isScratch(path: string): boolean {
  return SCRATCH.test(path);
}

const TEST_FILE =
  /(?:^|\/)(?:tests?|spec|__tests__)\/|(?:^|\/)(?:test_[^/]*|[^/]*(?:[._]test|[._]spec|_tests?))\.\w+$|(?:^|\/)conftest\.py$/i;

export function isTestFile(path: string): boolean {
  return TEST_FILE.test(path);
}
