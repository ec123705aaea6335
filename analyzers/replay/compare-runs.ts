import type { Step, StepChange, Trajectory } from "@culprit/schemas";
import { actionOf, comparableAction } from "./action.ts";
import { canonicalJson } from "./canonical.ts";

/** Pairs of steps that are looked at, past what both runs begin and end with; longer ones are compared by place alone. */
const MOST_PAIRS = 9_000_000;

/**
 * Two runs side by side, step by step: what is the same in both stays together, and between such steps those of the same
 * actor are taken for each other.
 */
export function compareRuns(left: Pick<Trajectory, "steps">, right: Pick<Trajectory, "steps">): StepChange[] {
  const [was, is] = [left.steps.map(sameness), right.steps.map(sameness)];
  const pairs = common(was, is);
  const changes: StepChange[] = [];
  let [from, to] = [0, 0];
  for (const [l, r] of [...pairs, [was.length, is.length] as const]) {
    changes.push(...between(left.steps.slice(from, l), right.steps.slice(to, r)));
    const [one, other] = [left.steps[l], right.steps[r]];
    if (one !== undefined && other !== undefined) changes.push({ left: one.index, right: other.index, change: "same" });
    [from, to] = [l + 1, r + 1];
  }
  return changed(changes, left.steps, right.steps);
}

/** Parallel agents come in another order each time: what was removed here and added there by the same actor is one. */
function changed(changes: StepChange[], left: readonly Step[], right: readonly Step[]): StepChange[] {
  const byIndex = (steps: readonly Step[]) => new Map(steps.map((step) => [step.index, step]));
  const [was, is] = [byIndex(left), byIndex(right)];
  const added = new Map<string, StepChange[]>();
  for (const entry of changes) {
    const step = entry.change === "added" ? is.get(entry.right ?? -1) : undefined;
    if (step === undefined) continue;
    const own = added.get(actor(step)) ?? [];
    own.push(entry);
    added.set(actor(step), own);
  }
  for (const own of added.values()) own.reverse();
  const moved = new Set<StepChange>();
  const merged = changes.map((entry) => {
    const step = entry.change === "removed" ? was.get(entry.left ?? -1) : undefined;
    const match = step === undefined ? undefined : added.get(actor(step))?.pop();
    const other = is.get(match?.right ?? -1);
    if (match === undefined || step === undefined || other === undefined) return entry;
    moved.add(match);
    const change = sameness(step) === sameness(other) ? "same" : "changed";
    return { left: entry.left, right: match.right, change } satisfies StepChange;
  });
  return merged.filter((entry) => !moved.has(entry));
}

function actor({ role, agent }: Step): string {
  return JSON.stringify([role, agent]);
}

/** Steps between two that are the same. */
function between(left: readonly Step[], right: readonly Step[]): StepChange[] {
  const changes: StepChange[] = [];
  const places = new Map<string, number[]>();
  for (const [at, step] of right.entries()) {
    const own = places.get(actor(step)) ?? [];
    own.push(at);
    places.set(actor(step), own);
  }
  for (const own of places.values()) own.reverse();
  let to = 0;
  for (const step of left) {
    const own = places.get(actor(step)) ?? [];
    while ((own.at(-1) ?? to) < to) own.pop();
    const found = own.pop();
    if (found === undefined) {
      changes.push({ left: step.index, right: null, change: "removed" });
      continue;
    }
    for (const skipped of right.slice(to, found)) changes.push({ left: null, right: skipped.index, change: "added" });
    const other = right[found];
    if (other !== undefined) {
      const change = sameness(step) === sameness(other) ? "same" : "changed";
      changes.push({ left: step.index, right: other.index, change });
    }
    to = found + 1;
  }
  for (const added of right.slice(to)) changes.push({ left: null, right: added.index, change: "added" });
  return changes;
}

function sameness(step: Step): string {
  const did = step.role === "agent" ? comparableAction(actionOf(step)) : canonicalJson(step.result ?? step.content);
  return canonicalJson([step.role, step.agent, did, step.error]);
}

/** The longest common subsequence of two lists, as pairs of places. */
function common(left: readonly string[], right: readonly string[]): [number, number][] {
  const most = Math.min(left.length, right.length);
  let head = 0;
  while (head < most && left[head] === right[head]) head++;
  let tail = 0;
  while (tail < most - head && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail++;
  const [was, is] = [left.slice(head, left.length - tail), right.slice(head, right.length - tail)];
  const middle = was.length * is.length > MOST_PAIRS ? [] : longest(was, is);
  const pair = (at: number): [number, number] => [left.length - tail + at, right.length - tail + at];
  return [
    ...Array.from({ length: head }, (_, at): [number, number] => [at, at]),
    ...middle.map(([l, r]): [number, number] => [l + head, r + head]),
    ...Array.from({ length: tail }, (_, at) => pair(at)),
  ];
}

function longest(left: readonly string[], right: readonly string[]): [number, number][] {
  const width = right.length + 1;
  const lengths = new Uint16Array((left.length + 1) * width);
  const at = (l: number, r: number) => lengths[l * width + r] ?? 0;
  for (let l = left.length - 1; l >= 0; l--) {
    for (let r = right.length - 1; r >= 0; r--) {
      lengths[l * width + r] = left[l] === right[r] ? at(l + 1, r + 1) + 1 : Math.max(at(l + 1, r), at(l, r + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let l = 0, r = 0; l < left.length && r < right.length; ) {
    if (left[l] === right[r]) pairs.push([l++, r++]);
    else if (at(l + 1, r) >= at(l, r + 1)) l++;
    else r++;
  }
  return pairs;
}
