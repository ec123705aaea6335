import { actionOf, type ClassifiedStep, type Finding } from "@culprit/analyzers";
import {
  type Annotation,
  type Attribution,
  hasBlame,
  type Message,
  type Replay,
  type Step,
  type ToolCall,
} from "@culprit/schemas";
import type { ReadRun } from "./read-run.ts";

/** Everything about one step. Steps are 0-based throughout. */
export interface Inspection {
  step: number;
  role: Step["role"];
  agent: string;
  started_at: string;
  duration_ms: number;
  model: string;
  input_tokens: number;
  output_tokens: number;
  /** What the actor was shown: how many messages, and those that it had not been shown before. */
  seen: { messages: number; new: Message[] };
  /** Text without the tool calls. */
  said: string;
  called: ToolCall[];
  /** What answered it: the environment steps until the next agent step. */
  got: { step: number; from: string; text: string; error: string }[];
  error: string;
  handoff: string | null;
  /** What the step is for and what it did; null where it is no action. */
  effects: Effects | null;
  evidence: {
    files: { path: string; first: number; touches: { step: number; action: string }[] }[];
    errors: { text: string; first: number; steps: number[] }[];
    /** Test results that turned at this step, or that a change at this step may have turned. */
    tests: { step: number; test: string; from: string; to: string; after: number[] }[];
  };
  /** What the rules say of it, and where it stands as evidence against another step. */
  findings: Finding[];
  attributions: Attribution[];
  annotations: Annotation[];
  replays: Replay[];
}

export interface Effects {
  class: ClassifiedStep["class"];
  classes: ClassifiedStep["classes"];
  stage: number | null;
  level: number;
  parent: number | null;
  files: ClassifiedStep["files"];
  searches: string[];
  runs: string[];
  tests: { runner: string; passed: number; failed: number; failing: string[] } | null;
  exit_code: number | null;
  failed: boolean;
}

/** What is known about a step of a run; undefined where there is no such step. */
export function inspectStep(run: ReadRun, index: number): Inspection | undefined {
  const { steps } = run.trajectory;
  const at = steps.findIndex((step) => step.index === index);
  const step = steps[at];
  if (step === undefined) return undefined;
  const action = actionOf(step);
  const until = steps.findIndex((other, place) => place > at && other.role === "agent");
  const answers = step.role === "agent" ? steps.slice(at + 1, until === -1 ? steps.length : until) : [];
  return {
    step: step.index,
    role: step.role,
    agent: step.agent,
    started_at: step.started_at,
    duration_ms: step.duration_ms,
    model: step.model,
    input_tokens: step.input_tokens,
    output_tokens: step.output_tokens,
    seen: { messages: step.input.length, new: newMessages(steps, at) },
    said: action.content,
    called: action.tool_calls,
    got: answers
      .filter(({ role }) => role === "environment")
      .map((answer) => ({ step: answer.index, from: answer.agent, text: answer.content, error: answer.error })),
    error: step.error,
    handoff: step.handoff ?? null,
    effects: effectsOf(run, index),
    evidence: evidenceOf(run, index),
    findings: findingsOf(run).filter((finding) => finding.step === index || finding.evidence.includes(index)),
    attributions: run.attributions.filter((attribution) => hasBlame(attribution) && attribution.step === index),
    annotations: run.annotations.filter((annotation) => annotation.step === index),
    replays: run.replays.filter(({ intervention }) => intervention.step === index),
  };
}

/** Messages of a step's input that the same actor's step before was not shown and did not say. */
function newMessages(steps: readonly Step[], at: number): Message[] {
  const step = steps[at];
  if (step === undefined || step.role !== "agent") return step?.input ?? [];
  const before = steps.slice(0, at).findLast((other) => other.role === "agent" && other.agent === step.agent);
  if (before === undefined) return step.input;
  let same = 0;
  while (same < before.input.length && sameMessage(before.input[same], step.input[same])) same++;
  const rest = step.input.slice(same);
  return rest[0]?.role === "assistant" && same === before.input.length ? rest.slice(1) : rest;
}

function sameMessage(one: Message | undefined, other: Message | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function effectsOf({ diagnosis }: ReadRun, index: number): Effects | null {
  const own = diagnosis.steps.find(({ step }) => step === index);
  if (own === undefined) return null;
  const node = diagnosis.tree.nodes[own.ordinal];
  return {
    class: own.class,
    classes: own.classes,
    stage: diagnosis.stages.find(({ steps }) => steps.includes(index))?.id ?? null,
    level: node?.level ?? 0,
    parent: node?.parent ?? null,
    files: own.files,
    searches: own.searches,
    runs: own.runs,
    tests: own.results && {
      runner: own.results.runner,
      passed: own.results.passed,
      failed: own.results.failed,
      failing: own.results.failing,
    },
    exit_code: own.exit_code,
    failed: own.failed,
  };
}

function evidenceOf({ diagnosis }: ReadRun, index: number): Inspection["evidence"] {
  const { files, errors, test_changes } = diagnosis.evidence;
  return {
    files: files.filter(({ touches }) => touches.some(({ step }) => step === index)),
    errors: errors
      .filter(({ steps }) => steps.includes(index))
      .map(({ text, steps }) => ({ text, first: steps[0] ?? index, steps })),
    tests: test_changes.filter(({ step, after }) => step === index || after.includes(index)),
  };
}

/** Every finding of a run, those below the threshold of a label included where the diagnosis kept them. */
export function findingsOf({ diagnosis }: ReadRun): Finding[] {
  return [...diagnosis.incorrect, ...diagnosis.unuseful].flatMap(({ findings }) => findings);
}
