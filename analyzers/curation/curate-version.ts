import { type Client, CulpritError, type DatasetRecord, type DatasetVersion } from "@culprit/schemas";
import { type AssembleOptions, assemble } from "./assemble.ts";
import { collectRecords } from "./collect.ts";
import type { LabelledRuns } from "./label-runs.ts";
import { type CurationReason, type LeftOut, leaveOut, leftOutRows } from "./reasons.ts";
import type { Selected } from "./select.ts";
import { datasetDiff, datasetHash } from "./version/canonical.ts";
import { describeRecords } from "./version/describe.ts";
import { readRecords, readVersion } from "./version/read.ts";
import { writeVersion } from "./version/write.ts";

export interface CurateOptions extends AssembleOptions {
  client: Client;
  name: string;
  /** Directory of the version; what it holds of the same name is the version before. */
  out: string;
  about?: string;
  since?: string;
  licences?: readonly string[];
  biases?: readonly string[];
  /** What labelling gave, where runs were replayed for it. */
  made?: LabelledRuns;
  onProgress?: (line: string) => void;
}

/**
 * The labelled ones of the selected runs as the next version of a dataset: scrubbed, weighed, without near-duplicates,
 * split, written to a directory and registered in the store. Where nothing changed since the version before, that one is
 * given back.
 *
 * @throws CulpritError `curate_nothing`, `curate_other_dataset`, `dataset_broken`, and what the API and `publishWhole`
 * throw
 */
export async function curateVersion(selected: Selected, options: CurateOptions): Promise<DatasetVersion> {
  const { client, name, out, made, about = "", onProgress } = options;
  const began = performance.now();
  const before = await versionBefore(name, out);
  const labelled =
    made?.entries.flatMap(({ trace_id, labelled: ids }) => ids.map((id) => [id, trace_id] as const)) ?? [];
  const collected = await collectRecords(client, {
    only: new Set([...selected.ids, ...labelled.map(([id]) => id)]),
    origins: new Map([...selected.origins, ...labelled]),
    ...(options.since === undefined ? {} : { since: options.since }),
    onProgress: (done, total) => onProgress?.(`reading ${done} of ${total} labelled runs`),
  });
  const assembled = assemble(collected.records, {
    ...options,
    kept: new Set(before?.records.map(({ id }) => id)),
  });
  const { records } = assembled;
  const left = sum(collected.left_out, assembled.left_out, madeLeftOut(made));
  if (records.length === 0) throw nothingLeft(left);
  const hash = datasetHash(records);
  if (before !== null && before.version.hash === hash) {
    await client.call("registerDataset", { body: before.version });
    return before.version;
  }
  const registered = await newest(client, name);
  const version: DatasetVersion = {
    name,
    version: Math.max(before?.version.version ?? 0, registered) + 1,
    hash,
    created_at: new Date().toISOString(),
    about,
    ...describeRecords(records),
    left_out: leftOutRows(left),
    scrubbed: collected.scrubbed,
    licences: [...(options.licences ?? [])],
    biases: [...(options.biases ?? []), ...assembled.biases],
    detector: assembled.detector,
    contamination: assembled.contamination,
    made: {
      runs: selected.runs.length,
      ...spentOn(made),
      seconds: (made?.seconds ?? 0) + (performance.now() - began) / 1000,
    },
    diff:
      before === null
        ? null
        : datasetDiff({ version: before.version.version, hash: before.version.hash, records: before.records }, records),
  };
  await writeVersion(out, version, records);
  await client.call("registerDataset", { body: version });
  return version;
}

/** What labelling took, in this and in earlier goes. */
function spentOn(
  made: LabelledRuns | undefined,
): Pick<DatasetVersion["made"], "replays" | "model_calls" | "tokens" | "cost"> {
  const total = { replays: 0, model_calls: 0, tokens: 0, cost: 0 };
  for (const entry of made?.entries ?? []) {
    total.replays += entry.replays;
    total.model_calls += entry.model_calls;
    total.tokens += entry.tokens;
    total.cost += entry.cost;
  }
  return total;
}

interface Before {
  version: DatasetVersion;
  records: DatasetRecord[];
}

async function versionBefore(name: string, out: string): Promise<Before | null> {
  const version = await readVersion(out);
  if (version === null) return null;
  if (version.name !== name) {
    throw new CulpritError("curate_other_dataset", `${out} holds the dataset ${version.name}.`, {
      mend: `Name another directory, or curate ${version.name}.`,
    });
  }
  const records: DatasetRecord[] = [];
  for await (const record of readRecords(out)) records.push(record);
  return { version, records };
}

/** Number of the newest version that is registered; 0 of none. */
async function newest(client: Client, name: string): Promise<number> {
  const { datasets } = await client.call("listDatasets");
  return datasets.find((dataset) => dataset.name === name)?.version ?? 0;
}

function madeLeftOut(made: LabelledRuns | undefined): LeftOut {
  const left: LeftOut = {};
  for (const { left_out, faults } of made?.entries ?? []) {
    // Said once: a label that is not proven is counted when the labels are collected.
    if (left_out !== null && left_out !== "earliest_not_proven") leaveOut(left, left_out);
    for (const [reason, count] of Object.entries(faults) as [CurationReason, number][]) {
      if (reason !== left_out) leaveOut(left, reason, count);
      else leaveOut(left, reason, count - 1);
    }
  }
  return left;
}

function sum(...counts: LeftOut[]): LeftOut {
  const total: LeftOut = {};
  for (const left of counts) {
    for (const [reason, count] of Object.entries(left) as [CurationReason, number][]) leaveOut(total, reason, count);
  }
  return total;
}

function nothingLeft(left: LeftOut): CulpritError {
  const reasons = leftOutRows(left).map(({ count, about }) => `${count} left out because ${about}`);
  return new CulpritError("curate_nothing", "No run with a usable label matches, so there is no dataset.", {
    mend:
      reasons.length > 0
        ? `${reasons.join("; ")}.`
        : "Label runs first with `culprit replay` or on the page, or give --target to replay them here.",
  });
}
