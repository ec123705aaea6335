import type { Step, Trajectory } from "@culprit/schemas";
import { CUE_NAMES, type Cue, countCues } from "./cues.ts";
import { Lexicon } from "./lexicon.ts";
import { clipText, scanWords, type Words } from "./scan.ts";
import { traceWords } from "./trace.ts";

/** What the features know of one step. Links are `undefined` at the ends of the run. */
export interface StepView {
  index: number;
  role: Step["role"];
  agent: string;
  chars: number;
  text: string;
  words: Words;
  cues: Uint16Array;
  code: boolean;
  json: boolean;
  question: boolean;
  lists: number;
  urls: number;
  tools: number;
  /** The span's own error, or an observation that reports one. */
  failed: boolean;
  /** An observation that came back with nothing to show. */
  empty: boolean;
  /** Place among the agent steps, and among the turns of this agent. */
  ordinal: number;
  turn: number;
  /** Which piece of delegated work this is in an orchestrated run, -1 when it is none. */
  work: number;
  /** Its distinct words, as numbers of the run's lexicon. */
  vocabulary: Int32Array;
  before: StepView | undefined;
  after: StepView | undefined;
  agentBefore: StepView | undefined;
  agentAfter: StepView | undefined;
  /** The observation that answers this step: the next one, when it comes before the next agent step. */
  observation: StepView | undefined;
  /** The last observation before this step. */
  seen: StepView | undefined;
  /** Failed observations strictly before this step. */
  failuresBefore: number;
  /** Share of this step's distinct words that no earlier step (nor the task) used. */
  novelty: number;
  /** Numbers and names that first appear here. */
  newNumbers: number;
  newNames: number;
  /** Of these, how many come back in the last words of the run. */
  newNumbersFinal: number;
  newNamesFinal: number;
  /** Share of this step's distinct words found in the task, the last observation, the step before by the same agent, the end. */
  taskOverlap: number;
  seenOverlap: number;
  selfOverlap: number;
  finalOverlap: number;
  /** Share of the final words that this step uses. */
  finalShare: number;
  /** Share of the task's words in the second half of this step. */
  tailTaskOverlap: number;
  /** Observations strictly before this step, and those that did not fail. */
  observationsBefore: number;
  successesBefore: number;
  /** Share of this step's numbers and names that neither the task nor an observation before it holds. */
  unsupported: number;
  unsupportedCount: number;
  /** What the one who directs says of the work so far; false in runs that nobody directs. */
  noProgress: boolean;
  inLoop: boolean;
}

/** What the features know of the run. */
export interface RunView {
  steps: StepView[];
  agents: StepView[];
  turns: ReadonlyMap<string, number>;
  speakers: number;
  /** Share of the agent steps taken by the one who speaks most. */
  dominance: number;
  dominant: string;
  failures: number;
  chars: number;
  codeSteps: number;
  /** The last agent step with code. */
  lastCode: StepView | undefined;
  first: string;
  /** One agent directs and others work. */
  orchestrated: boolean;
  /** Place (among the agent steps) of the first delegated work of a kind, -1 when there is none. */
  firstWork: { click: number; scroll: number; noProgress: number; repeat: number };
  /** By cue: place of the first agent step after the opening that has it (-1: none), and the most any of them has. */
  firstWith: Int32Array;
  mostOf: Uint16Array;
  /** The most that any agent step after the opening has of each {@link Measure}. */
  most: Readonly<Record<Measure, number>>;
}

/** What steps of one run are compared by. */
export const MEASURES = [
  "chars",
  "newNumbers",
  "newNames",
  "newNumbersFinal",
  "newNamesFinal",
  "unsupportedCount",
  "finalShare",
] as const;
export type Measure = (typeof MEASURES)[number];

/** How many times the cue occurs in the step. */
export function cue(step: StepView | undefined, name: Cue): number {
  return step ? (step.cues[CUE_PLACE[name]] ?? 0) : 0;
}

/** Place of each cue in {@link CUE_NAMES}. */
export const CUE_PLACE = Object.fromEntries(CUE_NAMES.map((name, place) => [name, place])) as Record<Cue, number>;

const FAILURE =
  /exitcode: [1-9]|exit code:? [1-9]|Traceback \(most|\b(?:[A-Z]\w*)?(?:Error|Exception)\b[:(]|execution failed|unknown language|\bTimeout\b|\bAssertion failed|\bFAILED\b|^(?:FAIL|not ok)\b|\b[1-9]\d* (?:tests? )?fail(?:ed|ing)\b/m;
const NO_PROGRESS = /"is_progress_being_made"[^}]*"answer":\s*false|no progress/;
const IN_LOOP = /"is_in_loop"[^}]*"answer":\s*true|stuck in a loop/;
const EMPTY = /^(?:exitcode: 0[^\n]*\n)?(?:Code output:)?\s*(?:\[\]|\{\}|None|null|N\/A|nan|""|'')?\s*$/;

/** Reads a trajectory once. */
export function digest(trajectory: Trajectory): RunView {
  const steps = trajectory.steps.map(viewOf);
  const agents = steps.filter((step) => step.role === "agent");
  const turns = link(steps);
  traceWords(steps, agents, scanWords(clipText(trajectory.task)), LEXICON);
  let dominant = "";
  for (const [agent, count] of turns) if (count > (turns.get(dominant) ?? 0)) dominant = agent;
  const dominance = agents.length === 0 ? 0 : (turns.get(dominant) ?? 0) / agents.length;
  const orchestrated = agents.length > 2 && dominance >= 0.35 && COORDINATOR.test(dominant);
  let work = 0;
  if (orchestrated) {
    for (const step of agents) {
      if (step.agent !== dominant) step.work = work++;
      else {
        step.noProgress = step.text.includes("progress") && NO_PROGRESS.test(step.text);
        step.inLoop = step.text.includes("loop") && IN_LOOP.test(step.text);
      }
    }
  }
  return {
    steps,
    agents,
    turns,
    speakers: turns.size,
    dominant,
    dominance,
    orchestrated,
    ...cueExtremes(agents),
    most: mostOf(agents),
    firstWork: {
      click: agents.findIndex((step) => step.work >= 0 && cue(step, "click") > 0),
      scroll: agents.findIndex((step) => step.work >= 0 && cue(step, "scroll") > 0),
      noProgress: agents.findIndex((step) => step.work >= 0 && step.agentAfter?.noProgress === true),
      repeat: agents.findIndex((step) => step.work > 0 && step.selfOverlap > 0.5),
    },
    failures: steps.filter((step) => step.failed).length,
    chars: steps.reduce((sum, step) => sum + step.chars, 0),
    codeSteps: agents.filter((step) => step.code).length,
    lastCode: agents.findLast((step) => step.code),
    first: agents[0]?.agent ?? "",
  };
}

const NO_WORDS = new Int32Array(0);
/** Digesting is synchronous and a view is used up before the next run is digested, so one lexicon serves all. */
const LEXICON = new Lexicon();
const COORDINATOR = /orchestrat|manager|coordinat|supervis|director|lead/i;

function cueExtremes(agents: readonly StepView[]): Pick<RunView, "firstWith" | "mostOf"> {
  const firstWith = new Int32Array(CUE_NAMES.length).fill(-1);
  const mostOf = new Uint16Array(CUE_NAMES.length);
  for (const step of agents) {
    if (step.ordinal === 0) continue;
    for (const [place, count] of step.cues.entries()) {
      if (count > 0 && (firstWith[place] ?? -1) < 0) firstWith[place] = step.ordinal;
      if (count > (mostOf[place] ?? 0)) mostOf[place] = count;
    }
  }
  return { firstWith, mostOf };
}

function mostOf(agents: readonly StepView[]): Record<Measure, number> {
  const most = {} as Record<Measure, number>;
  for (const measure of MEASURES) {
    let top = 0;
    for (let i = 1; i < agents.length; i++) top = Math.max(top, agents[i]?.[measure] ?? 0);
    most[measure] = top;
  }
  return most;
}

/** Whether the step is the first after the opening with the cue. */
export function firstWith(step: StepView, run: RunView, name: Cue): boolean {
  return run.firstWith[CUE_PLACE[name]] === step.ordinal;
}

/** Share of the first step's distinct words that the second one uses. Both are of the run digested last. */
export function wordOverlap(left: StepView | undefined, right: StepView | undefined): number {
  return left && right ? LEXICON.overlap(left.vocabulary, right.vocabulary) : 0;
}

/** How much of the cue the step has against the one after the opening that has most of it; 0 for the opening. */
export function cueShare(step: StepView, run: RunView, name: Cue): number {
  const most = run.mostOf[CUE_PLACE[name]] ?? 0;
  return most === 0 || step.ordinal === 0 ? 0 : cue(step, name) / most;
}

function viewOf(step: Step): StepView {
  const text = clipText(step.content);
  const words = scanWords(text);
  return {
    index: step.index,
    role: step.role,
    agent: step.agent,
    chars: step.content.length,
    text,
    words,
    cues: countCues(words),
    code: text.includes("```"),
    json: /^\s*(?:Updated Ledger:\s*)?[{[]/.test(text),
    question: text.trimEnd().endsWith("?"),
    lists: listItems(text),
    urls: occurrences(text, "http"),
    tools: step.tool_calls.length,
    failed: step.error !== "" || (step.role === "environment" && FAILURE.test(text)),
    empty: step.role === "environment" && EMPTY.test(text),
    ordinal: 0,
    turn: 0,
    work: -1,
    vocabulary: NO_WORDS,
    before: undefined,
    after: undefined,
    agentBefore: undefined,
    agentAfter: undefined,
    observation: undefined,
    seen: undefined,
    failuresBefore: 0,
    novelty: 0,
    newNumbers: 0,
    newNames: 0,
    newNumbersFinal: 0,
    newNamesFinal: 0,
    taskOverlap: 0,
    seenOverlap: 0,
    selfOverlap: 0,
    finalOverlap: 0,
    finalShare: 0,
    tailTaskOverlap: 0,
    observationsBefore: 0,
    successesBefore: 0,
    unsupported: 0,
    unsupportedCount: 0,
    noProgress: false,
    inLoop: false,
  };
}

/** Sets neighbours and counts; returns how many turns each agent took. */
function link(steps: StepView[]): Map<string, number> {
  const turns = new Map<string, number>();
  let agentBefore: StepView | undefined;
  let seen: StepView | undefined;
  let ordinal = 0;
  let failures = 0;
  let observations = 0;
  for (const [place, step] of steps.entries()) {
    step.before = steps[place - 1];
    step.after = steps[place + 1];
    step.agentBefore = agentBefore;
    step.seen = seen;
    step.failuresBefore = failures;
    step.observationsBefore = observations;
    step.successesBefore = observations - failures;
    if (step.role === "agent") {
      if (agentBefore) agentBefore.agentAfter = step;
      step.ordinal = ordinal++;
      step.turn = turns.get(step.agent) ?? 0;
      turns.set(step.agent, step.turn + 1);
      agentBefore = step;
    } else if (step.role === "environment") {
      if (step.before?.role === "agent") step.before.observation = step;
      observations++;
      if (step.failed) failures++;
      seen = step;
    }
  }
  return turns;
}

/** Lines that begin with `- `, `* ` or `1. `, the first line aside. */
function listItems(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    const mark = text.charCodeAt(at + 1);
    if (mark === 45 || mark === 42) count += text.charCodeAt(at + 2) === 32 ? 1 : 0;
    else if (mark === 49 && text.startsWith(". ", at + 2)) count++;
  }
  return count;
}

function occurrences(text: string, piece: string): number {
  let count = 0;
  for (let at = text.indexOf(piece); at >= 0; at = text.indexOf(piece, at + piece.length)) count++;
  return count;
}
