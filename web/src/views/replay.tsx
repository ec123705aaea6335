import { useEffect } from "react";
import { useKeys } from "../keys.ts";
import { ofRun } from "../live.ts";
import { FailureNotice } from "../parts/failure-notice.tsx";
import { Icon } from "../parts/icons.tsx";
import { Intervention } from "../parts/intervention.tsx";
import { Link } from "../parts/link.tsx";
import { Loading, Notice } from "../parts/notice.tsx";
import { SideBySide } from "../parts/side-by-side.tsx";
import { TryReplay } from "../parts/try-replay.tsx";
import { usePolled } from "../polling.ts";
import { loadReplay, type ReplayPage } from "../replay.ts";
import { navigate } from "../router.ts";
import { type Route, runHref } from "../routes.ts";

const pause = (): number => 30_000;

/** A replay beside its original: what was changed, what followed, and how the outcome turned. */
export function ReplayView({ route }: { route: Extract<Route, { view: "replay" }> }) {
  const { traceId, replay } = route;
  const { data, failure, refresh } = usePolled(
    `replay ${traceId} ${replay}`,
    pause,
    (signal) => loadReplay(traceId, replay, signal),
    ofRun(traceId),
  );
  useEffect(() => {
    document.title = "Replay · Culprit";
  }, []);
  useKeys({ u: () => navigate(runHref(traceId)) });
  return (
    <div className="run">
      <p className="crumbs">
        <Link href={runHref(traceId)} className="back">
          <Icon name="back" />
          The original run
        </Link>
      </p>
      {failure && <FailureNotice failure={failure} retry={refresh} stale={data !== undefined} />}
      {!data && !failure && <Loading what="both runs" />}
      {data && <Body page={data} />}
    </div>
  );
}

function Body({ page: { original, replay, made, clipped } }: { page: ReplayPage }) {
  if (replay === null) {
    return (
      <Notice title="This run has no such replay">
        <TryReplay run={original} step={original.summary?.blamed_step ?? 0} open />
      </Notice>
    );
  }
  return (
    <>
      <Intervention original={original} replay={replay} />
      <section className="card again" aria-labelledby="again-title">
        <h2 id="again-title">Another try</h2>
        <TryReplay run={original} step={replay.intervention.step} />
      </section>
      {made === null ? (
        <Notice title="This replay left no run behind">
          <p>Its outcome is known, its steps are not: it was not recorded, or its retention has passed.</p>
        </Notice>
      ) : (
        <>
          {clipped && <p className="callout">Steps of runs this long are compared by their first 500 characters.</p>}
          <SideBySide original={original} made={made} step={replay.intervention.step} />
        </>
      )}
    </>
  );
}
