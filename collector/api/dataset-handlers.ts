import { CulpritError, type DatasetListed, type DatasetVersion } from "@culprit/schemas";
import type { Store } from "@culprit/store";
import { notFound } from "./failures.ts";
import type { Handlers } from "./handlers.ts";

/** Training sets and how they grew. */
export function datasetHandlers({
  store,
}: {
  store: Pick<Store, "datasets">;
}): Pick<Handlers, "listDatasets" | "getDataset" | "registerDataset"> {
  return {
    listDatasets: async (_input, { project }) => ({ datasets: listed(await store.datasets.list(project)) }),

    getDataset: async ({ params: { name, version } }, { project }) => {
      const number = version === "latest" ? undefined : Number(version);
      const dataset = await store.datasets.read(project, name, number);
      if (dataset !== null) return { dataset };
      throw notFound(`There is no dataset ${name} in version ${version}.`, "GET /api/v1/datasets lists them.");
    },

    registerDataset: async ({ body }, { project }) => {
      const there = await store.datasets.read(project, body.name, body.version);
      if (there !== null && there.hash !== body.hash) {
        throw new CulpritError("version_taken", `${body.name} ${body.version} is there with other records.`, {
          mend: `Register it as version ${((await store.datasets.read(project, body.name))?.version ?? 0) + 1}.`,
        });
      }
      await store.datasets.save(project, body);
      return { dataset: body };
    },
  };
}

/** @param versions by name, oldest first */
function listed(versions: readonly DatasetVersion[]): DatasetListed[] {
  const byName = new Map<string, DatasetVersion[]>();
  for (const version of versions) byName.set(version.name, [...(byName.get(version.name) ?? []), version]);
  return [...byName.values()].flatMap((all) => {
    const newest = all.at(-1);
    if (newest === undefined) return [];
    const { name, version, hash, created_at, about, counts } = newest;
    const growth = all.map((one) => ({
      version: one.version,
      created_at: one.created_at,
      records: one.counts.records,
      counterfactual: one.counts.counterfactual,
      injected: one.counts.injected,
      human: one.counts.human,
    }));
    return [{ name, version, hash, created_at, about, counts, growth }];
  });
}
