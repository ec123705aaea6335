import { type Effect, effect } from "../words.ts";
import { commandEffect, OPEN_FILE } from "./commands.ts";
import { flagValue } from "./operands.ts";
import { baseName, joined, type SimpleCommand, simpleCommands } from "./simple-commands.ts";

/** Programs that run another one, and how many of their arguments stand before it. */
const WRAPPERS: Record<string, (args: readonly string[]) => number> = {
  sudo: flagsOnly,
  time: flagsOnly,
  nohup: flagsOnly,
  nice: (args) => (args[0] === "-n" ? 2 : flagsOnly(args)),
  timeout: (args) => skipFlags(args, new Set(["-s", "-k", "--signal", "--kill-after"])) + 1,
  env: (args) => args.findIndex((arg, at) => at >= flagsOnly(args) && !arg.includes("=")),
  xargs: (args) => skipFlags(args, new Set(["-I", "-n", "-P", "-L", "-d", "-a"])),
  stdbuf: flagsOnly,
  command: (args) => (args[0] === "-v" || args[0] === "-V" ? -1 : 0),
  exec: () => 0,
  watch: flagsOnly,
  doas: flagsOnly,
  setsid: flagsOnly,
  caffeinate: flagsOnly,
  parallel: flagsOnly,
};
const SHELLS = new Set(["bash", "sh", "zsh", "dash", "ash", "ksh"]);
const DEEPEST = 4;

/** What a shell script does, program by program, and the directory it ends in. Pure; nothing is executed. */
export function scriptEffects(script: string, cwd = ""): { effects: Effect[]; cwd: string; broken: boolean } {
  const { text, edits } = withoutEditBlocks(script);
  const read = simpleCommands(text, cwd);
  const effects = read.commands.flatMap((command) => effectsOf(command, 0));
  for (const edit of edits) effects.push(effect({ class: "change", changes: [OPEN_FILE], added: [edit] }));
  return { effects, cwd: read.cwd, broken: read.broken };
}

function effectsOf(command: SimpleCommand, depth: number): Effect[] {
  const inner = unwrapped(command);
  if (inner !== undefined && depth < DEEPEST) return withRedirects(command, effectsOf(inner, depth + 1));
  if (SHELLS.has(command.name) && depth < DEEPEST) {
    const inline = flagValue(command.args, "-c", "-lc", "-ic", "-ec", "-xc") ?? command.stdin;
    if (inline !== null && inline !== undefined) {
      const { commands } = simpleCommands(inline, command.cwd);
      return withRedirects(
        command,
        commands.flatMap((own) => effectsOf(own, depth + 1)),
      );
    }
  }
  if (command.name === "eval" && depth < DEEPEST) {
    return simpleCommands(command.args.join(" "), command.cwd).commands.flatMap((own) => effectsOf(own, depth + 1));
  }
  const own = commandEffect(command);
  const placed = (paths: readonly string[]) => paths.map((path) => placedIn(command.cwd, path));
  return withRedirects(command, [
    {
      ...own,
      reads: placed(own.reads),
      creates: placed(own.creates),
      changes: placed(own.changes),
      deletes: placed(own.deletes),
      restores: placed(own.restores),
      runs: placed(own.runs),
    },
    ...executedByFind(command, depth),
  ]);
}

/** `find … -exec sed -i … {} +` changes what it finds. */
function executedByFind(command: SimpleCommand, depth: number): Effect[] {
  if (command.name !== "find" || depth >= DEEPEST) return [];
  const at = command.args.findIndex((arg) => /^-(?:exec|execdir|ok)$/.test(arg));
  if (at < 0) return [];
  const [name = "", ...args] = command.args.slice(at + 1).filter((arg) => !["{}", "+", ";", "\\;"].includes(arg));
  return name === "" ? [] : effectsOf({ ...command, name: baseName(name), args, writes: [] }, depth + 1);
}

/** Output that goes into a file makes a change of what would only have printed or looked. */
function withRedirects(command: SimpleCommand, effects: Effect[]): Effect[] {
  const targets = command.writes.filter(({ path }) => !path.startsWith("/dev/"));
  if (targets.length === 0) return effects;
  const verifies = effects.some((own) => own.class === "verify");
  const text = command.stdin ?? (command.name === "echo" || command.name === "printf" ? command.args.join(" ") : null);
  return [
    ...effects,
    effect({
      // A test run whose output is kept aside is still a test run.
      class: verifies && text === null ? "verify" : "change",
      creates: targets.filter(({ append }) => !append).map(({ path }) => placedIn(command.cwd, path)),
      changes: targets.filter(({ append }) => append).map(({ path }) => placedIn(command.cwd, path)),
      added: text === null ? [] : [text],
    }),
  ];
}

function placedIn(cwd: string, path: string): string {
  return path === OPEN_FILE || path === "*" || path === "" ? path : joined(cwd, path);
}

function unwrapped(command: SimpleCommand): SimpleCommand | undefined {
  const wrapper = Object.hasOwn(WRAPPERS, command.name) ? WRAPPERS[command.name] : undefined;
  if (wrapper === undefined) return undefined;
  const at = wrapper(command.args);
  const name = at < 0 ? undefined : command.args[at];
  if (name === undefined) return undefined;
  return { ...command, name: baseName(name), args: command.args.slice(at + 1), writes: [] };
}

function flagsOnly(args: readonly string[]): number {
  return skipFlags(args, new Set(["-u", "-g", "-o", "-i", "-e"]));
}

function skipFlags(args: readonly string[], valued: ReadonlySet<string>): number {
  let at = 0;
  while (at < args.length && (args[at] ?? "").startsWith("-")) at += valued.has(args[at] ?? "") ? 2 : 1;
  return at;
}

const EDIT_OPENING = /^edit[ \t]+\d{1,9}(?::\d{1,9})?[ \t]*$/;

/** SWE-agent's `edit 4:4 … end_of_edit`, whose body is no shell. Linear in the text. */
function withoutEditBlocks(script: string): { text: string; edits: string[] } {
  if (!script.includes("end_of_edit")) return { text: script, edits: [] };
  const edits: string[] = [];
  const kept: string[] = [];
  let body: string[] | undefined;
  for (const line of script.split("\n")) {
    if (body === undefined) {
      if (EDIT_OPENING.test(line)) body = [];
      else kept.push(line);
    } else if (line.trim() === "end_of_edit") {
      edits.push(body.map((own) => `${own}\n`).join(""));
      body = undefined;
    } else body.push(line);
  }
  return { text: kept.join("\n"), edits };
}
