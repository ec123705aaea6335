import type { Flow } from "@culprit/schemas";
import { bucketOf } from "../chunks.ts";
import { MOST_CELLS } from "../lanes.ts";

const HEIGHT = 36;

/** The flow, once it is known, as arcs under the lanes, on their columns: solid where it leads to the answer, dotted where it ends. */
export function FlowArcs({ flow, steps, rows }: { flow: Flow | undefined; steps: number; rows: number }) {
  const columns = Math.min(steps, MOST_CELLS);
  const middle = (step: number): number => bucketOf(step, steps, MOST_CELLS) + 0.5;
  return (
    <svg
      className="flow-arcs"
      viewBox={`0 0 ${columns} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      style={{ gridColumn: `1 / span ${columns}`, gridRow: rows + 1 }}
    >
      {flow?.links.map(({ from, to, onward }) => {
        const [left, right] = [middle(from), middle(to)];
        const depth = Math.min(HEIGHT - 3, 10 + (right - left) * 3);
        return (
          <path
            key={`${from} ${to}`}
            className={onward ? "flow-onward" : "flow-ends"}
            d={`M${left} 0C${left} ${depth * 1.3} ${right} ${depth * 1.3} ${right} 0`}
          />
        );
      })}
    </svg>
  );
}
