import type { Trajectory } from "@culprit/schemas";
import { CUE_NAMES, type Cue } from "./cues.ts";
import { Lexicon } from "./lexicon.ts";
import { clipText, scanWords } from "./scan.ts";
import { CUE_PLACE, cue, type StepView, viewOf } from "./step-view.ts";
import { traceWords } from "./trace.ts";

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

const NO_PROGRESS = /"is_progress_being_made"[^}]*"answer":\s*false|no progress/;
const IN_LOOP = /"is_in_loop"[^}]*"answer":\s*true|stuck in a loop/;
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

/** Digesting is synchronous and a view is used up before the next run is digested, so one lexicon serves all. */
const LEXICON = new Lexicon();
const COORDINATOR = /orchestrat|manager|coordinat|supervis|director|lead/i;

function cueExtremes(agents: readonly StepView[]): Pick<RunView, "firstWith" | "mostOf"> {
  const firstWith = new Int32Array(CUE_NAMES.length).fill(-1);
  const mostOf = new Uint16Array(CUE_NAMES.length);
  for (const step of agents) {
    if (step.ordinal === 0) continue;
    for (let place = 0; place < step.cues.length; place++) {
      const count = step.cues[place] ?? 0;
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
