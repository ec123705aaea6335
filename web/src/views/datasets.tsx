import type { DatasetListed } from "@culprit/schemas";
import { useEffect } from "react";
import { ask } from "../api.ts";
import { plural } from "../format.ts";
import { focusNext, useKeys } from "../keys.ts";
import { Command } from "../parts/command.tsx";
import { CopyId } from "../parts/copy-id.tsx";
import { EvidenceBar } from "../parts/evidence-bar.tsx";
import { FailureNotice } from "../parts/failure-notice.tsx";
import { Growth } from "../parts/growth.tsx";
import { Link } from "../parts/link.tsx";
import { Loading, Notice } from "../parts/notice.tsx";
import { When } from "../parts/when.tsx";
import { usePolled } from "../polling.ts";
import { datasetHref } from "../routes.ts";
import { brief } from "../text.ts";

const pause = (): number => 20_000;

/** Training sets made of runs, each with its newest version and how it grew. */
export function DatasetsView() {
  const { data, failure, refresh } = usePolled("datasets", pause, (signal) => ask("listDatasets", {}, signal));
  useEffect(() => {
    document.title = "Datasets · Culprit";
  }, []);
  useKeys({ j: () => focusNext("a.row-link", 1), k: () => focusNext("a.row-link", -1) });
  return (
    <div className="inbox">
      <header className="view-head">
        <div>
          <h1>Datasets</h1>
          <p className="lede">
            What labelled runs teach the next tracer: each version, what is in it, and what is not.
          </p>
        </div>
      </header>
      {failure && <FailureNotice failure={failure} retry={refresh} stale={data !== undefined} />}
      {!data && !failure && <Loading what="the datasets" />}
      {data && data.datasets.length === 0 && <NoDatasets />}
      {data && data.datasets.length > 0 && (
        <div className="blocks">
          {data.datasets.map((dataset) => (
            <Listed key={dataset.name} dataset={dataset} />
          ))}
        </div>
      )}
    </div>
  );
}

function Listed({ dataset: { name, version, about, counts, created_at, hash, growth } }: { dataset: DatasetListed }) {
  return (
    <section className="dataset" data-dataset={name} aria-labelledby={`dataset-${name}`}>
      <div className="section-title">
        <h2 id={`dataset-${name}`}>
          <Link className="row-link" href={datasetHref(name, version)}>
            {name} {version}
          </Link>
        </h2>
        <CopyId id={hash} label="hash" short />
      </div>
      {about !== "" && <p>{brief(about, 400)}</p>}
      <p className="muted">
        {plural(counts.records, "record")}: {counts.train} to train on, {counts.test} held out · made{" "}
        <When at={created_at} />
      </p>
      <EvidenceBar counts={counts} />
      <Growth name={name} growth={growth} shown={version} />
    </section>
  );
}

function NoDatasets() {
  return (
    <Notice title="No dataset yet">
      <p>
        A dataset is made of runs whose culprit is known: a replay flipped the outcome, a fault was injected, or a
        person said so. Make the first version of one:
      </p>
      <Command>culprit curate --name my-team --out datasets/my-team</Command>
      <p>Labels come from replays and injected faults, where the agents are:</p>
      <Command>{`culprit replay --command 'python3 team.py' --upstream URL --oracle-model`}</Command>
      <p>or from people: confirm or correct a blame on a run's page.</p>
    </Notice>
  );
}
