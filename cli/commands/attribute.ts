import { existsSync } from "node:fs";
import { attributeTrajectory, importAll, importedTrajectory } from "@culprit/analyzers";
import { type Attribution, CulpritError, hasBlame, STRATEGY_NAMES, strategyNameSchema } from "@culprit/schemas";
import { Command } from "commander";
import { isTraceId } from "../arguments.ts";
import { createLog } from "../log.ts";
import { clip, createOutput, named, percent, table } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, withSession } from "../session.ts";
import { loadSettings } from "../settings.ts";
import { createStrategies } from "../strategies.ts";

interface AttributeFlags extends RunFlags {
  strategy?: string;
  groundTruth?: boolean;
}

type Row = Attribution & { path?: string };

/** `culprit attribute TRACE|PATH...`: who broke it, at which step. */
export function attributeCommand(): Command {
  return withRunFlags(new Command("attribute").description("name the responsible agent and the decisive step"))
    .argument("<trace or path...>", "trace ids of stored runs, or trajectory files")
    .option("--strategy <strategy>", `${STRATEGY_NAMES.join(", ")}, vote:NAME (default: what the settings say)`)
    .option("--ground-truth", "let the strategy see the known right answer")
    .action(async (targets: string[], flags: AttributeFlags) => {
      if (flags.strategy !== undefined) requireStrategy(flags);
      const traces = targets.filter((target) => isTraceId(target) && !existsSync(target));
      const paths = targets.filter((target) => !traces.includes(target));
      const rows = [...(await attributeFiles(paths, flags)), ...(await attributeStored(traces, flags))];
      createOutput(flags.json === true).result({ attributions: rows }, () => renderRows(rows));
    });
}

/** A strategy that does not exist is refused before anything is opened. */
function requireStrategy(flags: AttributeFlags): void {
  const parsed = strategyNameSchema.safeParse(flags.strategy);
  if (parsed.success) return;
  throw new CulpritError("usage", `There is no strategy ${flags.strategy}.`, {
    mend: `${parsed.error.issues[0]?.message ?? "Look at `culprit attribute --help`"}.`.replace(/^t/, "T"),
  });
}

async function attributeFiles(paths: string[], flags: AttributeFlags): Promise<Row[]> {
  if (paths.length === 0) return [];
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) {
    throw new CulpritError("usage", `${missing} is neither a trace id nor a file.`, {
      mend: "`culprit traces` lists trace ids.",
    });
  }
  const config = loadSettings(flags);
  const { strategy, fallback } = createStrategies(config).choose(flags.strategy);
  const found = await importAll(paths);
  const log = createLog("warn");
  for (const skip of found.skipped) log("warn", "skipped", { path: skip.path, reason: skip.reason });
  if (found.runs.length === 0) {
    throw new CulpritError("nothing_imported", `No trajectory was recognised in ${paths.join(", ")}.`, {
      mend: "Check the paths; `culprit import --help` says what is read.",
    });
  }
  const rows: Row[] = [];
  for (const run of found.runs) {
    const trajectory = { ...importedTrajectory(run), project: config.project };
    const options = { groundTruth: flags.groundTruth === true, ...(fallback ? { fallback } : {}) };
    rows.push({ path: run.path, ...(await attributeTrajectory(trajectory, strategy, options)) });
  }
  return rows;
}

async function attributeStored(traces: string[], flags: AttributeFlags): Promise<Row[]> {
  if (traces.length === 0) return [];
  const rows: Row[] = [];
  await withSession(flags, async ({ connection }) => {
    for (const trace of traces) {
      const { attributions } = await connection.client.call("attribute", {
        trace_id: trace.toLowerCase(),
        body: { strategy: flags.strategy, ground_truth: flags.groundTruth === true },
      });
      rows.push(...attributions);
    }
  });
  return rows;
}

function renderRows(rows: readonly Row[]): string {
  return table(
    ["run", "agent", "step", "confidence", "strategy", "status", "reason"],
    rows.map((row) => [
      row.path ?? row.trace_id,
      row.agent === null ? null : named(row.agent),
      row.step,
      hasBlame(row) ? percent(row.confidence) : null,
      row.strategy,
      row.status,
      clip(row.reason, 80),
    ]),
  );
}
