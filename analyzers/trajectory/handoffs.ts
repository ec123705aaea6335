import type { Step } from "@culprit/schemas";
import { compareText } from "./compare-text.ts";
import type { Node } from "./forest.ts";
import type { StepNode } from "./roles.ts";
import { compareNanos } from "./time.ts";

/**
 * Steps with whom they handed over to (`handoff`), and the first later step of that agent with where it came from
 * (`caused_by`). A handoff is told by the step's own span, by a span beside it (frameworks make one that holds nothing
 * else), or by a call of a tool named after the agent, as `transfer_to_pricer`. Pure; `steps[i]` is `nodes[i]`.
 */
export function withHandoffs(steps: readonly Step[], nodes: readonly StepNode[], forest: readonly Node[]): Step[] {
  const handed = steps.map((step, index) => ownHandoff(step, nodes[index]));
  const acting = actsByAgent(steps, nodes);
  for (const { span } of spansBeside(nodes, forest)) {
    const { from, to } = span.reading.handoff ?? { from: "", to: "" };
    const giver = lastBefore(acting.get(from) ?? acting.get("") ?? [], span.start_time_unix_nano);
    if (giver !== undefined) handed[giver] ??= to;
  }
  const known = namesOf(steps);
  for (const [index, step] of steps.entries()) handed[index] ??= byToolCall(step, known);
  const result = steps.map((step, index) => {
    const to = handed[index];
    return to === undefined ? step : { ...step, handoff: to };
  });
  for (const [index, to] of handed.entries()) {
    const taker = to === undefined ? undefined : firstAfter(acting.get(to) ?? [], index);
    const step = taker === undefined ? undefined : result[taker];
    if (step === undefined || taker === undefined) continue;
    const causes = new Set([...(step.caused_by ?? []), index]);
    result[taker] = { ...step, caused_by: [...causes].sort((left, right) => left - right) };
  }
  return result;
}

interface Act {
  index: number;
  start: string;
}

function ownHandoff(step: Step, node: StepNode | undefined): string | undefined {
  return step.role === "agent" ? node?.span.reading.handoff?.to : undefined;
}

/** Spans that tell a handoff and are no agent's step, by time. */
function spansBeside(nodes: readonly StepNode[], forest: readonly Node[]): Node[] {
  const acting = new Set(nodes.filter(({ role }) => role === "agent").map(({ span }) => span.span_id));
  return forest
    .filter(({ span }) => span.reading.handoff !== undefined && !acting.has(span.span_id))
    .sort(
      (left, right) =>
        compareNanos(left.span.start_time_unix_nano, right.span.start_time_unix_nano) ||
        compareText(left.span.span_id, right.span.span_id),
    );
}

/** Agent steps by the name of their agent, in order; all of them under the empty name. */
function actsByAgent(steps: readonly Step[], nodes: readonly StepNode[]): Map<string, Act[]> {
  const acts = new Map<string, Act[]>([["", []]]);
  for (const [index, { role, agent }] of steps.entries()) {
    if (role !== "agent") continue;
    const act = { index, start: nodes[index]?.span.start_time_unix_nano ?? "0" };
    for (const name of new Set(["", agent])) {
      const known = acts.get(name);
      if (known === undefined) acts.set(name, [act]);
      else known.push(act);
    }
  }
  return acts;
}

/** The last act that began by `time`: acts are as good as sorted by it. */
function lastBefore(acts: readonly Act[], time: string): number | undefined {
  let [low, high] = [0, acts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareNanos(acts[middle]?.start ?? "0", time) <= 0) low = middle + 1;
    else high = middle;
  }
  return acts[low - 1]?.index;
}

function firstAfter(acts: readonly Act[], index: number): number | undefined {
  let [low, high] = [0, acts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((acts[middle]?.index ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  return acts[low]?.index;
}

/** Tools by which models hand over, as frameworks name them. */
const TRANSFER = /^(?:transfer|hand_?off|handover|switch|route)_?(?:back_)?to_?(.{1,200})$/i;

function byToolCall(step: Step, known: ReadonlyMap<string, string>): string | undefined {
  if (step.role !== "agent") return undefined;
  for (const { name } of step.tool_calls) {
    const to = known.get(squeezed(TRANSFER.exec(name)?.[1] ?? ""));
    if (to !== undefined && to !== step.agent) return to;
  }
  return undefined;
}

/** Names of agents by what a tool's name keeps of them; those that two agents share are nobody's. */
function namesOf(steps: readonly Step[]): Map<string, string> {
  const names = new Map<string, string>();
  const shared = new Set<string>([""]);
  for (const { role, agent } of steps) {
    if (role !== "agent") continue;
    const short = squeezed(agent);
    if ((names.get(short) ?? agent) !== agent) shared.add(short);
    names.set(short, agent);
  }
  for (const short of shared) names.delete(short);
  return names;
}

function squeezed(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}
