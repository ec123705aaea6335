import type { Trajectory } from "@culprit/schemas";
import type { ClassifiedStep } from "../classify.ts";
import type { EvidenceIndex } from "../evidence.ts";
import { isScratch } from "../file-names.ts";
import type { FileEffect } from "../words.ts";

/** What the rules look at. */
export interface Case {
  task: string;
  /** Feedback of the outcome: what the task's own check said. */
  feedback: string;
  steps: readonly ClassifiedStep[];
  evidence: EvidenceIndex;
  /** Effective changes of files that matter: no scratch files, no installations. */
  changes: readonly Change[];
}

/** A change step, with the files that it wrote. */
export interface Change {
  at: number;
  own: ClassifiedStep;
  /** Files of the task's result. */
  files: readonly FileEffect[];
  /** The later change that takes this one back. */
  undone: Change | undefined;
  /** It failed, or the difference that it shows itself is empty. */
  effectless: boolean;
}

export function caseOf(
  trajectory: Pick<Trajectory, "task" | "outcome">,
  steps: readonly ClassifiedStep[],
  evidence: EvidenceIndex,
): Case {
  const changes = steps.flatMap((own, at) => {
    if (own.class !== "change") return [];
    const files = own.files.filter((file) => file.action !== "read" && !isScratch(file.path));
    if (files.length === 0 && (own.installs || own.files.some(({ path }) => isScratch(path)))) return [];
    return [{ at, own, files, undone: undefined as Change | undefined, effectless: own.failed || changesNothing(own) }];
  });
  // Only these can take anything back; most changes do not.
  const backwards = changes.filter(
    ({ own }) =>
      !own.failed &&
      (own.removed.trim().length >= 3 || own.files.some(({ action }) => action === "restored" || action === "deleted")),
  );
  for (const change of changes) change.undone = undoing(change, backwards);
  return { task: trajectory.task, feedback: trajectory.outcome.feedback, steps, evidence, changes };
}

/** Whether a change's own look at the difference shows none. */
export function changesNothing(own: ClassifiedStep): boolean {
  if (!/\bgit (?:diff|status --(?:short|porcelain))[^;&|]*$/.test(own.action) || own.observations.length === 0)
    return false;
  const shown = own.observed.replace(/<returncode>-?\d+<\/returncode>|<\/?output>/g, "").trim();
  return shown === "" && !own.files.some(({ action }) => action === "restored");
}

/** Words that carry meaning in code and in what is said of it: identifiers and parts of them, lower case. */
export function wordsOf(text: string): Set<string> {
  const found = new Set<string>();
  const source = text.length > LONGEST ? text.slice(-LONGEST) : text;
  const whole = new Set(source.match(/[A-Za-z_][A-Za-z0-9_]{2,60}/g));
  for (const word of whole) {
    found.add(word.toLowerCase());
    if (!/[a-z0-9][A-Z_]|_[A-Za-z0-9]/.test(word)) continue;
    for (const part of word.match(/[A-Z]?[a-z0-9]+|[A-Z]+/g) ?? []) if (part.length > 3) found.add(part.toLowerCase());
  }
  for (const word of COMMON) found.delete(word);
  return found;
}

const LONGEST = 30_000;
/** In every test log and every program. */
const COMMON = new Set(
  "test tests error errors failed failure passed assert assertion self return import from class line file true false none null def function const the and for with this that not are was you python site packages lib usr local traceback most recent call last expected actual got equal value values type object string number list name args kwargs init main print stdout stderr command output root home workspace repo src pytest unittest collected items platform rootdir plugins cachedir short summary info code exit node modules".split(
    " ",
  ),
);

/** A quotation of what a run says, on one line. */
export function quoted(text: string, longest = 120): string {
  const line = text.replace(/[“”]/g, '"').replace(/\s+/g, " ").trim();
  return `“${line.length > longest ? `${line.slice(0, longest - 1)}…` : line}”`;
}

/** The change that takes this one back: by version control, by deleting, by writing the old text again. */
function undoing(change: Change, changes: readonly Change[]): Change | undefined {
  const written = new Set(change.files.map(({ path }) => path));
  const created = new Set(change.files.filter(({ action }) => action === "created").map(({ path }) => path));
  const takesBack = ({ own, files }: Change) =>
    own.files.some(
      ({ path, action }) =>
        (action === "restored" && (path === "*" || written.has(path))) || (action === "deleted" && created.has(path)),
    ) &&
    // Put back and written anew in one step: that is another attempt.
    !files.some(({ path, action }) => written.has(path) && (action === "changed" || action === "created"));
  return changes.find((other) => other.at > change.at && (takesBack(other) || reverses(change, other)));
}

/** It writes back what the other one replaced. */
function reverses(change: Change, other: Change): boolean {
  const { added, removed } = change.own;
  if (added.trim().length < 3 || removed.trim().length < 3 || added.trim() === removed.trim()) return false;
  return (
    other.files.some(({ path }) => change.files.some((file) => file.path === path)) &&
    other.own.removed.trim() === added.trim() &&
    other.own.added.trim() === removed.trim()
  );
}
