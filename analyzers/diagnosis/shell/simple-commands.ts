import { forEachChild, parse, type SyntaxNode } from "unbash";

type Command = Extract<SyntaxNode, { type: "Command" }>;
type Word = Extract<SyntaxNode, { type: "Word" }>;
type Redirection = Command["redirects"][number];

/** One program that a script calls, with what the shell does around it. */
export interface SimpleCommand {
  /** Program name without its directory; empty for a bare assignment or redirection. */
  name: string;
  args: string[];
  /** Files that its output goes to; `append` with `>>`. */
  writes: { path: string; append: boolean }[];
  reads: string[];
  /** Text fed to its standard input by a here-document or here-string. */
  stdin: string | null;
  /** Whether its input comes from another program. */
  piped: boolean;
  /** Where it runs, as far as `cd` in the same script tells; relative to the step's directory when not absolute. */
  cwd: string;
  /** The condition of an `if` or `while`, or behind `||`: its failure is foreseen. */
  guarded: boolean;
}

/** A script longer than this is read up to here: what a step did is said at its beginning. */
const LONGEST_SCRIPT = 200_000;
const MOST_COMMANDS = 500;
const DEEPEST = 24;

interface Place {
  cwd: string;
  piped: boolean;
  guarded: boolean;
  depth: number;
  outer: readonly Redirection[];
}

/**
 * The programs that a shell script calls, in order, wherever they stand: pipelines, lists, loops, functions,
 * substitutions. Never throws; what can't be parsed is left out (the parser recovers).
 */
export function simpleCommands(script: string, cwd = ""): { commands: SimpleCommand[]; cwd: string; broken: boolean } {
  const source = script.length > LONGEST_SCRIPT ? script.slice(0, LONGEST_SCRIPT) : script;
  const found: SimpleCommand[] = [];
  const state = { cwd };
  try {
    const tree = parse(source);
    for (const statement of tree.commands) {
      walk(statement, { cwd: state.cwd, piped: false, guarded: false, depth: 0, outer: [] }, found, state);
    }
    return { commands: found, cwd: state.cwd, broken: (tree.errors?.length ?? 0) > 0 };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { commands: found, cwd: state.cwd, broken: true };
  }
}

function walk(node: SyntaxNode, place: Place, found: SimpleCommand[], state: { cwd: string }): void {
  if (place.depth > DEEPEST || found.length >= MOST_COMMANDS) return;
  const inner = { ...place, depth: place.depth + 1 };
  switch (node.type) {
    case "Command":
      call(node, { ...inner, cwd: state.cwd }, found, state);
      return;
    case "Pipeline":
      for (const [at, command] of node.commands.entries()) {
        walk(command, { ...inner, piped: place.piped || at > 0 }, found, state);
      }
      return;
    case "AndOr":
      for (const [at, command] of node.commands.entries()) {
        walk(command, { ...inner, guarded: place.guarded || node.operators[at] === "||" }, found, state);
      }
      return;
    case "Subshell":
      walk(node.body, inner, found, { cwd: state.cwd });
      return;
    case "Redirected":
      walk(node.command, { ...inner, outer: [...place.outer, ...node.redirects] }, found, state);
      return;
    case "If":
      walk(node.clause, { ...inner, guarded: true }, found, state);
      walk(node.then, inner, found, state);
      for (const other of node.elif) walk(other, inner, found, state);
      if (node.else !== undefined) walk(node.else, inner, found, state);
      return;
    case "While":
      walk(node.clause, { ...inner, guarded: true }, found, state);
      walk(node.body, inner, found, state);
      return;
    default:
      forEachChild(node, (child) => walk(child, inner, found, state));
  }
}

function call(node: Command, place: Place, found: SimpleCommand[], state: { cwd: string }): void {
  const args = node.args.map((argument) => (argument.type === "Word" ? wordText(argument) : argument.text));
  const name = node.name === undefined ? "" : baseName(wordText(node.name));
  const command: SimpleCommand = {
    name,
    args,
    writes: [],
    reads: [],
    stdin: null,
    piped: place.piped,
    cwd: place.cwd,
    guarded: place.guarded,
  };
  for (const redirect of [...node.redirects, ...place.outer]) redirected(command, redirect);
  if (name !== "" || command.writes.length > 0) found.push(command);
  if (name === "cd" || name === "pushd") state.cwd = joined(state.cwd, args.find((arg) => !arg.startsWith("-")) ?? "~");
  // Substitutions run programs too.
  forEachChild(node, (child) => {
    if (child.type !== "HereDoc") substitutions(child, { ...place, piped: false, outer: [] }, found, state);
  });
}

function substitutions(node: SyntaxNode, place: Place, found: SimpleCommand[], state: { cwd: string }): void {
  if (place.depth > DEEPEST || found.length >= MOST_COMMANDS) return;
  const inner = { ...place, depth: place.depth + 1 };
  if (node.type === "Script") {
    const own = { cwd: state.cwd };
    for (const statement of node.commands) walk(statement, inner, found, own);
    return;
  }
  forEachChild(node, (child) => substitutions(child, inner, found, state));
}

function redirected(command: SimpleCommand, redirect: Redirection): void {
  if (redirect.type === "HereDoc") {
    command.stdin = redirect.body.text;
    return;
  }
  const target = redirect.target === undefined ? "" : wordText(redirect.target);
  if (redirect.type === "HereString") command.stdin = target;
  else if (redirect.operator === "<") command.reads.push(target);
  else if (redirect.operator === ">&" || redirect.operator === "<&") {
    if (redirect.operator === ">&" && !/^\d*-?$/.test(target)) command.writes.push({ path: target, append: false });
  } else if (target !== "") command.writes.push({ path: target, append: redirect.operator.endsWith(">>") });
}

function wordText(word: Word): string {
  return word.value;
}

/** `/usr/bin/python3` → `python3`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A path as it is seen from the step's directory, `.` and `..` resolved as far as they can be. */
export function joined(cwd: string, path: string): string {
  const whole = path.startsWith("/") || path.startsWith("~") || cwd === "" ? path : `${cwd}/${path}`;
  const parts: string[] = [];
  for (const part of whole.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return `${whole.startsWith("/") ? "/" : ""}${parts.join("/")}`;
}
