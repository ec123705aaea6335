import type { Step, TraceDetail } from "@culprit/schemas";

/** One step as a comparison shows it. */
export interface ShownStep {
  index: number;
  agent: string;
  role: Step["role"];
  content: string;
  tool_calls: string[];
  error: string;
}

export interface Comparison {
  left: RunHead;
  right: RunHead;
  /** Steps from the start that say the same. */
  same_steps: number;
  /** Where they first differ; null on a side that had ended by then. */
  first_difference: { left: ShownStep | null; right: ShownStep | null } | null;
}

interface RunHead {
  trace_id: string;
  outcome: TraceDetail["outcome"];
  steps: number;
  agents: string[];
  blamed: { agent: string; step: number; status: string } | null;
}

const MOST_CHARACTERS = 2000;

/** Two runs side by side: how far they say the same, and what each does where they part. Pure. */
export function compareRuns(left: TraceDetail, right: TraceDetail): Comparison {
  const most = Math.min(left.steps.length, right.steps.length);
  let same = 0;
  while (same < most && saysSame(left.steps[same], right.steps[same])) same++;
  const apart = same < left.steps.length || same < right.steps.length;
  return {
    left: headOf(left),
    right: headOf(right),
    same_steps: same,
    first_difference: apart ? { left: shownStep(left.steps[same]), right: shownStep(right.steps[same]) } : null,
  };
}

function saysSame(left: Step | undefined, right: Step | undefined): boolean {
  const said = (step: Step | undefined) =>
    step &&
    JSON.stringify([
      step.role,
      step.agent,
      step.content,
      step.tool_calls.map(({ name, arguments: given }) => [name, given]),
    ]);
  return said(left) === said(right);
}

export function shownStep(step: Step | undefined, most = MOST_CHARACTERS): ShownStep | null {
  if (step === undefined) return null;
  const clip = (text: string) =>
    text.length > most ? `${text.slice(0, most)}… (${text.length} characters in all)` : text;
  return {
    index: step.index,
    agent: step.agent,
    role: step.role,
    content: clip(step.content),
    tool_calls: step.tool_calls.map((call) => clip(`${call.name}(${JSON.stringify(call.arguments)})`)),
    error: clip(step.error),
  };
}

function headOf({ trace_id, outcome, steps, agents, summary }: TraceDetail): RunHead {
  const agent = summary?.blamed_agent ?? null;
  const step = summary?.blamed_step ?? null;
  const blamed = agent === null || step === null ? null : { agent, step, status: summary?.status ?? "none" };
  return { trace_id, outcome, steps: steps.length, agents, blamed };
}
