import type { Annotation, TraceDetail } from "@culprit/schemas";
import { type Blame, headlineMark, saidBy } from "../blame.ts";
import { percent, plural, wilson } from "../format.ts";
import { runHref } from "../routes.ts";
import { brief } from "../text.ts";
import { ATTRIBUTION_WORDS, STATUS_WORDS } from "../words.ts";
import { MarkBadge, StatusBadge } from "./badge.tsx";
import { CitedText } from "./cited-text.tsx";
import { Confidence } from "./confidence.tsx";
import { Link } from "./link.tsx";
import { LongText } from "./long-text.tsx";

/** Who broke the run, at which step, how firmly that is known, and on what. */
export function BlameCard({ run, blame }: { run: TraceDetail; blame: Blame | null }) {
  if (!blame) return <NoBlame run={run} />;
  const { status, agent, step, reason, confidence, strategy, evidence, overruled } = blame;
  const steps = Math.max(run.steps.length, run.summary?.steps ?? 0);
  return (
    <section className={`card blame blame-${status}`} data-status={status} aria-labelledby="blame-title">
      <MarkBadge kind={headlineMark(blame)} />
      <h2 id="blame-title">
        <span className="blame-agent">{brief(agent, 120)}</span>
        <Link className="blame-step" href={runHref(run.trace_id, step)}>
          step {step}
        </Link>
      </h2>
      {reason !== "" && (
        <div className="blame-reason">
          <CitedText text={reason} traceId={run.trace_id} steps={steps} />
        </div>
      )}
      {evidence ? <Evidence note={evidence} /> : <p className="muted">{STATUS_WORDS[status].long}</p>}
      {evidence && evidence.correction !== "" && (
        <div className="correction">
          <h3>What it should have said</h3>
          <LongText text={evidence.correction} lines={12} characters={900} />
        </div>
      )}
      {strategy !== "" && confidence !== null && (
        <dl className="rows">
          <dt>predicted by</dt>
          <dd>
            {strategy} <Confidence value={confidence} />
          </dd>
        </dl>
      )}
      {overruled && (
        <div className="overruled">
          <p>
            The {saidBy(overruled)} had predicted <strong>{brief(overruled.agent, 120)}</strong> at{" "}
            <Link href={runHref(run.trace_id, overruled.step)}>step {overruled.step}</Link>{" "}
            <span className="muted">{percent(overruled.confidence)}</span>
          </p>
          {overruled.reason !== "" && (
            <CitedText text={brief(overruled.reason, 400)} traceId={run.trace_id} steps={steps} />
          )}
        </div>
      )}
    </section>
  );
}

/** What stands behind a label: the flip, its placebo control, and whether an earlier step was ruled out. */
function Evidence({ note }: { note: Annotation }) {
  const { placebo_k: k, placebo_successes: successes } = note;
  const [low, high] = wilson(successes, k);
  const replayed = note.evidence === "counterfactual";
  return (
    <ul className="evidence">
      {note.verdict === "refuted" && note.reason !== "" && <li>{brief(note.reason, 400)}</li>}
      {replayed && note.reason === "" && (
        <li>With this step corrected, the run {note.verdict === "confirmed" ? "succeeds" : "still fails"}.</li>
      )}
      {note.evidence === "human" && (
        <li>{note.verdict === "confirmed" ? "A person named this step." : "A person ruled this step out."}</li>
      )}
      {note.evidence === "injected" && <li>The fault was placed here on purpose.</li>}
      {replayed && k > 0 && (
        <li>
          Placebo: replayed unchanged, it succeeds in {successes} of {plural(k, "replay")}{" "}
          <span className="muted">
            (95 % interval {percent(low)} to {percent(high)})
          </span>
        </li>
      )}
      {replayed && k === 0 && <li className="muted">No placebo replay was run.</li>}
      {replayed && note.verdict === "confirmed" && (
        <li>
          {note.earliest === "proven"
            ? "Earliest: no step before it flips the outcome."
            : "Not proven earliest: steps before it were not all tried."}
        </li>
      )}
    </ul>
  );
}

function NoBlame({ run }: { run: TraceDetail }) {
  const last = run.attributions.at(-1);
  const title =
    run.outcome === "success" ? "Nobody to blame" : last ? ATTRIBUTION_WORDS[last.status] : "Not attributed yet";
  return (
    <section className="card blame blame-none" data-status="none" aria-labelledby="blame-title">
      <StatusBadge status="none" />
      <h2 id="blame-title">{title}</h2>
      {last && last.reason !== "" && <LongText text={last.reason} lines={8} characters={700} plain />}
      {run.outcome === "success" && <p className="muted">The run succeeded.</p>}
      {run.outcome === "unknown" && (
        <p className="muted">Nobody said how this run ended. Report an outcome and it is looked at.</p>
      )}
      {run.outcome === "failure" && !last && (
        <p className="muted">
          The analyzer looks once the run settles. To ask now: <code>culprit attribute {run.trace_id}</code>
        </p>
      )}
    </section>
  );
}
