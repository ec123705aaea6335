import type { Trajectory } from "@culprit/schemas";
import { createFileNames, type FileNames } from "./file-names.ts";
import { errorsIn, type SeenError } from "./observation/errors.ts";
import { exitCode } from "./observation/exit-codes.ts";
import { type TestResult, testResult } from "./observation/tests.ts";
import { OPEN_FILE } from "./shell/commands.ts";
import { type Turn, turnsOf } from "./turns.ts";
import { CLASS_WEIGHT, type Effect, type FileEffect, type StepClass } from "./words.ts";

/** One action step of a run, understood. */
export interface ClassifiedStep {
  /** 0-based index in the trajectory. */
  step: number;
  /** 0-based position among the action steps; CodeTracer's step id is one more. */
  ordinal: number;
  agent: string;
  class: StepClass;
  /** Everything that it does; `sed -i … && pytest` changes and verifies. */
  classes: StepClass[];
  /** It ran a command line, rather than a tool of another kind. */
  shell: boolean;
  /** What was done, as one line of at most 200 characters. */
  action: string;
  files: FileEffect[];
  /** Files that were there and were written anew as a whole. */
  rewrites: string[];
  /** What was searched for. */
  searches: string[];
  /** Text that it put into files, and text that it took out. */
  added: string;
  removed: string;
  /** Scripts it ran. */
  runs: string[];
  /** It ran tests, whether or not the results can be read. */
  tests: boolean;
  results: TestResult | null;
  errors: SeenError[];
  exit_code: number | null;
  /** What it did was answered with an error: a failing test is none. */
  failed: boolean;
  installs: boolean;
  /** It hands the task in. */
  finishes: boolean;
  observations: number[];
  /** What answered it, shortened to {@link LONGEST_OBSERVED} characters: head and tail. */
  observed: string;
}

const LONGEST_OBSERVED = 20_000;
const LONGEST_CHANGE = 20_000;

/**
 * The action steps of a run with what each is for, what it touched and what came back. Pure: command and tool
 * semantics only, nothing is executed.
 */
export function classifySteps(trajectory: Pick<Trajectory, "steps">): ClassifiedStep[] {
  const turns = turnsOf(trajectory);
  const names = createFileNames(
    turns.flatMap(({ actions }) => actions.flatMap(({ effects }) => effects.flatMap(pathsOf))),
  );
  const known = new Set<string>();
  let open = "";
  return turns.map((turn) => {
    const effects = turn.actions.flatMap((action) => action.effects);
    const classified = classify(turn, effects);
    const files: FileEffect[] = [];
    const rewrites: string[] = [];
    const put = (path: string, action: FileEffect["action"]) => {
      if (path === "" || path === "-" || path.startsWith("/dev/")) return;
      const named = path === OPEN_FILE ? open : names.of(path);
      if (named === "") return;
      const really = action === "created" && known.has(named) ? "changed" : action;
      if (really !== action) rewrites.push(named);
      if (!files.some((file) => file.path === named && file.action === really))
        files.push({ path: named, action: really });
      if (!classified.failed || action === "read") known.add(named);
    };
    for (const own of effects) {
      for (const path of own.reads) put(path, "read");
      for (const path of own.creates) put(path, "created");
      for (const path of own.changes) put(path, "changed");
      for (const path of own.deletes) put(path, "deleted");
      for (const path of own.restores) put(path, "restored");
      const opened = openedBy(turn, own, names);
      if (opened !== undefined) open = opened;
    }
    return { ...classified, files, rewrites };
  });
}

function classify(turn: Turn, effects: readonly Effect[]): Omit<ClassifiedStep, "files" | "rewrites"> {
  const classes = [...new Set(effects.flatMap((own) => own.class ?? []))].sort(
    (left, right) => CLASS_WEIGHT[right] - CLASS_WEIGHT[left],
  );
  const tests = effects.some((own) => own.tests);
  const verifies = classes.includes("verify");
  const code = turn.exit_code ?? exitCode(turn.observed);
  const results = tests || verifies ? testResult(turn.observed) : null;
  const looksOnly = classes[0] === "explore" || classes.length === 0;
  // What is read may be full of the word error; only what answers says that this went wrong.
  const errors = looksOnly && code === 0 ? [] : errorsIn(looksOnly ? head(turn.observed) : turn.observed);
  const failing = results !== null && results.failed > 0;
  const failed =
    code === null
      ? turn.error !== "" || (!failing && errors.some(isFatal))
      : code !== 0 && !failing && !(code === 1 && looksOnly && errors.length === 0);
  return {
    step: turn.step,
    ordinal: turn.ordinal,
    agent: turn.agent,
    class: classOf(classes, effects),
    classes,
    shell: turn.actions.some(({ kind }) => kind === "shell"),
    action: lineOf(turn),
    searches: effects.flatMap((own) => own.searches),
    added: cut(effects.flatMap((own) => own.added).join("\n")),
    removed: cut(effects.flatMap((own) => own.removed).join("\n")),
    runs: effects.flatMap((own) => own.runs),
    tests: tests || results !== null,
    results,
    errors:
      turn.error === "" || errors.length > 0
        ? errors
        : [{ signature: turn.error.toLowerCase().slice(0, 160), text: turn.error.slice(0, 300) }],
    exit_code: code,
    failed,
    installs: effects.some((own) => own.installs),
    finishes: effects.some((own) => own.finishes),
    observations: turn.observations,
    observed: observedOf(turn.observed),
  };
}

/** Handing in outweighs the look that comes with it; a program that neither looks nor changes only speaks. */
function classOf(classes: readonly StepClass[], effects: readonly Effect[]): StepClass {
  const [first] = classes;
  if (first === undefined || (first === "explore" && effects.some((own) => own.finishes))) return "communicate";
  return first;
}

function isFatal({ signature }: SeenError): boolean {
  return !signature.includes("warning");
}

function head(text: string): string {
  return text.slice(0, 2_000);
}

function observedOf(text: string): string {
  if (text.length <= LONGEST_OBSERVED) return text;
  return `${text.slice(0, LONGEST_OBSERVED / 2)}\n…\n${text.slice(-LONGEST_OBSERVED / 2)}`;
}

function cut(text: string): string {
  return text.length > LONGEST_CHANGE ? text.slice(0, LONGEST_CHANGE) : text;
}

function lineOf(turn: Turn): string {
  const shown = turn.actions.map(({ kind, tool, text }) => (kind === "tool" ? `${tool} ${text}` : text)).join("; ");
  return shown.replace(/\s+/g, " ").trim().slice(0, 200);
}

/** Every path an effect names, `open` and `*` left out. */
function pathsOf(own: Effect): string[] {
  return [own.reads, own.creates, own.changes, own.deletes, own.restores, own.runs]
    .flat()
    .filter((path) => path !== OPEN_FILE && path !== "*" && path !== "" && path !== "-");
}

/** SWE-agent's `open` and `create` leave a file open for the edits that follow. */
function openedBy(turn: Turn, own: Effect, names: FileNames): string | undefined {
  if (!turn.actions.some(({ text }) => /^\s*(?:open|create)\s/.test(text))) return undefined;
  const path = own.reads[0] ?? own.creates[0];
  return path === undefined ? undefined : names.of(path);
}
