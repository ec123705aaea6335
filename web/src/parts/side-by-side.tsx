import type { Step, TraceDetail } from "@culprit/schemas";
import { useMemo, useState } from "react";
import { align, type Pair } from "../align.ts";
import { chunked } from "../chunks.ts";
import { count, plural } from "../format.ts";
import { runHref } from "../routes.ts";
import { asText, besidesCalls, brief } from "../text.ts";
import { Link } from "./link.tsx";
import { LongText } from "./long-text.tsx";
import { StepChunk } from "./step-chunk.tsx";

interface SideBySideProps {
  original: TraceDetail;
  made: TraceDetail;
  /** Step of the original that was intervened at. */
  step: number;
}

/** Two runs in rows: the original left, the replay right; what they share can be folded away. */
export function SideBySide({ original, made, step }: SideBySideProps) {
  const pairs = useMemo(() => align(original.steps, made.steps, step), [original.steps, made.steps, step]);
  const [folded, setFolded] = useState(true);
  const same = pairs.filter((pair) => pair.same).length;
  const shown = folded ? pairs.filter((pair) => !pair.same || pair.left?.index === step) : pairs;
  const chunks = chunked(shown);
  return (
    <section aria-labelledby="side-title">
      <div className="section-title">
        <h2 id="side-title">Side by side</h2>
        {same > 0 && (
          <button type="button" className="button button-small" onClick={() => setFolded((open) => !open)}>
            {folded ? `Show ${plural(same, "step")} that ${same === 1 ? "is" : "are"} the same` : "Only what differs"}
          </button>
        )}
      </div>
      <div className="sides-head">
        <Link href={runHref(original.trace_id)}>Original · {count(original.steps.length)} steps</Link>
        <Link href={runHref(made.trace_id)}>Replay · {count(made.steps.length)} steps</Link>
      </div>
      {chunks.map((rows, at) => (
        <StepChunk
          // biome-ignore lint/suspicious/noArrayIndexKey: a chunk is its place in the rows shown
          key={`${folded} ${at}`}
          start={0}
          size={rows.length}
          pinned={chunks.length === 1}
        >
          {() => rows.map((pair) => <Row key={keyOf(pair)} pair={pair} step={step} sides={[original, made]} />)}
        </StepChunk>
      ))}
    </section>
  );
}

function Row({ pair, step, sides }: { pair: Pair; step: number; sides: [TraceDetail, TraceDetail] }) {
  const here = pair.left !== null && pair.left.index === step;
  const change = here ? "intervened" : pair.same ? "same" : pair.left && pair.right ? "changed" : "only";
  return (
    <li className="sides" data-change={change}>
      {here && <strong className="sides-mark">The intervention</strong>}
      <Side step={pair.left} traceId={sides[0].trace_id} side="original" />
      <Side step={pair.right} traceId={sides[1].trace_id} side="replay" />
    </li>
  );
}

function Side({ step, traceId, side }: { step: Step | null; traceId: string; side: "original" | "replay" }) {
  if (step === null) {
    return (
      <div className="side side-none muted">{side === "replay" ? "Not in the replay" : "Not in the original"}</div>
    );
  }
  const said = besidesCalls(step);
  return (
    <div className="side" data-side={side}>
      <p className="side-head">
        <Link className="number muted" href={runHref(traceId, step.index)}>
          {step.index}
        </Link>{" "}
        <strong className="step-agent">{brief(step.agent, 120)}</strong>
      </p>
      {said !== "" && <LongText text={said} lines={12} characters={900} mono={step.role === "environment"} />}
      {step.tool_calls.map((call, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: ids may repeat or be empty in what others send
        <LongText key={at} text={`${call.name} ${asText(call.arguments)}`} mono lines={8} characters={600} />
      ))}
      {step.error !== "" && <LongText text={step.error} mono lines={6} characters={600} />}
    </div>
  );
}

function keyOf({ left, right }: Pair): string {
  return `${left?.index ?? ""} ${right?.index ?? ""}`;
}
