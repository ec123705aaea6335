import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CulpritError, type DatasetRecord, datasetRecordSchema, EXPORT_SCHEMA } from "@culprit/schemas";
import { promptVersion } from "../../attribution/tracer/prompt.ts";
import { LEFT_OUT_REASONS, type LeftOutReason } from "../annotate.ts";
import type { ScrubCounts } from "../scrub.ts";
import { splitOf } from "../split.ts";
import { type DatasetSummary, datasetCard } from "./card.ts";
import { copyTraining, digests } from "./files.ts";
import type { Format, RowSink, Split } from "./format.ts";
import { type ExportFormat, formatOf, openSplit } from "./formats.ts";
import { MANIFEST, publishWhole } from "./publish.ts";
import type { DatasetOrigin } from "./read-version.ts";
import { RecordTally } from "./tally.ts";

export interface ExportOptions {
  /** Scrubbed records, as `streamRecords` or a stored version give them. Read once, one at a time. */
  records: Iterable<DatasetRecord> | AsyncIterable<DatasetRecord>;
  /** Filled while `records` are read; looked at afterwards. */
  left_out?: Partial<Record<LeftOutReason, number>>;
  /** Filled while `records` are read; looked at afterwards. */
  scrubbed?: ScrubCounts;
  /** The version that `records` are of: their splits are kept as they are. */
  from?: DatasetOrigin;
  format: ExportFormat;
  /** Directory; made when missing. One directory holds one format. */
  out: string;
  /** Share of tasks held out, 0 to 1; 0.1 unless told. Not for records of a version. */
  testShare?: number;
  /** Characters a run may have in a prompt; what serving allows at most unless told. */
  maxChars?: number;
  /** Called now and then with the number of records written. */
  onProgress?: (written: number) => void;
}

/** Rows in each split and what was written, as paths under `out`. */
export interface ExportResult {
  format: ExportFormat;
  out: string;
  train: number;
  test: number;
  files: string[];
  /** What is odd about the set as a whole, a sentence each. */
  warnings: string[];
  left_out: Partial<Record<LeftOutReason, number>>;
  scrubbed: ScrubCounts;
}

const PROGRESS_EVERY = 1000;

/**
 * Writes a dataset in a trainer's format: both splits, the reward, what launches the trainer, a card and
 * `dataset.json`. Records pass one at a time, so that memory does not grow with their texts.
 *
 * Everything is written under a temporary name and renamed when whole; `dataset.json` comes last, so a directory
 * that has one is complete.
 *
 * @throws CulpritError `export_nothing`, `export_unknown_format`, `export_bad_share`, `export_bad_record`,
 * `export_contradiction`, `export_split_leak`, and what `publishWhole` and reading `records` throw
 */
export async function exportDataset(options: ExportOptions): Promise<ExportResult> {
  const { format: name, out, testShare, from } = options;
  const format = formatOf(name);
  if (testShare !== undefined && !(testShare >= 0 && testShare < 1)) {
    throw new CulpritError("export_bad_share", `A test share of ${testShare} leaves nothing to train on.`, {
      mend: "Give a share of at least 0 and below 1, such as 0.1.",
    });
  }
  if (testShare !== undefined && from !== undefined) {
    throw new CulpritError("export_bad_share", "A dataset version is split already.", {
      mend: "Leave the test share out, or curate the dataset again with another one.",
    });
  }
  const tally = new RecordTally();
  const records = checkedRecords(options, tally);
  const first = await records.next();
  if (first.done === true) throw nothingToExport(options.left_out ?? {});

  let summary: DatasetSummary | undefined;
  const files = await publishWhole(out, name, async (staging) => {
    const data = await writeSplits({ format, maxChars: options.maxChars }, staging, first.value, records);
    const training = ["reward.py", ...(format.companions ?? [])];
    await copyTraining(training, staging);
    const files = Object.entries(format.files ?? {});
    for (const [file, content] of files) await writeFile(join(staging, file), content());
    const { rows, ...figures } = tally.figures();
    summary = {
      format: name,
      schema_version: EXPORT_SCHEMA,
      prompt_version: promptVersion(""),
      ...rows,
      ...figures,
      from: from ?? null,
      left_out: options.left_out ?? {},
      scrubbed: options.scrubbed ?? {},
      sha256: await digests(staging, data),
    };
    await writeFile(join(staging, "README.md"), datasetCard(summary, format.usage));
    await writeFile(join(staging, MANIFEST), `${JSON.stringify(summary, null, 2)}\n`);
    return [...data, ...training, ...files.map(([file]) => file), "README.md", MANIFEST];
  });
  const { train = 0, test = 0, warnings = [], left_out = {}, scrubbed = {} } = summary ?? {};
  return { format: name, out, train, test, files, warnings, left_out, scrubbed };
}

/** @returns the names of what was made */
async function writeSplits(
  { format, maxChars }: { format: Format; maxChars: number | undefined },
  directory: string,
  first: DatasetRecord,
  rest: AsyncIterable<DatasetRecord>,
): Promise<string[]> {
  const opened = {
    train: await openSplit(format, "train", directory),
    test: await openSplit(format, "test", directory),
  };
  const sinks: RowSink[] = [opened.train.sink, opened.test.sink];
  const next: Record<Split, number> = { train: 0, test: 0 };
  const write = (record: DatasetRecord): Promise<void> | undefined => {
    const { id, split } = record;
    return opened[split].sink.write(format.row(record, { split, index: next[split]++, maxChars }), id);
  };
  try {
    await write(first);
    for await (const record of rest) {
      const waiting = write(record);
      if (waiting !== undefined) await waiting;
    }
    for (const sink of sinks) await sink.close();
  } catch (error) {
    for (const sink of sinks) await sink.abandon().catch(() => {});
    throw error;
  }
  return [opened.train.name, opened.test.name];
}

async function* checkedRecords(options: ExportOptions, tally: RecordTally): AsyncGenerator<DatasetRecord, void> {
  let read = 0;
  for await (const record of options.records) {
    const split = options.from === undefined ? splitOf(record.task_id, options.testShare) : record.split;
    const checked = checkedRecord({ ...record, split });
    tally.add(checked);
    if (++read % PROGRESS_EVERY === 0) options.onProgress?.(read);
    yield checked;
  }
}

function checkedRecord(record: DatasetRecord): DatasetRecord {
  const parsed = datasetRecordSchema.safeParse(record);
  const why = parsed.success ? misfit(parsed.data) : parsed.error.issues[0]?.message;
  if (parsed.success && why === undefined) return parsed.data;
  throw new CulpritError("export_bad_record", `The record ${record.id} cannot be exported: ${why}.`, {
    mend: "Curate or collect the records again with this version.",
    cause: parsed.error,
  });
}

function misfit({ history, mistake_agent, mistake_step }: DatasetRecord): string | undefined {
  const blamed = history.find(({ step }) => step === mistake_step);
  if (blamed === undefined) return "its labelled step is not in its history";
  if (blamed.name !== mistake_agent) return `its labelled step was taken by ${blamed.name}, not by ${mistake_agent}`;
  return undefined;
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
