import type { DatasetVersion } from "@culprit/schemas";
import { count, duration, percent, plural } from "../format.ts";

/** The counts of a version, what its labels rest on, and what making it took. */
export function DatasetFacts({
  dataset: { counts, steps, evidence, made, licences, detector },
}: {
  dataset: DatasetVersion;
}) {
  const [placebos, successes] = [evidence.placebos, evidence.placebo_successes];
  return (
    <dl className="rows">
      <dt>records</dt>
      <dd>
        <strong>{count(counts.records)}</strong>
        <span>
          {count(counts.train)} to train on<span className="muted"> ({plural(counts.train_tasks, "task")})</span>
        </span>
        <span>
          {count(counts.test)} held out<span className="muted"> ({plural(counts.test_tasks, "task")})</span>
        </span>
      </dd>
      <dt>steps a run</dt>
      <dd>
        {count(steps.min)} to {count(steps.max)}, median {count(steps.median)}
      </dd>
      <dt>proven earliest</dt>
      <dd>
        {count(counts.earliest_proven)} of {count(counts.counterfactual + counts.injected)} with a replay
      </dd>
      <dt>placebo</dt>
      <dd>
        {placebos === 0
          ? "none"
          : `with the original action ${count(successes)} of ${plural(placebos, "replay")} succeeded too (${percent(successes / placebos)})`}
      </dd>
      {evidence.margin_median !== null && (
        <>
          <dt>margin over placebo</dt>
          <dd>
            median {percent(evidence.margin_median)}
            {evidence.margin_min !== null && <span className="muted">at least {percent(evidence.margin_min)}</span>}
          </dd>
        </>
      )}
      {detector && (
        <>
          <dt>telling injected by text</dt>
          <dd>
            area under the curve {detector.auc.value.toFixed(2)}
            <span className="muted">
              {detector.auc.low.toFixed(2)} to {detector.auc.high.toFixed(2)}, of {count(detector.n)} records; 0.50 is
              chance
            </span>
          </dd>
        </>
      )}
      <dt>made of</dt>
      <dd>
        {plural(made.runs, "run")}
        {made.replays > 0 && <span>{plural(made.replays, "replay")}</span>}
        {made.tokens > 0 && <span>{count(made.tokens)} tokens</span>}
        <span className="muted">in {duration(made.seconds * 1000)}</span>
      </dd>
      {licences.length > 0 && (
        <>
          <dt>licences</dt>
          <dd>{licences.join(", ")}</dd>
        </>
      )}
    </dl>
  );
}
