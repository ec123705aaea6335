import type { TraceDetail } from "@culprit/schemas";
import { useEffect, useMemo } from "react";
import { ask } from "../api.ts";
import { blameOf, marksOf } from "../blame.ts";
import { useEarlyRun } from "../early-run.ts";
import { useFlow } from "../flow.ts";
import { focusNext, useKeys } from "../keys.ts";
import { ofRun } from "../live.ts";
import { BlameCard } from "../parts/blame-card.tsx";
import { Claims } from "../parts/claims.tsx";
import { Comments } from "../parts/comments.tsx";
import { FailureNotice } from "../parts/failure-notice.tsx";
import { FlowCard } from "../parts/flow-card.tsx";
import { Lanes } from "../parts/lanes.tsx";
import { Link } from "../parts/link.tsx";
import { Loading, Notice } from "../parts/notice.tsx";
import { Replays } from "../parts/replays.tsx";
import { RunHead } from "../parts/run-head.tsx";
import { StepList } from "../parts/step-list.tsx";
import { Verdict } from "../parts/verdict.tsx";
import { usePolled } from "../polling.ts";
import { navigate } from "../router.ts";
import { type Route, runHref } from "../routes.ts";
import { brief } from "../text.ts";

/** A run that has settled changes only by a replay or a label. */
const pause = (run: TraceDetail | undefined): number => {
  if (run === undefined || !run.summary?.settled) return 3000;
  return run.steps.length > BIG ? 60_000 : 15_000;
};
/** Steps from which a run is a burden to ask for again and again. */
const BIG = 1000;

/** One run: who broke it, on what evidence, and every step. */
export function RunView({ route }: { route: Extract<Route, { view: "run" }> }) {
  const { traceId } = route;
  // Asked for first, so that it is not waited for behind the steps.
  const early = useEarlyRun(traceId);
  const { data, failure, refresh } = usePolled(
    `run ${traceId}`,
    pause,
    (signal) => ask("getTrace", { trace_id: traceId, contents: "clipped" }, signal),
    ofRun(traceId),
  );
  const missing = failure?.status === 404;
  return (
    <div className="run">
      {missing && (
        <Notice title="This run is not in the store">
          <p>It was never sent here, or its retention has passed.</p>
          <p>
            <Link href="/">Back to the inbox</Link>
          </p>
        </Notice>
      )}
      {failure && !missing && <FailureNotice failure={failure} retry={refresh} stale={data !== undefined} />}
      {!data && !failure && (early ? <EarlyBody run={early} /> : <Loading what="the run" />)}
      {data && <RunBody run={data} focus={route.step} changed={refresh} />}
    </div>
  );
}

/** Who broke it, while the steps are on their way. */
function EarlyBody({ run }: { run: TraceDetail }) {
  const blame = blameOf(run);
  return (
    <>
      <RunHead run={run} early />
      <div className="run-body">
        <aside className="run-side" aria-label="Attribution">
          <BlameCard run={run} blame={blame} />
        </aside>
        <section className="run-main" aria-label="Trajectory">
          <Loading what="the steps" />
        </section>
      </div>
    </>
  );
}

function RunBody({ run, focus, changed }: { run: TraceDetail; focus: number | null; changed: () => void }) {
  const blame = blameOf(run);
  const flow = useFlow(run, blame);
  const marks = useMemo(() => marksOf(run), [run]);
  const title = blame ? `${brief(blame.agent, 60)}, step ${blame.step} · Culprit` : "Run · Culprit";
  useEffect(() => {
    document.title = title;
  }, [title]);
  useKeys({
    j: () => focusNext("li.step", 1),
    k: () => focusNext("li.step", -1),
    d: () => blame && navigate(runHref(run.trace_id, blame.step), { replace: true }),
    u: () => navigate("/"),
  });
  return (
    <>
      <RunHead run={run} />
      <div className="run-body">
        <aside className="run-side" aria-label="Attribution">
          <BlameCard run={run} blame={blame} />
          <FlowCard run={run} flow={flow} />
          <Claims run={run} blame={blame} />
          <Verdict run={run} blame={blame} changed={changed} />
          <Replays run={run} step={blame?.step ?? null} />
          <Comments traceId={run.trace_id} />
        </aside>
        <section className="run-main" aria-label="Trajectory">
          <Lanes run={run} marks={marks} focus={focus} flow={flow} />
          <StepList run={run} marks={marks} focus={focus} />
        </section>
      </div>
    </>
  );
}
