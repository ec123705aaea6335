import { writeFileSync } from "node:fs";
import {
  type HeldOutScore,
  loadAuxiliary,
  loadRankerWeights,
  loadTrainingData,
  type RankerWeights,
  rankerReport,
  renderRankerReport,
  shippedWeightsPath,
  storedRuns,
  trainRankerOn,
  tuneRanker,
  weightsText,
} from "@culprit/analyzers";
import { CulpritError } from "@culprit/schemas";
import { Command } from "commander";
import { parseDuration } from "../arguments.ts";
import { createOutput, percent, table } from "../output.ts";
import { type RunFlags, withSession } from "../session.ts";

interface TrainFlags extends Omit<RunFlags, "data"> {
  data?: string[];
  also?: string[];
  transfer?: string[];
  fromStore?: boolean;
  since?: string;
  force?: boolean;
  report?: boolean;
  out?: string;
  date?: string;
}

const TUNED_FILE = "culprit-ranker.json";

/** `culprit train-ranker`: labelled trajectories, or one's own annotated runs, to a versioned weights file. */
export function trainRankerCommand(): Command {
  return new Command("train-ranker")
    .description("fit the embedded ranker and write its weights file")
    .option("--data <dir...>", "directories of labelled trajectories; with --from-store, the directory of the store")
    .option("--also <dir...>", "runs of other kinds of systems, learned from at a tenth and never counted")
    .option("--transfer <dir...>", "with --report: runs that the transfer alone is trained on, besides those of --also")
    .option("--from-store", "tune the ranker on your own annotated runs: verified by replay first, then human")
    .option("--since <duration>", "with --from-store: how far back", parseDuration)
    .option("--url <url>", "with --from-store: collector to ask")
    .option("--force", "with --from-store: write the weights even when they are no better on held-out runs")
    .option("--report", "measure and print, write nothing: cross-validation, ablation, calibration, transfer")
    .option("--out <file>", `weights file to write (default: the shipped one; with --from-store ${TUNED_FILE})`)
    .option("--date <yyyy-mm-dd>", "date written into the file (default: today)")
    .action(async (flags: TrainFlags) => {
      if (flags.fromStore === true) await fromStore(flags);
      else await fromFiles(flags);
    });
}

async function fromFiles(flags: TrainFlags): Promise<void> {
  if (flags.data === undefined) {
    throw new CulpritError("usage", "There is nothing to train on.", {
      mend: "Name directories with --data, or give --from-store.",
    });
  }
  const output = createOutput(flags.json === true);
  const data = await loadTrainingData({ directories: flags.data, auxiliary: flags.also ?? [] });
  if (flags.report === true) {
    const report = rankerReport(data.runs, data.examples, {
      seeds: [1, 2, 3, 4, 5],
      transferFrom: await loadAuxiliary(flags.transfer ?? [], data.examples),
      onProgress: (line) => output.progress(line),
    });
    output.progress("");
    output.result(report, () => renderRankerReport(report));
    return;
  }
  const weights = trainRankerOn(data, { date: dateOf(flags) });
  const out = flags.out ?? shippedWeightsPath();
  write(out, weights);
  output.result({ out, version: weights.version, provenance: weights.provenance }, () => `Wrote ${out}.`);
}

async function fromStore(flags: TrainFlags): Promise<void> {
  const session: RunFlags = { ...flags, data: flags.data?.[0] ?? "" };
  if (flags.data === undefined) delete session.data;
  await withSession(session, async ({ config, connection, output }) => {
    const inUse = loadRankerWeights(config.ranker_weights);
    // Weights that were tuned before know the runs they would be compared on.
    const base = inUse.provenance.tuned_from === undefined ? inUse : loadRankerWeights();
    const { runs, notes } = await storedRuns({ client: connection.client, since: flags.since });
    const { weights, folds, base: before, tuned, better } = tuneRanker({ runs, base, date: dateOf(flags) });
    const written = better || flags.force === true;
    const out = flags.out ?? TUNED_FILE;
    if (written) write(out, weights);
    const document = {
      out: written ? out : null,
      version: weights.version,
      better,
      folds,
      labels: countBy(runs.map((run) => run.subset)),
      notes,
      held_out: { [base.version]: before, tuned },
    };
    output.result(document, () => {
      const row = (name: string, one: HeldOutScore) => [
        name,
        percent(one.step),
        percent(one.agent),
        one.log_loss.toFixed(3),
      ];
      const verdict = written
        ? `Wrote ${out}. Set CULPRIT_RANKER_WEIGHTS=${out} to use it.`
        : "The tuned weights are no better on your held-out runs: nothing was written (--force writes them all the same).";
      return [
        `${tuned.n} annotated runs (${Object.entries(document.labels)
          .map(([evidence, count]) => `${evidence} ${count}`)
          .join(", ")}), each held out once in ${folds} folds by task.`,
        table(
          ["weights", "step", "agent", "log loss"],
          [row(`as shipped (${base.version})`, before), row("tuned", tuned)],
        ),
        ...notes,
        verdict,
      ].join("\n");
    });
  });
}

function countBy(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    [...new Set(names)].sort().map((name) => [name, names.filter((one) => one === name).length]),
  );
}

function dateOf(flags: TrainFlags): string {
  return flags.date ?? new Date().toISOString().slice(0, 10);
}

function write(path: string, weights: RankerWeights): void {
  try {
    writeFileSync(path, weightsText(weights));
  } catch (cause) {
    throw new CulpritError("weights_unwritable", `The weights file ${path} can't be written.`, {
      mend: "Name another file with --out.",
      cause,
    });
  }
}
