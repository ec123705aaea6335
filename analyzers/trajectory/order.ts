import { CULPRIT } from "@culprit/schemas";
import type { Node } from "./forest.ts";
import type { Place } from "./places.ts";
import type { StepNode } from "./roles.ts";

/**
 * Steps in the order they happened. Steps that say their own place (`culprit.step.index`) keep it among themselves;
 * the others go by `places` and are merged in by them.
 *
 * @param places when each span was, `placesOf` the forest the steps are from
 */
export function orderSteps(steps: readonly StepNode[], places: ReadonlyMap<string, Place>): StepNode[] {
  const compare = (left: StepNode, right: StepNode) => comparePlaces(placeOf(left, places), placeOf(right, places));
  const placed: { step: StepNode; index: number }[] = [];
  const free: StepNode[] = [];
  for (const step of steps) {
    const index = givenIndex(step);
    if (index === undefined) free.push(step);
    else placed.push({ step, index });
  }
  placed.sort((left, right) => left.index - right.index || compare(left.step, right.step));
  free.sort(compare);
  const merged: StepNode[] = [];
  let next = 0;
  for (const { step } of placed) {
    for (let one = free[next]; one !== undefined && compare(one, step) < 0; one = free[++next]) merged.push(one);
    merged.push(step);
  }
  for (let one = free[next]; one !== undefined; one = free[++next]) merged.push(one);
  return merged;
}

interface Moment {
  at: bigint;
  turn: number;
}

const NEVER: Moment = { at: 0n, turn: 0 };

/** A step around other steps (a tool that ran an agent) goes by its end: its answer came after theirs. */
function placeOf({ span, wraps }: StepNode, places: ReadonlyMap<string, Place>): Moment {
  const place = places.get(span.span_id);
  if (place === undefined) return NEVER;
  return wraps ? place.after : place.before;
}

function comparePlaces(left: Moment, right: Moment): number {
  return left.at < right.at ? -1 : left.at > right.at ? 1 : left.turn - right.turn;
}

function givenIndex(step: Node): number | undefined {
  const value = step.span.attributes[CULPRIT.stepIndex];
  if (typeof value !== "number" && !(typeof value === "string" && /^\d{1,15}$/.test(value))) return undefined;
  const index = Number(value);
  return Number.isSafeInteger(index) && index >= 0 ? index : undefined;
}
