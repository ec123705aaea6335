import {
  assemble,
  collectRecords,
  datasetDiff,
  datasetHash,
  describeRecords,
  leftOutRows,
  readRecords,
  readVersion,
  selectRuns,
  writeVersion,
} from "@culprit/analyzers";
import { CulpritError, type DatasetRecord, type DatasetVersion, datasetNameSchema } from "@culprit/schemas";
import { Command, InvalidArgumentError } from "commander";
import { parseShare } from "../arguments.ts";
import { type FilterFlags, filterOf, withFilterFlags } from "../filter-flags.ts";
import { table } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, type Session, withSession } from "../session.ts";

interface CurateFlags extends RunFlags, FilterFlags {
  name: string;
  out: string;
  about: string;
  testShare?: number;
  minMargin?: number;
}

/** `culprit curate`: runs of the store as a versioned dataset. */
export function curateCommand(): Command {
  return withFilterFlags(withRunFlags(new Command("curate").description("a versioned dataset made of stored runs")))
    .requiredOption("--name <name>", "the dataset's name", parseName)
    .requiredOption("--out <dir>", "directory of the version")
    .option("--about <text>", "what it is for, for the card", "")
    .option("--test-share <share>", "share of tasks held out (default: 0.1)", parseShare)
    .option("--min-margin <share>", "how much better than the placebo a label must be (default: 0.5)", parseShare)
    .action(async (flags: CurateFlags) => {
      await withSession(flags, async (session) => {
        const version = await curateVersion(flags, session);
        session.output.progress("");
        session.output.result({ ...version, out: flags.out }, () => render(version, flags.out));
      });
    });
}

async function curateVersion(flags: CurateFlags, { connection, output }: Session): Promise<DatasetVersion> {
  const began = performance.now();
  const { client } = connection;
  const { runs, ids } = await selectRuns(client, filterOf(flags));
  if (runs.length === 0) {
    throw new CulpritError("curate_no_runs", "The query matches no run.", {
      mend: "Widen the filter or --since; `culprit traces` lists the runs there are.",
    });
  }
  const collected = await collectRecords(client, {
    only: ids,
    since: flags.since,
    onProgress: (done, total) => output.progress(`reading ${done} of ${total} runs`),
  });
  const { records, left_out, detector, contamination } = assemble(collected.records, flags);
  if (records.length === 0) {
    throw new CulpritError("curate_nothing", "No run with a usable label matches, so there is no dataset.", {
      mend: "Widen the filter or --since, label runs first with `culprit replay`, or give --target to replay them here.",
    });
  }
  const before = await previousVersion(flags);
  const version: DatasetVersion = {
    name: flags.name,
    version: (before?.version ?? 0) + 1,
    hash: datasetHash(records),
    created_at: new Date().toISOString(),
    about: flags.about,
    ...describeRecords(records),
    left_out: leftOutRows({ ...collected.left_out, ...left_out }),
    scrubbed: collected.scrubbed,
    licences: [],
    biases: [],
    detector,
    contamination,
    made: {
      runs: runs.length,
      replays: 0,
      seconds: (performance.now() - began) / 1000,
      model_calls: 0,
      tokens: 0,
      cost: 0,
    },
    diff: before === null ? null : datasetDiff(before, records),
  };
  await client.call("registerDataset", { body: version });
  await writeVersion(flags.out, version, records);
  return version;
}

async function previousVersion({ out, name }: CurateFlags) {
  const version = await readVersion(out);
  if (version === null) return null;
  if (version.name !== name) {
    throw new CulpritError("curate_other_dataset", `${out} holds the dataset ${version.name}.`, {
      mend: `Name another directory, or curate ${version.name}.`,
    });
  }
  const records: DatasetRecord[] = [];
  for await (const record of readRecords(out)) records.push(record);
  return { version: version.version, hash: version.hash, records };
}

function render(version: DatasetVersion, out: string): string {
  const { counts } = version;
  return [
    `${version.name} ${version.version}: ${counts.records} records in ${out} (${counts.train} to train on, ${counts.test} held out)`,
    `${counts.counterfactual} counterfactual, ${counts.injected} injected, ${counts.human} human`,
    ...(version.left_out.length === 0
      ? []
      : [
          table(
            ["left out because", "count"],
            version.left_out.map(({ about, count }) => [about, count]),
          ),
        ]),
  ].join("\n");
}

function parseName(text: string): string {
  const parsed = datasetNameSchema.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError(`${parsed.error.issues[0]?.message ?? "It is no name"}.`);
  return parsed.data;
}
