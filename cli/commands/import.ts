import { join } from "node:path";
import {
  type DerivedParser,
  derivedReader,
  formatNamed,
  type ImportedRun,
  type ImportOptions,
  type ImportSkip,
  importedTrajectory,
  importPath,
  mappingStore,
  modelMapping,
  toOtlpJson,
  type UnknownFormatReader,
} from "@culprit/analyzers";
import { type Client, type Config, CulpritError, type RawSpan } from "@culprit/schemas";
import { Command } from "commander";
import { type FoundRun, foundRun, type ImportReport, importReport, renderReport } from "../import-report.ts";
import { createOutput, type Output } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, withSession } from "../session.ts";
import { loadSettings } from "../settings.ts";
import { endpointOf } from "../strategies.ts";

interface ImportFlags extends RunFlags {
  format?: string;
  dryRun?: boolean;
  /** False with `--no-derive` and `--no-model`. */
  derive: boolean;
  model: boolean;
}

/** Spans sent at once, by the size of their JSON: well inside what a collector takes in one request. */
const BATCH_CHARACTERS = 4 * 1024 * 1024;

/** `culprit import PATH...`: foreign trajectories become spans, their labels annotations. */
export function importCommand(): Command {
  return withRunFlags(
    new Command("import").description("foreign trajectories become spans: files, directories and archives"),
  )
    .argument("<path...>", "files, directories or archives (zip, tar, gz)")
    .option("--format <format>", "do not detect the format")
    .option("--dry-run", "only say what is there: formats, agents, steps, outcomes, what was left unread")
    .option("--no-derive", "leave files of unknown formats alone")
    .option("--no-model", "derive parsers from a file's structure only, even where a model is configured")
    .action(async (paths: string[], flags: ImportFlags) => {
      if (flags.format !== undefined) formatNamed(flags.format);
      const config = loadSettings(flags, { url: flags.url, data: flags.data });
      const parsers: DerivedParser[] = [];
      const unknown = flags.derive ? unknownFormats(config, flags.model, parsers) : undefined;
      if (flags.dryRun === true) {
        const output = createOutput(flags.json === true);
        const { report } = await importEach(paths, { flags, output, unknown, take: async () => true });
        output.result({ dry_run: true, ...report, parsers }, () => renderReport(report, parsers));
        return refuseNothing(report);
      }
      await withSession(
        flags,
        async ({ connection, output }) => {
          let spans = 0;
          let annotations = 0;
          const send = async (run: ImportedRun): Promise<boolean> => {
            if (await isStored(connection.client, run)) return false;
            await sendRun(connection.client, run);
            spans += run.spans.length;
            annotations += run.annotations.length;
            return true;
          };
          const { report, sent } = await importEach(paths, { flags, output, unknown, take: send });
          await connection.settle();
          output.progress("");
          const counts = { imported: sent, already_stored: report.found.length - sent, spans, annotations };
          output.result({ ...counts, ...report, parsers }, () =>
            renderImport(counts, renderReport(report, parsers), connection.where),
          );
          refuseNothing(report);
        },
        { reads: false },
      );
    });
}

/**
 * Parsers for formats that are not in the table: kept ones, then what the structure says, then what the configured model
 * says. Made ones are kept under the data directory and shown.
 */
function unknownFormats(config: Config, withModel: boolean, made: DerivedParser[]): UnknownFormatReader {
  const endpoint = withModel && config.tracer_url !== undefined ? endpointOf(config, config.tracer_url) : undefined;
  return derivedReader({
    store: mappingStore(join(config.data, "parsers")),
    ...(endpoint === undefined ? {} : { model: modelMapping(endpoint) }),
    onParser: (parser) => made.push(parser),
  });
}

/** Imports one run after the other, so that an archive of thousands is never in memory at once. */
async function importEach(
  paths: string[],
  {
    flags,
    output,
    unknown,
    take,
  }: {
    flags: ImportFlags;
    output: Output;
    unknown: UnknownFormatReader | undefined;
    take: (run: ImportedRun) => Promise<boolean>;
  },
): Promise<{ report: ImportReport; sent: number }> {
  const found: FoundRun[] = [];
  const skips: ImportSkip[] = [];
  let sent = 0;
  // Runs without a time of their own start now and stand in today's lists.
  const options: ImportOptions = {
    startMs: Date.now(),
    everything: true,
    onProgress: (path) => output.progress(`${found.length} runs, reading ${path}`),
    ...(flags.format === undefined ? {} : { format: flags.format }),
    ...(unknown === undefined ? {} : { unknown }),
  };
  for await (const item of importPath(paths, options)) {
    if (item.kind === "skip") skips.push(item);
    else {
      found.push(foundRun(item));
      if (await take(item)) sent++;
    }
  }
  output.progress("");
  return { report: importReport(found, skips), sent };
}

function refuseNothing(report: ImportReport): void {
  if (report.found.length > 0) return;
  throw new CulpritError("nothing_imported", "No trajectory was recognised.", {
    mend: "Check the path, or name the --format.",
  });
}

/** Whether every span and label of the run is there already, so that importing twice changes nothing. */
async function isStored(client: Client, run: ImportedRun): Promise<boolean> {
  try {
    const stored = await client.call("getTrace", { trace_id: run.trace_id });
    return (
      stored.steps.length === importedTrajectory(run).steps.length &&
      stored.annotations.length >= run.annotations.length
    );
  } catch (error) {
    if (error instanceof CulpritError && error.code === "not_found") return false;
    throw error;
  }
}

/** The root goes last: a run is complete once all of it is there. */
async function sendRun(client: Client, run: ImportedRun): Promise<void> {
  const [root, ...steps] = run.spans;
  let batch: RawSpan[] = [];
  let size = 0;
  for (const span of root === undefined ? steps : [...steps, root]) {
    const length = JSON.stringify(span).length;
    if (batch.length > 0 && size + length > BATCH_CHARACTERS) {
      await sendSpans(client, batch, run.path);
      batch = [];
      size = 0;
    }
    batch.push(span);
    size += length;
  }
  if (batch.length > 0) await sendSpans(client, batch, run.path);
  for (const annotation of run.annotations) await client.call("annotate", { body: annotation });
}

async function sendSpans(client: Client, spans: readonly RawSpan[], path: string): Promise<void> {
  const response = await client.send("/v1/traces", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(toOtlpJson(spans)),
  });
  if (!response.ok) {
    throw new CulpritError("import_refused", `${path} was refused with ${response.status}: ${await response.text()}`);
  }
  const answer = (await response.json()) as {
    partialSuccess?: { rejectedSpans?: string | number; errorMessage?: string };
  };
  const rejected = Number(answer.partialSuccess?.rejectedSpans ?? 0);
  if (rejected > 0) {
    throw new CulpritError(
      "import_refused",
      `${rejected} spans of ${path} were refused: ${answer.partialSuccess?.errorMessage}`,
    );
  }
}

function renderImport(
  counts: { imported: number; already_stored: number; spans: number; annotations: number },
  report: string,
  where: string,
): string {
  return [
    report,
    "",
    `Imported ${counts.imported} runs (${counts.spans} spans, ${counts.annotations} labels) into ${where}.`,
    ...(counts.already_stored > 0 ? [`${counts.already_stored} were stored already.`] : []),
  ].join("\n");
}
