import { SUBMIT_MARKER } from "@culprit/analyzers";
import type { Project, Slip } from "../projects/project.ts";
import { brokenFiles, swapped } from "../repository.ts";
import { before, editCommand, mended, pick, writeFile } from "./edits.ts";
import type { Act } from "./plan.ts";

/** A mistake: when the plan comes to `at`, `act` is done in its place. */
export interface Fault extends Act {
  at: string;
  /** Done again as long as the last command was this one. */
  loops?: true;
  /** What follows from it as the next act, in place of the plan's. */
  follows?: Act;
}

/** Null where a kind has nothing to work on in a project. */
type MakeFault = (project: Project) => Fault | null;

const submit = `echo ${SUBMIT_MARKER}`;

/** What is left of the plan from a key on, but for the last look and the submission. */
function everyEdit({ places }: Project, from = 0): string[] {
  return places.flatMap((_, at) => (at < from ? [] : [`edit:${at}`, `verify:${at}`]));
}

function slipped(slip: Slip | undefined, project: Project): Fault | null {
  if (slip === undefined) return null;
  const { file, text } = mended(project, slip.place, slip.code);
  const command = editCommand(project, file, before(project, slip.place), text);
  return { at: `edit:${slip.place}`, thought: slip.thought, command, counts: [`edit:${slip.place}`] };
}

function changed(change: Project["slips"]["tidy"], project: Project): { command: string; thought: string } | null {
  if (change === undefined) return null;
  const { file, thought } = change;
  const mendedHere = project.places.findLastIndex((place) => place.file === file);
  const was = mendedHere === -1 ? (brokenFiles(project)[file] ?? "") : mended(project, mendedHere).text;
  return { command: writeFile(file, swapped(was, change.before, change.after)), thought };
}

const UNDO: readonly (readonly [thought: string, command: string])[] = [
  ["I restore the files that I only changed to look into this.", "git checkout -- . && git status --short"],
  ["Let me put my experiments away before I submit.", "git stash && git status --short"],
  [
    "I go back to a clean tree so that nothing unintended is submitted.",
    "git reset --hard --quiet && git status --short",
  ],
];

/** Kinds of mistakes, by what an agent does wrong. */
export const FAULT_TABLE = {
  "wrong-operator": (project) => slipped(project.slips.operator, project),
  "special-case": (project) => slipped(project.slips.special, project),
  "wrong-file": (project) => {
    const change = changed(project.slips.elsewhere, project);
    return change && { at: "edit:0", ...change, counts: everyEdit(project) };
  },
  "breaks-another": (project) => {
    const change = changed(project.slips.tidy, project);
    return change && { at: "review", ...change, counts: ["review"] };
  },
  "stops-early": () => ({
    at: "edit:0",
    thought: "The code does what it is written to do, so this is how it is meant. There is nothing to change.",
    command: submit,
    counts: [],
  }),
  "undoes-the-fix": (project) => {
    const [thought, command] = UNDO[pick(`${project.name} undoes`, UNDO.length)] ?? ["", ""];
    return { at: "review", thought, command, counts: ["review"] };
  },
  "edits-a-copy": (project) => {
    const { file, text } = mended(project, 0);
    const copy = pick(`${project.name} copies`, 2) === 0 ? `/tmp/${file.split("/").at(-1)}` : `${file}.new`;
    return {
      at: "edit:0",
      thought: `I write the corrected version of ${file}.`,
      command: writeFile(copy, text),
      counts: everyEdit(project),
    };
  },
  "misreads-the-search": (project) => {
    const { name, word, language, places } = project;
    const folder = language === "py" ? name.replaceAll("-", "_") : "src";
    const { text } = mended(project, places.length - 1);
    const path = `${folder}/${word.toLowerCase()}_fixed.${language}`;
    return {
      at: "search",
      thought: `Where is ${word} defined?`,
      command: `grep -rn "${misspelt(word)}" ${folder}`,
      counts: ["search"],
      follows: {
        thought: `The search finds nothing, so ${word} does not exist yet. I add it.`,
        command: writeFile(path, text),
        counts: ["read", "tests", "reproduce", ...everyEdit(project)],
      },
    };
  },
  loops: (project) => {
    const { file, wrong } = project.places[0];
    const line = wrong.trim().split("\n")[0] ?? "";
    const pattern = line.replace(/[^\w ]+/g, ".").slice(0, 24);
    return {
      at: "edit:0",
      thought: `I exchange the line in ${file}.`,
      command: `sed -i 's/^${pattern}$/FIXED/' ${file} && git diff --stat`,
      counts: [],
      loops: true,
    };
  },
  "edits-the-test": (project) => {
    if (!project.loud) return null;
    const path = Object.keys(project.files).find((file) => /^tests?\/.*test/.test(file)) ?? "";
    return {
      at: "edit:0",
      thought: "The failing test expects something outdated, so I drop it.",
      command: `rm ${path} && git status --short`,
      counts: everyEdit(project),
    };
  },
  "skips-the-tests": (project) =>
    project.places.length < 2
      ? null
      : {
          at: "verify:0",
          thought: "That was the bug. The change is small, so I submit it as it is.",
          command: submit,
          counts: [],
        },
  "misreads-the-error": (project) =>
    project.places.length < 2
      ? null
      : {
          at: "edit:1",
          thought: "What still fails has nothing to do with my change; it failed before as well.",
          command: "git status --short",
          counts: everyEdit(project, 1),
        },
} as const satisfies Record<string, MakeFault>;

export type FaultKind = keyof typeof FAULT_TABLE;
export const FAULT_KINDS = Object.keys(FAULT_TABLE) as FaultKind[];

export function faultOf(kind: FaultKind, project: Project): Fault | null {
  return FAULT_TABLE[kind](project);
}

function misspelt(word: string): string {
  const at = Math.max(1, Math.floor(word.length / 2));
  return `${word.slice(0, at - 1)}${word[at] ?? "x"}${word[at - 1] ?? ""}${word.slice(at + 1)}`;
}

/** A slip that the agent notices at once: a file name mistyped. It changes nothing. */
export function slipOf(project: Project): Fault {
  const { file } = project.places[0];
  return {
    at: "read",
    thought: `Let me read ${misspelt(file.split("/").at(-1) ?? file)}.`,
    command: `cat ${file.replace(/[^/]+$/, (name) => misspelt(name))}`,
    counts: [],
  };
}
