import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, lstat, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { CulpritError, type DatasetRecord, datasetRecordSchema } from "@culprit/schemas";
import { LEFT_OUT_REASONS, type LeftOutReason } from "../annotate.ts";
import type { ScrubCounts } from "../scrub.ts";
import { splitOf } from "../split.ts";
import { datasetCard, summarise } from "./card.ts";
import type { Split } from "./format.ts";
import { type ExportFormat, formatWriter } from "./formats.ts";
import { MANIFEST, publishWhole } from "./publish.ts";

export interface ExportOptions {
  /** Scrubbed records, as `collectRecords` gives them. */
  records: readonly DatasetRecord[];
  left_out?: Partial<Record<LeftOutReason, number>>;
  scrubbed?: ScrubCounts;
  format: ExportFormat;
  /** Directory; made when missing. One directory holds one format. */
  out: string;
  /** Share of tasks held out, 0 to 1; 0.1 unless told. */
  testShare?: number;
}

/** Rows in each split and what was written, as paths under `out`. */
export interface ExportResult {
  format: ExportFormat;
  out: string;
  train: number;
  test: number;
  files: string[];
  left_out: Partial<Record<LeftOutReason, number>>;
  scrubbed: ScrubCounts;
}

/**
 * Writes a dataset in a trainer's format: both splits, `reward.py`, a card and `dataset.json`.
 *
 * Everything is written under a temporary name and renamed when whole; `dataset.json` comes last, so a directory
 * that has one is complete.
 *
 * @throws CulpritError `export_nothing`, `export_unknown_format`, `export_bad_share`, `export_bad_record`, and what
 * `publishWhole` throws
 */
export async function exportDataset(options: ExportOptions): Promise<ExportResult> {
  const { format } = options;
  const writer = formatWriter(format);
  const { out, testShare, left_out = {}, scrubbed = {} } = options;
  if (testShare !== undefined && !(testShare >= 0 && testShare < 1)) {
    throw new CulpritError("export_bad_share", `A test share of ${testShare} leaves nothing to train on.`, {
      mend: "Give a share of at least 0 and below 1, such as 0.1.",
    });
  }
  const records = options.records.map((record) => checked(record, testShare));
  if (records.length === 0) throw nothingToExport(left_out);

  const bySplit = (split: Split): DatasetRecord[] => records.filter((record) => record.split === split);
  const files = await publishWhole(out, format, async (staging) => {
    const data = [
      await writer.write(bySplit("train"), "train", staging),
      await writer.write(bySplit("test"), "test", staging),
    ];
    const summary = summarise({ format, records, left_out, scrubbed, sha256: await digests(staging, data) });
    await copyFile(rewardFile(), join(staging, "reward.py"));
    await writeFile(join(staging, "README.md"), datasetCard(summary, writer.usage));
    await writeFile(join(staging, MANIFEST), `${JSON.stringify(summary, null, 2)}\n`);
    return [...data, "reward.py", "README.md", MANIFEST];
  });
  const [train, test] = [bySplit("train").length, bySplit("test").length];
  return { format, out, train, test, files, left_out, scrubbed };
}

function checked(record: DatasetRecord, testShare: number | undefined): DatasetRecord {
  const parsed = datasetRecordSchema.safeParse({ ...record, split: splitOf(record.task_id, testShare) });
  if (parsed.success && parsed.data.history.some((step) => step.step === parsed.data.mistake_step)) return parsed.data;
  const why = parsed.success ? "its labelled step is not in its history" : parsed.error.issues[0]?.message;
  throw new CulpritError("export_bad_record", `The record ${record.id} cannot be exported: ${why}.`, {
    mend: "Collect the records again with this version.",
    cause: parsed.error,
  });
}

function nothingToExport(leftOut: Partial<Record<LeftOutReason, number>>): CulpritError {
  const reasons = Object.entries(leftOut).map(
    ([reason, count]) => `${count} left out because ${LEFT_OUT_REASONS[reason as LeftOutReason]}`,
  );
  return new CulpritError("export_nothing", "No run with a usable label matches, so there is nothing to export.", {
    mend:
      reasons.length > 0
        ? `${reasons.join("; ")}.`
        : "Label some runs first: replay failed ones with `culprit replay`, or confirm a blame on the page.",
  });
}

/** By path under `directory`, with `/` between a folder and what is in it. */
async function digests(directory: string, names: readonly string[]): Promise<Record<string, string>> {
  const sums: Record<string, string> = {};
  for (const name of names) {
    for (const file of await filesOf(directory, name)) {
      const hash = createHash("sha256");
      await pipeline(createReadStream(join(directory, file)), hash);
      sums[file] = hash.digest("hex");
    }
  }
  return sums;
}

async function filesOf(directory: string, name: string): Promise<string[]> {
  if (!(await lstat(join(directory, name))).isDirectory()) return [name];
  return (await readdir(join(directory, name))).sort().map((file) => `${name}/${file}`);
}

/** `training/reward.py`, beside the workspace packages. */
function rewardFile(): string {
  const root = dirname(createRequire(import.meta.url).resolve("@culprit/analyzers/package.json"));
  return join(root, "..", "training", "reward.py");
}
