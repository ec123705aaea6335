import type { SpanLink } from "@culprit/schemas";
import type { Node } from "./forest.ts";
import type { StepNode } from "./roles.ts";

/**
 * For each step the earlier steps that spans say it came from, ascending: the nearest step around it (who called it),
 * the last step inside it where it answers after them (what its answer was made of), and where its span's links point
 * to, or the last step inside that. Links of a span around it count for the first step inside. Pure; `steps` in the order of the trajectory.
 */
export function causesOf(steps: readonly StepNode[]): number[][] {
  const indexOf = new Map(steps.map(({ span }, index) => [span.span_id, index]));
  const causes = steps.map(() => new Set<number>());
  const add = (of: number, cause: number | undefined) => {
    if (cause !== undefined && cause < of) causes[of]?.add(cause);
  };
  /** Steps inside each span, in order; filled as far as the loop has come. */
  const lastInside = new Map<string, number>();
  for (const [index, step] of steps.entries()) {
    // Read before the step itself is entered: what lies inside it and came before.
    add(index, lastInside.get(step.span.span_id));
    for (const above of around(step)) {
      const caller = indexOf.get(above.span.span_id);
      if (caller === undefined) continue;
      add(index, caller);
      break;
    }
    for (const { trace_id, span_id } of linksOf(step, lastInside)) {
      if (trace_id !== step.span.trace_id) continue;
      add(index, indexOf.get(span_id));
      add(index, lastInside.get(span_id));
    }
    for (const above of around(step)) lastInside.set(above.span.span_id, index);
  }
  return causes.map((set) => [...set].sort((left, right) => left - right));
}

/** Its own links, and those of the spans that began with it: where an agent came from, its first step came from. */
function linksOf(step: StepNode, lastInside: ReadonlyMap<string, number>): SpanLink[] {
  const begun = around(step).filter(({ span }) => span.links.length > 0 && !lastInside.has(span.span_id));
  return [step.span, ...begun.map(({ span }) => span)].flatMap(({ links }) => links);
}

/** Spans nested deeper than this come from broken or hostile senders, and walking them all would be quadratic. */
const HIGHEST = 64;

/** The spans around a step, nearest first. */
function around(step: StepNode): Node[] {
  const nodes: Node[] = [];
  for (let above = step.parent; above !== null && nodes.length < HIGHEST; above = above.parent) nodes.push(above);
  return nodes;
}
