import type { RunSummary } from "@culprit/schemas";
import { runHref } from "../routes.ts";
import { brief } from "../text.ts";
import { StatusBadge } from "./badge.tsx";
import { Confidence } from "./confidence.tsx";
import { Link } from "./link.tsx";
import { When } from "./when.tsx";

const LONGEST = 300;

/** One failed run; the whole row opens it. */
export function RunRow({ run }: { run: RunSummary }) {
  return (
    <li className="run-row" data-trace={run.trace_id}>
      <div className="run-what">
        <Link className="row-link" href={runHref(run.trace_id)}>
          {run.task.trim() === "" ? `Run ${run.trace_id.slice(0, 8)}` : brief(run.task, LONGEST)}
        </Link>
        {run.reason !== "" && <p className="run-reason">{brief(run.reason, LONGEST)}</p>}
      </div>
      <div className="run-status">
        <StatusBadge status={run.status} />
      </div>
      <div className="run-step number">{run.blamed_step === null ? "" : `step ${run.blamed_step}`}</div>
      <div className="run-confidence">{run.confidence !== null && <Confidence value={run.confidence} />}</div>
      <div className="run-when number">
        <When at={run.ended_at} />
      </div>
    </li>
  );
}
