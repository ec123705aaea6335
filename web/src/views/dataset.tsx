import type { DatasetVersion } from "@culprit/schemas";
import { useEffect } from "react";
import { apiHref, ask } from "../api.ts";
import { BalanceTables } from "../parts/balance.tsx";
import { Command } from "../parts/command.tsx";
import { CopyId } from "../parts/copy-id.tsx";
import { DatasetFacts } from "../parts/dataset-facts.tsx";
import { EvidenceBar } from "../parts/evidence-bar.tsx";
import { FailureNotice } from "../parts/failure-notice.tsx";
import { Growth } from "../parts/growth.tsx";
import { Icon } from "../parts/icons.tsx";
import { LeftOut } from "../parts/left-out.tsx";
import { Link } from "../parts/link.tsx";
import { Loading, Notice } from "../parts/notice.tsx";
import { When } from "../parts/when.tsx";
import { usePolled } from "../polling.ts";
import { type Route, viewHref } from "../routes.ts";
import { brief } from "../text.ts";

const pause = (): number => 30_000;

/** The card of one version of a training set. */
export function DatasetView({ route: { name, version } }: { route: Extract<Route, { view: "dataset" }> }) {
  const { data, failure, refresh } = usePolled(`dataset ${name} ${version}`, pause, async (signal) => {
    const [{ dataset }, { datasets }] = await Promise.all([
      ask("getDataset", { name, version }, signal),
      ask("listDatasets", {}, signal),
    ]);
    return { dataset, growth: datasets.find((each) => each.name === name)?.growth ?? [] };
  });
  useEffect(() => {
    document.title = `${name} ${version} · Culprit`;
  }, [name, version]);
  const missing = failure?.status === 404;
  return (
    <div className="inbox">
      <p className="crumbs">
        <Link href={viewHref("datasets")} className="back">
          <Icon name="back" />
          Datasets
        </Link>
        {data && (
          <span className="head-links">
            <a href={apiHref("getDataset", { name, version })}>JSON</a>
            <CopyId id={data.dataset.hash} label="hash" />
          </span>
        )}
      </p>
      {missing && (
        <Notice title="There is no such version">
          <p>
            <Link href={viewHref("datasets")}>See every dataset</Link>
          </p>
        </Notice>
      )}
      {failure && !missing && <FailureNotice failure={failure} retry={refresh} stale={data !== undefined} />}
      {!data && !failure && <Loading what="the card" />}
      {data && <Card dataset={data.dataset} growth={data.growth} />}
    </div>
  );
}

function Card({ dataset, growth }: { dataset: DatasetVersion; growth: Parameters<typeof Growth>[0]["growth"] }) {
  const { name, version, about, created_at, counts, diff } = dataset;
  return (
    <>
      <header className="view-head">
        <div>
          <h1>
            {name} {version}
          </h1>
          <p className="lede">
            {about !== "" && `${brief(about, 2000)} · `}made <When at={created_at} />
          </p>
        </div>
      </header>
      <div className="blocks">
        <section aria-labelledby="counts-title">
          <h2 id="counts-title">What is in it</h2>
          <DatasetFacts dataset={dataset} />
          <EvidenceBar counts={counts} />
        </section>
        <section aria-labelledby="growth-title">
          <h2 id="growth-title">Growth</h2>
          <Growth name={name} growth={growth} shown={version} />
          {diff === null ? (
            <p className="muted">The first version.</p>
          ) : (
            <p data-diff={diff.version}>
              Since version {diff.version}: <strong>{diff.added} added</strong>, <strong>{diff.removed} removed</strong>
              , <strong>{diff.changed} changed</strong>
              {diff.moved_split > 0 && `, ${diff.moved_split} moved between training and test`}.
            </p>
          )}
        </section>
        <BalanceTables balance={dataset.balance} records={counts.records} />
        <LeftOut dataset={dataset} />
        <section aria-labelledby="use-title">
          <h2 id="use-title">Use it</h2>
          <p className="muted">For a trainer, with the reward beside it:</p>
          <Command>{`culprit export --format verl --out ${name}-verl`}</Command>
          <p className="muted">The embedded ranker learns from the same labels:</p>
          <Command>culprit train-ranker --from-store --out ranker-weights.json</Command>
          <p className="muted">The next version, once there are more labels:</p>
          <Command>{`culprit curate --name ${name} --out datasets/${name}`}</Command>
        </section>
      </div>
    </>
  );
}
