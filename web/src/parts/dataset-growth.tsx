import type { DatasetListed } from "@culprit/schemas";
import { plural } from "../format.ts";
import { datasetHref } from "../routes.ts";
import { Growth } from "./growth.tsx";
import { Link } from "./link.tsx";

/** How the training sets grew; nothing where there is none. */
export function DatasetGrowth({ datasets }: { datasets: DatasetListed[] }) {
  if (datasets.length === 0) return null;
  return (
    <section aria-labelledby="datasets-title">
      <h2 id="datasets-title">What there is to learn from</h2>
      {datasets.map(({ name, version, counts, growth }) => (
        <div key={name} data-growth={name}>
          <p>
            <Link href={datasetHref(name, version)}>{name}</Link>{" "}
            <span className="muted">
              {plural(counts.records, "record")} in version {version}
            </span>
          </p>
          <Growth name={name} growth={growth} shown={version} />
        </div>
      ))}
    </section>
  );
}
