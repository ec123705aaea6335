import type { Client, RunComparison, Step, StepChange } from "@culprit/schemas";

/** One step as a comparison shows it. */
export interface ShownStep {
  index: number;
  agent: string;
  role: Step["role"];
  content: string;
  tool_calls: string[];
  error: string;
}

/** Two runs for whoever reads a few thousand words and not all of both. */
export interface ShownComparison extends Omit<RunComparison, "changes"> {
  /** How many steps are the same, changed, only left, only right. */
  counts: Record<StepChange["change"], number>;
  /** Where they first differ; null on a side that has no such step. */
  first_difference: { left: ShownStep | null; right: ShownStep | null } | null;
  /** The first steps that differ, by their indexes. */
  differences: StepChange[];
}

const MOST_CHARACTERS = 2000;
const MOST_DIFFERENCES = 50;

/** Two runs side by side: how far they say the same, what became of each step, and what each does where they part. */
export async function compareRuns(client: Client, left: string, right: string): Promise<ShownComparison> {
  const { changes, ...compared } = await client.call("compareRuns", { trace_id: left, other_id: right });
  const differences = changes.filter(({ change }) => change !== "same");
  const [first] = differences;
  const read = async (trace_id: string, step: number | null): Promise<ShownStep | null> =>
    step === null ? null : shownStep((await client.call("getStep", { trace_id, step })).step);
  const counts = { same: 0, changed: 0, removed: 0, added: 0 };
  for (const { change } of changes) counts[change]++;
  return {
    ...compared,
    counts,
    first_difference:
      first === undefined ? null : { left: await read(left, first.left), right: await read(right, first.right) },
    differences: differences.slice(0, MOST_DIFFERENCES),
  };
}

export function shownStep(step: Step, most = MOST_CHARACTERS): ShownStep {
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
