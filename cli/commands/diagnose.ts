import { join } from "node:path";
import {
  type BatchReport,
  diagnoseBatch,
  type ImportSkip,
  type ManifestRow,
  PROFILE_NAMES,
  readManifest,
  rowOf,
  runName,
  type Understanding,
  understand,
} from "@culprit/analyzers";
import { type Client, type Config, CulpritError } from "@culprit/schemas";
import { Command, Option } from "commander";
import { parseAmount, parsePositive } from "../arguments.ts";
import { createDiagnoser, type Diagnosed, type DiagnoserFlags, isWritten } from "../diagnose/diagnoser.ts";
import { renderBatch, renderDiagnosis, renderTree } from "../diagnose/render.ts";
import { type Source, sourcesOf, splitTargets } from "../diagnose/sources.ts";
import { createOutput, type Output } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, withSession } from "../session.ts";
import { loadSettings } from "../settings.ts";

interface DiagnoseFlags extends RunFlags, DiagnoserFlags {
  dryRun?: boolean;
  manifest?: string;
  resume?: boolean;
  parallel: number;
}

/** `culprit diagnose PATH|TRACE…`: wrong and useless steps of code agents' runs, and the decisive one. */
export function diagnoseCommand(): Command {
  return withRunFlags(new Command("diagnose").description("wrong and useless steps of a code agent's run (CodeTracer)"))
    .argument("<path or trace...>", "trajectory files, directories or archives, or trace ids of stored runs")
    .addOption(new Option("--profile <profile>", "what is written").choices([...PROFILE_NAMES]).default("detailed"))
    .option("--output <dir>", "where DIR/RUN/codetracer_*.json are written", "outputs")
    .addOption(
      new Option("--outcome <outcome>", "how the runs ended, where they do not say").choices(["success", "failure"]),
    )
    .option(
      "--model [name]",
      "let a model explore the run (default: rules alone; the name defaults to CULPRIT_TRACER_MODEL)",
    )
    .option("--max-turns <n>", "turns of the model for one run (default: 40)", parsePositive)
    .option("--max-tokens <n>", "tokens of the model for one run (default: 2000000)", parsePositive)
    .option("--run-cost-limit <usd>", "what the model may cost for one run", parseAmount, 3)
    .option("--cost-limit <usd>", "what the model may cost for all runs together", parseAmount)
    .option("--manifest <file>", "only the runs whose traj_id stands there; goes on where a batch was cut off")
    .option("--resume", "leave out runs that an earlier batch into --output has done")
    .option("--parallel <n>", "runs at a time", parsePositive, 1)
    .option("--no-memory", "neither use nor extend what was learnt of other runs")
    .option("--no-keep", "do not keep the model's transcripts in the store")
    .option("--dry-run", "normalise and build the tree only")
    .action(async (given: string[], flags: DiagnoseFlags) => {
      const config = loadSettings(flags, { url: flags.url, data: flags.data });
      const targets = splitTargets(given);
      const output = createOutput(flags.json === true);
      if (flags.model !== undefined && config.tracer_url === undefined) createDiagnoser(flags, config, undefined);
      const stores = targets.traces.length > 0 || (flags.model !== undefined && flags.keep && flags.dryRun !== true);
      if (!stores) return await run(targets, flags, config, output, undefined);
      const reads = flags.model === undefined || !flags.keep;
      await withSession(flags, async ({ connection }) => await run(targets, flags, config, output, connection.client), {
        reads,
      });
    });
}

async function run(
  targets: { traces: string[]; paths: string[] },
  flags: DiagnoseFlags,
  config: Config,
  output: Output,
  client: Client | undefined,
): Promise<void> {
  const skipped: ImportSkip[] = [];
  const onProgress = (path: string) => output.progress(`reading ${path}`);
  const all = sourcesOf(targets, { project: config.project, client, onProgress });
  if (flags.dryRun === true) return await dryRun(all, skipped, output);
  const rows = flags.manifest === undefined ? undefined : await readManifest(flags.manifest, targets.paths);
  const diagnoser = createDiagnoser(flags, config, client);
  const batch = rows !== undefined || flags.resume === true;
  const asked = new Set<ManifestRow>();
  const shown: Diagnosed[] = [];
  const report = await diagnoseBatch<Source>({
    items: wanted(all, rows, asked, skipped),
    key: diagnoser.key,
    parallel: flags.parallel,
    record: batch ? join(flags.output, "diagnoses.jsonl") : undefined,
    isKept: ({ id }) => isWritten(diagnoser, id),
    diagnose: async (source) => {
      const diagnosed = await diagnoser.diagnose(source);
      // A batch may be long: its results are in their files.
      if (!batch) shown.push(diagnosed);
      return diagnosed.result;
    },
    onRow: ({ id }, done) => output.progress(`${done}${rows === undefined ? "" : ` of ${rows.length}`} ${id}`),
  });
  output.progress("");
  const missing = (rows ?? [])
    .filter((row) => !asked.has(row))
    .map(({ traj_id }) => ({ id: traj_id, code: "not_found" }));
  const document = {
    profile: flags.profile,
    diagnoses: shown.map(({ diagnosis, result, document: written, ...own }) => ({
      ...own,
      incorrect: diagnosis.incorrect.map(({ step }) => step),
      unuseful: diagnosis.unuseful.map(({ step }) => step),
      steps: diagnosis.steps.length,
      stages: diagnosis.stages.length,
      cost: result.cost,
      document: written,
    })),
    ...totals(report),
    missing,
    skipped: skipped.map(({ path, code, reason }) => ({ path, code, reason })),
  };
  output.result(document, () =>
    [...shown.map((own) => renderDiagnosis(own)), renderBatch(report, skipped, missing)]
      .filter((text) => text !== "")
      .join("\n\n"),
  );
  const done = report.rows.filter(({ status }) => status !== "failed").length + report.kept;
  if (done > 0) return;
  const [failed] = report.rows;
  throw failed === undefined
    ? new CulpritError("nothing_imported", "No trajectory was recognised.", {
        mend: "Check the paths; `culprit import --help` says what is read.",
      })
    : new CulpritError(failed.code, failed.reason);
}

function totals(report: BatchReport) {
  const { rows, kept, cost, input_tokens, output_tokens } = report;
  const count = (status: string) => rows.filter((row) => row.status === status).length;
  return {
    diagnosed: count("diagnosed"),
    degraded: rows.filter(({ status }) => status === "degraded").map(({ id, code, reason }) => ({ id, code, reason })),
    failed: rows.filter(({ status }) => status === "failed").map(({ id, code, reason }) => ({ id, code, reason })),
    kept,
    cost,
    input_tokens,
    output_tokens,
  };
}

/** The runs that are asked for, under the manifest's names; skips are put aside. */
async function* wanted(
  all: AsyncIterable<Source | ImportSkip>,
  rows: readonly ManifestRow[] | undefined,
  asked: Set<ManifestRow>,
  skipped: ImportSkip[],
): AsyncGenerator<Source> {
  for await (const item of all) {
    if (item.kind === "skip") {
      skipped.push(item);
      continue;
    }
    if (rows === undefined) {
      yield item;
      continue;
    }
    const row = rowOf(rows, { path: item.path, name: item.id });
    if (row === undefined || asked.has(row)) continue;
    asked.add(row);
    yield { ...item, id: runName(row.traj_id) };
  }
}

async function dryRun(all: AsyncIterable<Source | ImportSkip>, skipped: ImportSkip[], output: Output): Promise<void> {
  const runs: (Pick<Source, "id" | "trace_id" | "path"> & Understanding)[] = [];
  for await (const item of all) {
    if (item.kind === "skip") skipped.push(item);
    else runs.push({ id: item.id, trace_id: item.trace_id, path: item.path, ...understand(item.trajectory) });
  }
  output.progress("");
  output.result({ runs, skipped }, () => runs.map((own) => `${own.id}\n${renderTree(own)}`).join("\n\n"));
  if (runs.length > 0) return;
  throw new CulpritError("nothing_imported", "No trajectory was recognised.", {
    mend: "Check the paths; `culprit import --help` says what is read.",
  });
}
