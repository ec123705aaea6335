import type { Step, TraceDetail } from "@culprit/schemas";
import { useLayoutEffect, useMemo, useRef } from "react";
import type { Mark } from "../blame.ts";
import { chunked } from "../chunks.ts";
import { planLanes } from "../lanes.ts";
import { StepItem } from "./step.tsx";
import { StepChunk } from "./step-chunk.tsx";

const NO_MARKS: Mark[] = [];
/** Frames in which what is above a step may still come to its real height. */
const SETTLING = 3;

interface StepListProps {
  run: TraceDetail;
  marks: Map<number, Mark[]>;
  focus: number | null;
}

/** Every step in order. The one the address names is scrolled to and takes focus. */
export function StepList({ run, marks, focus }: StepListProps) {
  const plan = useMemo(() => planLanes(run.steps), [run.steps]);
  const chunks = useMemo(() => chunked(run.steps), [run.steps]);
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (focus === null) return;
    let frame = 0;
    const settle = (left: number): void => {
      const step = list.current?.querySelector<HTMLElement>(`#step-${focus}`);
      step?.focus({ preventScroll: true });
      step?.scrollIntoView({ block: "start" });
      if (left > 0) frame = requestAnimationFrame(() => settle(left - 1));
    };
    settle(SETTLING);
    return () => cancelAnimationFrame(frame);
  }, [focus]);
  const item = (step: Step) => (
    <StepItem
      key={step.index}
      step={step}
      traceId={run.trace_id}
      marks={marks.get(step.index) ?? NO_MARKS}
      hue={plan.lanes[plan.rows[step.index] ?? 0]?.hue ?? null}
      focused={focus === step.index}
    />
  );
  return (
    <>
      <h2 className="section-title">
        Trajectory
        <span className="keys" aria-hidden="true">
          <kbd>j</kbd> <kbd>k</kbd> step · <kbd>d</kbd> decisive · <kbd>u</kbd> inbox
        </span>
      </h2>
      {run.steps.length === 0 && <p className="muted">No step could be read from this run's spans.</p>}
      <div ref={list}>
        {chunks.map((steps) => {
          const start = steps[0]?.index ?? 0;
          const holds = focus !== null && focus >= start && focus < start + steps.length;
          return (
            <StepChunk key={start} start={start} size={steps.length} pinned={chunks.length === 1 || holds}>
              {() => steps.map(item)}
            </StepChunk>
          );
        })}
      </div>
    </>
  );
}
