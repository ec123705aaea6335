import {
  EXPORT_FORMATS,
  type ExportFormat,
  type ExportResult,
  exportDataset,
  openVersion,
  streamRecords,
} from "@culprit/analyzers";
import { Command, InvalidArgumentError, Option } from "commander";
import { createOutput, type Output, table } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, withSession } from "../session.ts";

interface ExportFlags extends RunFlags {
  format: ExportFormat;
  out: string;
  from?: string;
  maxChars?: number;
}

/** `culprit export`: labelled runs, or a curated dataset, in a trainer's format, with the reward beside it. */
export function exportCommand(): Command {
  return withRunFlags(new Command("export").description("labelled runs as a training set, in a trainer's format"))
    .addOption(new Option("--format <format>", "trainer's format").choices([...EXPORT_FORMATS]).makeOptionMandatory())
    .requiredOption("--out <dir>", "directory to write")
    .option("--from <dir>", "a dataset that culprit curate made (default: every labelled run of the store)")
    .option("--max-chars <n>", "characters a run may have in a prompt (default: what serving sends)", positive)
    .action(async (flags: ExportFlags) => {
      if (flags.from !== undefined) return await exportVersion(flags, flags.from);
      await withSession(flags, async ({ connection, output }) => {
        const stream = streamRecords(connection.client, {
          onProgress: (done, total) => output.progress(`reading ${done} of ${total} runs`),
        });
        const written = await exportDataset({ ...stream, ...common(flags) });
        report(written, output);
      });
    });
}

async function exportVersion(flags: ExportFlags, directory: string): Promise<void> {
  const output = createOutput(flags.json === true);
  const { origin, records } = await openVersion(directory);
  const written = await exportDataset({
    records,
    from: origin,
    ...common(flags),
    onProgress: (done) => output.progress(`writing ${done} records`),
  });
  report(written, output);
}

function common({ format, out, maxChars }: ExportFlags) {
  return { format, out, ...(maxChars === undefined ? {} : { maxChars }) };
}

function report(written: ExportResult, output: Output): void {
  output.progress("");
  for (const warning of written.warnings) process.stderr.write(`warning: ${warning}\n`);
  output.result(written, () =>
    [
      `${written.train} training and ${written.test} test records in ${written.out}`,
      ...written.files.map((file) => `  ${file}`),
      ...(Object.keys(written.left_out).length > 0
        ? [table(["left out because", "runs"], Object.entries(written.left_out))]
        : []),
    ].join("\n"),
  );
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("It has to be a whole number above 0.");
}
