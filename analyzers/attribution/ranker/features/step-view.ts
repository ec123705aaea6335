import type { Step } from "@culprit/schemas";
import { CUE_NAMES, type Cue, countCues } from "./cues.ts";
import { clipText, scanWords, type Words } from "./scan.ts";

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

/** How many times the cue occurs in the step. */
export function cue(step: StepView | undefined, name: Cue): number {
  return step ? (step.cues[CUE_PLACE[name]] ?? 0) : 0;
}

/** Place of each cue in {@link CUE_NAMES}. */
export const CUE_PLACE = Object.fromEntries(CUE_NAMES.map((name, place) => [name, place])) as Record<Cue, number>;

const FAILURE =
  /exitcode: [1-9]|exit code:? [1-9]|Traceback \(most|\b(?:[A-Z]\w*)?(?:Error|Exception)\b[:(]|execution failed|unknown language|\bTimeout\b|\bAssertion failed|\bFAILED\b|^(?:FAIL|not ok)\b|\b[1-9]\d* (?:tests? )?fail(?:ed|ing)\b/m;
const EMPTY = /^(?:exitcode: 0[^\n]*\n)?(?:Code output:)?\s*(?:\[\]|\{\}|None|null|N\/A|nan|""|'')?\s*$/;

const NO_WORDS = new Int32Array(0);

/** The step by itself: everything that asks for the others is still unset. */
export function viewOf(step: Step): StepView {
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
