import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { CulpritError } from "@culprit/schemas";
import { limited, type WorkspaceLimits } from "./limits.ts";
import { SYSTEM_FOLDERS, toolFolders } from "./tool-folders.ts";

/** Where the parts of a workspace lie on this machine, and where its commands see it. */
export interface WorkspaceFolders {
  /** The folder that holds the others. */
  holder: string;
  work: string;
  tmp: string;
  home: string;
  /** An empty folder to build a root file system on. */
  root: string;
  /** Where commands see `work`. */
  at: string;
}

export const ISOLATIONS = ["bwrap", "unshare", "none"] as const;
export type IsolationName = (typeof ISOLATIONS)[number];

/** A way to keep commands from the rest of the machine. */
export interface Isolation {
  name: IsolationName;
  /** No network, no other files, no processes left behind. False is a plain child process. */
  confines: boolean;
  /** What a person should know about it; empty when there is nothing. */
  warning: string;
  /** Where commands see the workspace and its other folders. */
  seen(folders: WorkspaceFolders): { work: string; tmp: string; home: string };
  /** Makes the place in which the commands of one workspace run. */
  open(folders: WorkspaceFolders): Promise<Room>;
}

/** A place for commands, open until it is closed. */
export interface Room {
  /** What to start for a line of bash. */
  argv(command: string, limits: WorkspaceLimits): string[];
  /** What to start to end everything that commands left running; null when there is nothing that could. */
  sweep: string[] | null;
  close(): Promise<void>;
}

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const PATH = process.env["PATH"] ?? "/usr/bin:/bin";

/** Whom the workspace's files belong to; undefined when they stay the caller's. */
export const workspaceOwner: number | undefined = isRoot ? NOBODY : undefined;

const INSIDE = { tmp: "/tmp", home: "/home/agent" };
const DROPPED = [
  "setpriv",
  ...(isRoot ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] : []),
  "--bounding-set=-all",
  "--inh-caps=-all",
  "--no-new-privs",
];

/**
 * Builds a root file system of read-only system folders, the workspace and a few devices, and leaves the machine's. The
 * shell then stays as the first process of its namespace until its input ends: with it goes everything in there, also
 * when we are killed.
 *
 * $1 empty folder, $2 workspace, $3 where it is seen, $4 tmp, $5 home, $6 read-only folders by line.
 */
const ENTER = `set -eu
new=$1 work=$2 at=$3 tmp=$4 home=$5 shown=$6
mount --make-rprivate /
mount -t tmpfs -o mode=755,size=4m culprit "$new"
bind() { mkdir -p "$new$2"; mount --bind "$1" "$new$2"; }
IFS='
'
for folder in $shown; do
  if [ -L "$folder" ]; then mkdir -p "$new$(dirname "$folder")"; ln -s "$(readlink "$folder")" "$new$folder"; continue; fi
  [ -d "$folder" ] || continue
  bind "$folder" "$folder"; mount -o remount,bind,ro,nosuid,nodev "$new$folder"
done
unset IFS
bind "$tmp" /tmp; bind "$home" ${INSIDE.home}; bind "$work" "$at"
for folder in /tmp ${INSIDE.home} "$at"; do mount -o remount,bind,nosuid,nodev "$new$folder"; done
mkdir -p "$new/proc" "$new/dev/shm" "$new/old"
mount -t proc -o nosuid,nodev,noexec proc "$new/proc"
for device in null zero full random urandom; do : > "$new/dev/$device"; mount --bind "/dev/$device" "$new/dev/$device"; done
mount -t tmpfs -o mode=1777,size=64m,nosuid,nodev culprit "$new/dev/shm"
ln -s /proc/self/fd "$new/dev/fd"; ln -s /proc/self/fd/0 "$new/dev/stdin"
ln -s /proc/self/fd/1 "$new/dev/stdout"; ln -s /proc/self/fd/2 "$new/dev/stderr"
mount -o remount,bind,ro "$new" 2>/dev/null || true
cd "$new"; pivot_root . old; umount -l /old
exec 3<&0
echo ready
while :; do
  cat <&3 >/dev/null &
  wait $! && exit 0
done`;

const unshare: Isolation = {
  name: "unshare",
  confines: true,
  warning: "",
  seen: ({ at }) => ({ work: at, ...INSIDE }),
  async open({ root, work, at, tmp, home }) {
    const shown = [...SYSTEM_FOLDERS, ...toolFolders(PATH)].join("\n");
    const init = spawn(
      "unshare",
      [
        ...(isRoot ? [] : ["--user", "--map-root-user"]),
        ...["--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child=SIGKILL"],
        ...["sh", "-c", ENTER, "sh", root, work, at, tmp, home, shown],
      ],
      { stdio: ["pipe", "pipe", "pipe"], detached: true },
    );
    init.stdin.on("error", () => undefined);
    await ready(init);
    const first = firstChild(init.pid ?? 0);
    const enter = [
      ...["nsenter", "--target", String(first)],
      ...(isRoot ? [] : ["--user", "--preserve-credentials"]),
      ...["--mount", "--net", "--pid", "--ipc", "--uts"],
    ];
    return {
      argv: (command, limits) => [
        ...enter,
        ...DROPPED,
        ...limited(limits),
        "bash",
        "-c",
        `cd ${quoted(at)}\n${command}`,
      ],
      sweep: [...enter, ...DROPPED, "bash", "-c", "kill -KILL -1"],
      async close() {
        const ended = once(init, "exit");
        init.stdin.end();
        init.kill("SIGKILL");
        if (init.exitCode === null && init.signalCode === null) await ended;
      },
    };
  },
};

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}

/** Waits until the namespace is made. */
async function ready(init: ChildProcessByStdio<Writable, Readable, Readable>): Promise<void> {
  let errors = "";
  init.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = `${errors}${text}`.slice(-2000);
  });
  const began = once(init.stdout, "data").then(() => true);
  const ended = once(init, "close").then(() => false);
  const failed = once(init, "error").then(() => false);
  if (await Promise.race([began, ended, failed])) return;
  throw new CulpritError("no_isolation", `The sandbox could not be made: ${errors.trim().split("\n").at(-1)}`);
}

function firstChild(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]);
}

const nothing = async () => undefined;

const bwrap: Isolation = {
  name: "bwrap",
  confines: true,
  warning: "",
  seen: ({ at }) => ({ work: at, ...INSIDE }),
  open: async ({ work, at, tmp, home }) => ({
    argv: (command, limits) => [
      ...["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"],
      ...[...SYSTEM_FOLDERS, ...toolFolders(PATH)].flatMap((folder) => ["--ro-bind-try", folder, folder]),
      ...["--proc", "/proc", "--dev", "/dev", "--bind", tmp, INSIDE.tmp, "--bind", home, INSIDE.home],
      ...["--bind", work, at, "--chdir", at],
      ...limited(limits),
      ...["bash", "-c", command],
    ],
    sweep: null,
    close: nothing,
  }),
};

const none: Isolation = {
  name: "none",
  confines: false,
  warning: "Commands run with your rights and your network, in a temporary folder; nothing keeps them in it.",
  seen: ({ work, tmp, home }) => ({ work, tmp, home }),
  open: async () => ({
    argv: (command, limits) => [...(existsSync("/usr/bin/prlimit") ? limited(limits) : []), ...["bash", "-c", command]],
    sweep: null,
    close: nothing,
  }),
};

/** By name. As root the sandbox must also change the user, which bwrap does not do for the limit on processes. */
export const ISOLATION_TABLE: Record<IsolationName, Isolation> = { bwrap, unshare, none };
const PREFERRED: readonly Isolation[] = isRoot ? [unshare] : [bwrap, unshare];

/**
 * The strongest way that this machine has, found out by trying it.
 *
 * @param wanted a way by name; `none` must be asked for
 * @param works whether a way works here
 * @throws CulpritError `no_isolation` when there is none
 */
export async function chooseIsolation(
  wanted: IsolationName | undefined,
  works: (isolation: Isolation) => Promise<boolean>,
): Promise<Isolation> {
  if (wanted === "none") return none;
  for (const candidate of wanted === undefined ? PREFERRED : [ISOLATION_TABLE[wanted]]) {
    if (await works(candidate)) return candidate;
  }
  throw new CulpritError("no_isolation", "Recorded commands can't be kept from the rest of this machine.", {
    mend: "Install bubblewrap, or allow user namespaces; or allow it with --isolation none: they then run with your rights and network.",
  });
}
