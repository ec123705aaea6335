import type { Step } from "@culprit/schemas";
import { memo } from "react";
import type { ApiFailure } from "../api.ts";
import type { Mark } from "../blame.ts";
import { count, duration } from "../format.ts";
import { runHref } from "../routes.ts";
import { besidesCalls, brief } from "../text.ts";
import { isClipped, useWholeStep } from "../whole-step.ts";
import { MarkBadge } from "./badge.tsx";
import { CopyId } from "./copy-id.tsx";
import { Disclosure } from "./disclosure.tsx";
import { Icon } from "./icons.tsx";
import { Link } from "./link.tsx";
import { LongText } from "./long-text.tsx";
import { Messages } from "./messages.tsx";
import { Loading } from "./notice.tsx";
import { ToolCalls } from "./tool-calls.tsx";

interface StepItemProps {
  step: Step;
  traceId: string;
  marks: Mark[];
  hue: number | null;
  focused: boolean;
}

/** One step: who, what they said and called, what they were shown, and every claim about it. */
export const StepItem = memo(function StepItem({ step: clipped, traceId, marks, hue, focused }: StepItemProps) {
  const decisive = marks.find((mark) => mark.decisive);
  const { whole, failure, load } = useWholeStep(traceId, clipped, decisive !== undefined || focused);
  const step = whole ?? clipped;
  const said = besidesCalls(step);
  const cut = whole === null && isClipped(clipped);
  const classes = ["step", `step-${step.role}`];
  if (decisive) classes.push("step-decisive", `decisive-${decisive.kind}`);
  else if (marks[0]) classes.push(`marked-${marks[0].kind}`);
  return (
    <li
      id={`step-${step.index}`}
      className={classes.join(" ")}
      data-step={step.index}
      data-decisive={decisive?.kind}
      data-focus={focused}
      data-whole={!cut}
      tabIndex={-1}
    >
      <Link className="step-number number" href={runHref(traceId, step.index)} title="Link to this step">
        {step.index}
      </Link>
      <div className="step-body">
        <header className="step-head">
          <h3>
            <span className={hue === null ? "dot dot-quiet" : `dot hue-${hue}`} aria-hidden="true" />
            <span className="step-agent">{brief(step.agent, 120)}</span>
          </h3>
          {step.handoff !== undefined && <span className="muted">hands over to {brief(step.handoff, 120)}</span>}
          {step.agent !== step.role && <span className="muted">{step.role}</span>}
          {step.model !== "" && <span className="muted">{brief(step.model, 120)}</span>}
          <span className="step-cost muted number">{cost(step)}</span>
        </header>
        {marks.length > 0 && (
          <p className="marks">
            {decisive && <strong className="decisive-word">Decisive step</strong>}
            {marks.map((mark) => (
              <MarkBadge key={`${mark.kind} ${mark.by}`} kind={mark.kind} by={mark.by} />
            ))}
          </p>
        )}
        {said !== "" && <LongText text={said} mono={step.role === "environment"} />}
        {said === "" && step.tool_calls.length === 0 && <p className="muted">Said nothing.</p>}
        <ToolCalls calls={step.tool_calls} />
        {step.error !== "" && (
          <div className="step-error">
            <Icon name="alert" />
            <span className="visually-hidden">Error: </span>
            <LongText text={step.error} mono lines={8} characters={800} />
          </div>
        )}
        {cut && (
          <button type="button" className="show-more" onClick={load}>
            Load the rest of this step
          </button>
        )}
        {failure && <p className="muted">{failure.message}</p>}
        <footer className="step-foot">
          {step.role === "agent" && (
            <Disclosure summary={`What ${brief(step.agent, 120)} was shown`} onOpen={load}>
              <Shown step={whole} failure={failure} />
            </Disclosure>
          )}
          <CopyId id={step.span_id} label="span id" short />
        </footer>
      </div>
    </li>
  );
});

function Shown({ step, failure }: { step: Step | null; failure: ApiFailure | null }) {
  if (failure) return null;
  if (step === null) return <Loading what="what it was shown" />;
  if (step.input.length === 0) return <p className="muted">Not recorded: its spans carry no input messages.</p>;
  return <Messages messages={step.input} />;
}

function cost(step: Step): string {
  const pieces: string[] = [];
  const tokens = step.input_tokens + step.output_tokens;
  if (tokens > 0) pieces.push(`${count(tokens)} tokens`);
  if (step.duration_ms > 0) pieces.push(duration(step.duration_ms));
  return pieces.join(" · ");
}
