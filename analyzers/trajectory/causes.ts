import type { Node } from "./forest.ts";
import type { StepNode } from "./roles.ts";

/**
 * For each step the earlier steps that spans say it came from, ascending: the nearest step around it (who called it),
 * the last step inside it where it answers after them (what its answer was made of), and where its span's links point
 * to, or the last step inside that. Pure; `steps` in the order of the trajectory.
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
    for (const { trace_id, span_id } of step.span.links) {
      if (trace_id !== step.span.trace_id) continue;
      add(index, indexOf.get(span_id));
      add(index, lastInside.get(span_id));
    }
    for (const above of around(step)) lastInside.set(above.span.span_id, index);
  }
  return causes.map((set) => [...set].sort((left, right) => left - right));
}

/** Spans nested deeper than this come from broken or hostile senders, and walking them all would be quadratic. */
const HIGHEST = 64;

/** The spans around a step, nearest first. */
function around(step: StepNode): Node[] {
  const nodes: Node[] = [];
  for (let above = step.parent; above !== null && nodes.length < HIGHEST; above = above.parent) nodes.push(above);
  return nodes;
}
