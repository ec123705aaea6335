import type { TraceDetail } from "@culprit/schemas";
import { apiHref } from "../api.ts";
import { count, duration, exactTime, plural } from "../format.ts";
import { inboxHref, replayHref, runHref } from "../routes.ts";
import { brief } from "../text.ts";
import { OUTCOME_WORDS } from "../words.ts";
import { CopyId } from "./copy-id.tsx";
import { Icon } from "./icons.tsx";
import { Link } from "./link.tsx";
import { LongText } from "./long-text.tsx";
import { When } from "./when.tsx";

const OUTCOME_BY = { reported: "reported", evaluator: "by an evaluator", rule: "by a rule" } as const;

interface RunHeadProps {
  run: TraceDetail;
  /** The steps, and who said how it ended, are still to come. */
  early?: boolean;
}

/** What was asked, how it ended, who took part, and what it cost. */
export function RunHead({ run, early = false }: RunHeadProps) {
  const { summary, outcome_detail: outcome } = run;
  const tokens = tokensOf(run);
  const [title, rest] = headline(run.task);
  const started = summary?.started_at ?? run.steps[0]?.started_at;
  const lasted = summary ? Date.parse(summary.ended_at) - Date.parse(summary.started_at) : null;
  return (
    <header className="run-head">
      <p className="crumbs">
        <Link href={inboxHref()} className="back">
          <Icon name="back" />
          Failures
        </Link>
        <span className="head-links">
          <a href={apiHref("getTrace", { trace_id: run.trace_id })}>JSON</a>
          <a href={`${apiHref("getTrace", { trace_id: run.trace_id })}/spans`}>Raw spans</a>
          <CopyId id={run.trace_id} label="trace id" />
        </span>
      </p>
      <h1>{brief(title, 240) || "A run without a stated task"}</h1>
      {rest !== "" && (
        <div className="task">
          <LongText text={rest} lines={4} characters={400} />
        </div>
      )}
      <dl className="facts">
        <div>
          <dt>outcome</dt>
          <dd className={`outcome outcome-${run.outcome}`}>
            {OUTCOME_WORDS[run.outcome]}
            {run.outcome !== "unknown" && !early && <span className="muted"> {OUTCOME_BY[outcome.by]}</span>}
            {outcome.score !== null && <span className="muted"> · score {Number(outcome.score.toPrecision(3))}</span>}
          </dd>
        </div>
        <div>
          <dt>agents</dt>
          <dd>
            {run.agents.length === 0 ? "none" : brief(run.agents.map((agent) => brief(agent, 120)).join(", "), 600)}
          </dd>
        </div>
        <div>
          <dt>steps</dt>
          <dd>{count(early ? (summary?.steps ?? 0) : run.steps.length)}</dd>
        </div>
        {tokens > 0 && (
          <div>
            <dt>tokens</dt>
            <dd>{count(tokens)}</dd>
          </div>
        )}
        {started && (
          <div>
            <dt>when</dt>
            <dd title={exactTime(started)}>
              <When at={started} />
              {lasted !== null && lasted > 0 && <span className="muted"> · took {duration(lasted)}</span>}
            </dd>
          </div>
        )}
        {run.source !== "" && (
          <div>
            <dt>from</dt>
            <dd>{brief(run.source, 200)}</dd>
          </div>
        )}
      </dl>
      {!run.complete && (
        <p className="callout">
          This run is still arriving: its root span is not here yet. {plural(run.steps.length, "step")} so far.
        </p>
      )}
      {summary?.replay_of && (
        <p className="callout">
          A replay of <Link href={runHref(summary.replay_of)}>run {summary.replay_of.slice(0, 8)}…</Link> ·{" "}
          <Link href={replayHref(summary.replay_of, run.trace_id)}>side by side</Link>
        </p>
      )}
      {outcome.feedback !== "" && (
        <div className="feedback">
          <h2>What the environment said</h2>
          <LongText text={outcome.feedback} lines={6} characters={600} mono />
        </div>
      )}
      {run.ground_truth !== "" && (
        <details className="truth">
          <summary>Known right answer</summary>
          <LongText text={run.ground_truth} lines={12} characters={1200} mono />
        </details>
      )}
    </header>
  );
}

/** The first line of a task heads the page; the rest follows, all of it when the first line is too long for a head. */
function headline(task: string): [title: string, rest: string] {
  const text = task.trim();
  const end = text.indexOf("\n");
  const first = end === -1 ? text : text.slice(0, end);
  return [first, first.length > 240 ? text : text.slice(first.length).trim()];
}

function tokensOf(run: TraceDetail): number {
  if (run.summary) return run.summary.input_tokens + run.summary.output_tokens;
  return run.steps.reduce((sum, step) => sum + step.input_tokens + step.output_tokens, 0);
}
