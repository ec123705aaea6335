import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, cp, lchown, mkdir, mkdtemp, opendir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { promisify } from "node:util";
import { CulpritError } from "@culprit/schemas";
import {
  chooseIsolation,
  type Isolation,
  type IsolationName,
  type Room,
  type WorkspaceFolders,
  workspaceOwner,
} from "./isolation.ts";
import { DEFAULT_LIMITS, type WorkspaceLimits } from "./limits.ts";
import { type CommandResult, runCommand } from "./run-command.ts";

export interface WorkspaceOptions {
  /** A git repository, at a commit if one is named (`DIR@COMMIT`); or a plain folder. It is copied, never written to. */
  base: string;
  /** Where commands see the workspace. Default `/workspace`. */
  at?: string | undefined;
  /** The strongest that there is when not given. */
  isolation?: IsolationName | undefined;
  limits?: Partial<WorkspaceLimits> | undefined;
  /** Further variables that commands see. */
  env?: Readonly<Record<string, string>> | undefined;
}

/** A folder of its own in which the commands of one execution run, without network. */
export interface Workspace {
  isolation: Isolation;
  /** Where its files lie on this machine, for a person to look at while it is open. */
  folder: string;
  run(command: string, options?: { signal?: AbortSignal | undefined; seconds?: number }): Promise<CommandResult>;
  /** Copies a folder's files over the workspace's. */
  overlay(folder: string): Promise<void>;
  close(): Promise<void>;
}

/** One time zone, one language and one order of hashes, so that running twice says the same. */
const STEADY_ENVIRONMENT: Readonly<Record<string, string>> = {
  LANG: "C.UTF-8",
  TZ: "UTC",
  TERM: "dumb",
  PAGER: "cat",
  GIT_PAGER: "cat",
  MANPAGER: "cat",
  PYTHONHASHSEED: "0",
  PYTHONDONTWRITEBYTECODE: "1",
  NO_COLOR: "1",
  CI: "1",
};

/**
 * Makes a workspace of a base.
 *
 * @throws CulpritError `no_isolation`, `bad_base`, `usage`
 */
export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const { at = "/workspace", limits: given = {} } = options;
  if (!isAbsolute(at) || at === "/" || at.includes("\0")) {
    throw new CulpritError("usage", `${at} is no place for a workspace.`, {
      mend: "Give a whole path, such as /testbed.",
    });
  }
  const isolation = await chooseIsolation(options.isolation, worksHere);
  const limits = { ...DEFAULT_LIMITS, ...given };
  const folders = await makeFolders(at);
  let room: Room;
  try {
    await fill(folders.work, options.base);
    await giveAway(folders.holder);
    room = await isolation.open(folders);
  } catch (error) {
    await rm(folders.holder, { recursive: true, force: true });
    throw error;
  }
  const seen = isolation.seen(folders);
  const env = {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    ...STEADY_ENVIRONMENT,
    HOME: seen.home,
    TMPDIR: seen.tmp,
    ...options.env,
  };
  return {
    isolation,
    folder: folders.work,
    run: (command, { signal, seconds = limits.seconds } = {}) =>
      runCommand({ room, folders, limits: { ...limits, seconds } }, command, { env, signal }),
    overlay: async (folder) => {
      await cp(folder, folders.work, { recursive: true, force: true, verbatimSymlinks: true });
      await giveAway(folders.work);
    },
    async close() {
      await room.close();
      await rm(folders.holder, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
    },
  };
}

const known = new Map<string, Promise<boolean>>();

/** Tries a way once in this process: an empty workspace, and one command that must see no network. */
function worksHere(isolation: Isolation): Promise<boolean> {
  const tried = known.get(isolation.name) ?? tryOut(isolation);
  known.set(isolation.name, tried);
  return tried;
}

const PROBE = "echo ready; grep -qv '^ *lo:' <(tail -n +3 /proc/net/dev) && echo network";

async function tryOut(isolation: Isolation): Promise<boolean> {
  const folders = await makeFolders("/workspace");
  try {
    await giveAway(folders.holder);
    const room = await isolation.open(folders);
    const limits = { ...DEFAULT_LIMITS, seconds: 10 };
    const env = { PATH: process.env["PATH"] ?? "/usr/bin:/bin" };
    const { output } = await runCommand({ room, folders, limits }, PROBE, { env });
    await room.close();
    return output.trim() === "ready";
  } catch {
    return false;
  } finally {
    await rm(folders.holder, { recursive: true, force: true });
  }
}

function foldersIn(holder: string, at: string): WorkspaceFolders {
  const part = (name: string) => join(holder, name);
  return { holder, work: part("work"), tmp: part("tmp"), home: part("home"), root: part("root"), at };
}

async function makeFolders(at: string): Promise<WorkspaceFolders> {
  const folders = foldersIn(await mkdtemp(join(tmpdir(), "culprit-workspace-")), at);
  // The user that commands run as has to pass through.
  await chmod(folders.holder, 0o711);
  for (const folder of [folders.work, folders.tmp, folders.home, folders.root]) await mkdir(folder);
  return folders;
}

const git = promisify(execFile);

async function fill(work: string, base: string): Promise<void> {
  const { folder, commit } = readBase(base);
  if (!existsSync(folder) || !(await stat(folder)).isDirectory()) {
    throw new CulpritError("bad_base", `${folder} is no folder.`, { mend: "Correct --base." });
  }
  const isRepository = existsSync(join(folder, ".git")) || existsSync(join(folder, "HEAD"));
  if (!isRepository) {
    if (commit !== undefined) {
      throw new CulpritError("bad_base", `${folder} is no git repository.`, { mend: "Leave the commit out." });
    }
    return cp(folder, work, { recursive: true, verbatimSymlinks: true });
  }
  // Hooks, filters and settings of a repository are not copied by a clone; nothing in it runs.
  const quiet = ["-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false", "-c", "safe.directory=*"];
  try {
    await git("git", [...quiet, "clone", "--quiet", "--no-hardlinks", "--template=", "--", resolve(folder), work]);
    if (commit !== undefined) await git("git", [...quiet, "-C", work, "checkout", "--quiet", commit]);
    await git("git", ["-C", work, "remote", "remove", "origin"]);
  } catch (cause) {
    const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim().split("\n").at(-1) : "";
    throw new CulpritError("bad_base", `${base} can't be checked out: ${said}`, { mend: "Correct --base.", cause });
  }
}

/** `DIR@COMMIT`; a folder whose own name holds an `@` is taken as it is. */
function readBase(base: string): { folder: string; commit: string | undefined } {
  const mark = base.lastIndexOf("@");
  if (mark <= 0 || existsSync(base)) return { folder: base, commit: undefined };
  const commit = base.slice(mark + 1);
  if (!/^[\w][\w./-]*$/.test(commit)) {
    throw new CulpritError("bad_base", `${commit} is no commit.`, { mend: "Write --base DIR@COMMIT." });
  }
  return { folder: base.slice(0, mark), commit };
}

/** As root: commands run as somebody else, whose the files must be. */
async function giveAway(folder: string): Promise<void> {
  if (workspaceOwner === undefined) return;
  await chown(folder, workspaceOwner, workspaceOwner);
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await giveAway(path);
    else await lchown(path, workspaceOwner, workspaceOwner);
  }
}
