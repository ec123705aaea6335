import { type Effect, effect } from "../words.ts";
import { hasFlag, operands } from "./operands.ts";

const LOOKS = [
  "status",
  "log",
  "diff",
  "show",
  "blame",
  "grep",
  "ls-files",
  "branch",
  "remote",
  "rev-parse",
  "describe",
  "reflog",
  "shortlog",
  "bisect",
  "config",
  "cat-file",
  "ls-tree",
  "merge-base",
  "name-rev",
  "for-each-ref",
];
const HANDS_OVER = ["add", "commit", "push", "tag", "format-patch", "fetch"];
const WRITES = ["merge", "rebase", "cherry-pick", "pull", "clone", "init", "submodule", "worktree", "switch"];

/** What `git SUBCOMMAND …` does to the working tree. */
export function gitEffect(args: readonly string[]): Effect {
  const own = afterGlobals(args);
  const [verb = "", ...rest] = own;
  const files = operands(rest);
  if (verb === "grep") return effect({ class: "explore", searches: files.slice(0, 1), reads: files.slice(1) });
  if (LOOKS.includes(verb)) return effect({ class: "explore", reads: pathsBehindDashes(rest) });
  if (HANDS_OVER.includes(verb)) return effect({ class: "communicate" });
  if (verb === "apply" || verb === "am") {
    const undone = hasFlag(rest, "R", "--reverse");
    return effect({
      class: rest.includes("--check") ? "verify" : "change",
      ...(undone ? { restores: ["*"] } : {}),
      reads: files,
    });
  }
  if (verb === "checkout" || verb === "restore") {
    const behind = pathsBehindDashes(rest);
    const paths = behind.length > 0 ? behind : verb === "restore" ? files : files.filter((file) => looksLikePath(file));
    if (paths.length === 0) return effect({ class: verb === "restore" ? "change" : "explore" });
    return effect({ class: "change", restores: paths.map((path) => (path === "." ? "*" : path)) });
  }
  if (verb === "reset")
    return effect(rest.includes("--hard") ? { class: "change", restores: ["*"] } : { class: "communicate" });
  if (verb === "stash") {
    const [action = "push"] = files;
    if (action === "list" || action === "show") return effect({ class: "explore" });
    return effect({ class: "change", ...(action === "push" || action === "save" ? { restores: ["*"] } : {}) });
  }
  if (verb === "clean" || verb === "revert") return effect({ class: "change", restores: ["*"] });
  if (verb === "rm") return effect({ class: "change", deletes: files });
  if (verb === "mv") return effect({ class: "change", deletes: files.slice(0, -1), creates: files.slice(-1) });
  return effect({ class: WRITES.includes(verb) ? "change" : "explore" });
}

/** `git -C dir -c key=value --no-pager diff` → `diff`. */
function afterGlobals(args: readonly string[]): string[] {
  let at = 0;
  while ((args[at] ?? "").startsWith("-")) at += args[at] === "-C" || args[at] === "-c" ? 2 : 1;
  return args.slice(at);
}

function pathsBehindDashes(args: readonly string[]): string[] {
  const dashes = args.indexOf("--");
  return dashes < 0 ? [] : args.slice(dashes + 1);
}

function looksLikePath(word: string): boolean {
  return word === "." || /[^/]\.[A-Za-z0-9]{1,8}$|\/$/.test(word) || word.startsWith("./");
}
