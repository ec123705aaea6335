import type { Replay, TraceDetail } from "@culprit/schemas";
import { duration, percent, plural, wilson } from "../format.ts";
import { placebosAt } from "../replay.ts";
import { runHref } from "../routes.ts";
import { brief } from "../text.ts";
import { INTERVENTION_WORDS, OUTCOME_WORDS, REPLAY_WORDS } from "../words.ts";
import { Link } from "./link.tsx";
import { LongText } from "./long-text.tsx";

/** What a replay changed, how the outcome turned, and what the same step does by chance alone. */
export function Intervention({ original, replay }: { original: TraceDetail; replay: Replay }) {
  const { intervention, status } = replay;
  const { step, agent, kind, oracle, action } = intervention;
  const flipped = original.outcome === "failure" && status === "success";
  return (
    <header className="intervention">
      <h1>
        {INTERVENTION_WORDS[kind].name} of <span className="blame-agent">{brief(agent, 120)}</span> at{" "}
        <Link href={runHref(original.trace_id, step)}>step {step}</Link>
      </h1>
      <p className="flip" data-flipped={flipped}>
        <span className={`outcome outcome-${original.outcome}`}>{OUTCOME_WORDS[original.outcome]}</span>
        <span aria-hidden="true">→</span>
        <span className="visually-hidden">became</span>
        <span className={`outcome outcome-${status}`}>{REPLAY_WORDS[status]}</span>
        {flipped && <strong>The outcome flipped.</strong>}
        {status === original.outcome && <span className="muted">The outcome stayed.</span>}
      </p>
      <Placebos original={original} step={step} />
      <p className="muted">
        {INTERVENTION_WORDS[kind].about} Proposed by {brief(oracle, 120) || "nobody named"}; took{" "}
        {duration(replay.duration_ms)}.
      </p>
      {replay.reason !== "" && <p className="muted">{brief(replay.reason, 400)}</p>}
      <div className="correction">
        <h2>What was served in its place</h2>
        <LongText text={action} lines={14} characters={1200} />
      </div>
    </header>
  );
}

/** The placebo rate: of the replays at this step, else what its label keeps of them. */
function Placebos({ original, step }: { original: TraceDetail; step: number }) {
  const here = placebosAt(original.replays, step);
  const label = original.annotations.find((note) => note.evidence === "counterfactual" && note.step === step);
  const [k, n] = here.n > 0 ? [here.k, here.n] : [label?.placebo_successes ?? 0, label?.placebo_k ?? 0];
  if (n === 0) return <p className="muted">No placebo was run at this step: chance is not ruled out.</p>;
  const [low, high] = wilson(k, n);
  return (
    <p className="placebo">
      Placebo: unchanged, it succeeds in {k} of {plural(n, "replay")}, {percent(k / n)}{" "}
      <span className="muted">
        (95 % interval {percent(low)} to {percent(high)})
      </span>
    </p>
  );
}
