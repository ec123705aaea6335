import type { Flow, TraceDetail } from "@culprit/schemas";
import { useMemo } from "react";
import type { Mark } from "../blame.ts";
import { MOST_CELLS, planCells, planLanes } from "../lanes.ts";
import { runHref } from "../routes.ts";
import { brief } from "../text.ts";
import { FlowArcs } from "./flow-arcs.tsx";
import { Link } from "./link.tsx";

/**
 * The whole run at a glance: a lane an actor, a cell a step, the decisive step standing out of its lane.
 * For the mouse; every step is also a list item below.
 */
export function Lanes({
  run,
  marks,
  focus,
  flow,
}: {
  run: TraceDetail;
  marks: Map<number, Mark[]>;
  focus: number | null;
  /** What the blamed step brought in, drawn under the lanes. */
  flow: Flow | null | undefined;
}) {
  const plan = useMemo(() => planLanes(run.steps), [run.steps]);
  const cells = useMemo(() => planCells(run.steps.length, plan.rows, marks), [run.steps, plan, marks]);
  if (run.steps.length < 2) return null;
  const columns = {
    gridTemplateColumns: `repeat(${Math.min(run.steps.length, MOST_CELLS)}, minmax(0.25rem, 1.75rem))`,
    "--lanes": plan.lanes.length,
  };
  return (
    <div className="lanes" aria-hidden="true">
      <ol className="lane-names">
        {plan.lanes.map((lane) => (
          <li key={`${lane.role} ${lane.name}`} title={brief(lane.name, 200)}>
            {brief(lane.name, 40)}
          </li>
        ))}
      </ol>
      <div className="lane-scroll">
        <div className="lane-cells" style={columns}>
          {cells.map(({ step: at, column, row, steps }) => {
            const step = run.steps[at];
            if (step === undefined) return null;
            const own = marks.get(at) ?? [];
            const more = steps > 1 ? `, and ${steps - 1} more near it` : "";
            return (
              <Link
                key={`${column} ${row}`}
                href={runHref(run.trace_id, at)}
                tabIndex={-1}
                title={`step ${at}: ${brief(step.agent, 200)}${more}`}
                className={cellClass(plan.lanes[row]?.hue ?? null, own.find((mark) => mark.decisive) ?? own[0])}
                data-focus={focus === at}
                style={{ gridColumn: column + 1, gridRow: row + 1 }}
              />
            );
          })}
          {flow !== null && <FlowArcs flow={flow} steps={run.steps.length} rows={plan.lanes.length} />}
        </div>
      </div>
    </div>
  );
}

function cellClass(hue: number | null, mark: Mark | undefined): string {
  const base = hue === null ? "cell cell-quiet" : `cell hue-${hue}`;
  if (!mark) return base;
  return `${base} cell-${mark.kind}${mark.decisive ? " cell-decisive" : ""}`;
}
