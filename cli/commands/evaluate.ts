import { existsSync, writeFileSync } from "node:fs";
import {
  type AnyReport,
  BENCHMARKS,
  type Benchmark,
  type EvaluateOptions,
  evaluate,
  loadRankerWeights,
  plotReport,
  renderReport,
  type Strategy,
  type TokenPrices,
} from "@culprit/analyzers";
import { type Config, CulpritError } from "@culprit/schemas";
import { Command, Option } from "commander";
import { parseCount, parseDuration, parseFolds, parsePositive, parsePrices } from "../arguments.ts";
import { createOutput } from "../output.ts";
import { type RunFlags, withSession } from "../session.ts";
import { loadSettings } from "../settings.ts";
import { createStrategies, pricesOf } from "../strategies.ts";

interface EvaluateFlags extends Omit<RunFlags, "data"> {
  benchmark: Benchmark;
  data?: string[];
  strategy?: string;
  predictions?: string;
  compare?: string;
  folds?: number;
  trainOn?: string[];
  seed?: number;
  scoring: "exact" | "published";
  groundTruth?: boolean;
  concurrency?: number;
  cache?: string;
  price?: TokenPrices;
  since?: string;
  plot?: string;
}

/** `culprit evaluate`: a strategy, or somebody's predictions, against a labelled benchmark, trivial baselines beside. */
export function evaluateCommand(): Command {
  return new Command("evaluate")
    .description("score a strategy or a file of predictions on a labelled benchmark")
    .addOption(new Option("--benchmark <name>", "which benchmark").choices([...BENCHMARKS]).makeOptionMandatory())
    .option("--data <dir...>", "the benchmark's files; with --benchmark store, the directory of the local store")
    .option("--strategy <strategy>", "ranker (default), or what asks a model: tracer, all-at-once, vote:…")
    .option("--predictions <file>", "score somebody else's outputs: JSON, or a log of the Who&When scripts")
    .option("--compare <strategy or file>", "a second strategy or file of predictions on the same runs")
    .option("--folds <k>", "in-distribution: train the ranker on k-1 folds, test on the rest", parseFolds)
    .option("--train-on <dir...>", "transfer: train the ranker on these directories only")
    .option("--seed <n>", "of folds and training (default: 1)", parseCount)
    .addOption(new Option("--scoring <rules>", "how to score").choices(["exact", "published"]).default("exact"))
    .option("--ground-truth", "let strategies see the right answer; said in the report")
    .option("--concurrency <n>", "runs put to a strategy at a time (default: tracer_concurrency)", parsePositive)
    .option("--cache <file>", "keep answers there, and go on from them")
    .option(
      "--price <in,out>",
      "price of a million tokens read and written, such as 0.25,2 (default: as configured)",
      parsePrices,
    )
    .option("--since <duration>", "with --benchmark store: how far back", parseDuration)
    .option("--url <url>", "with --benchmark store: collector to ask")
    .option("--plot <file.svg>", "also draw the report")
    .action(async (flags: EvaluateFlags) => {
      if (flags.predictions !== undefined && flags.strategy !== undefined) {
        throw new CulpritError("usage", "--strategy and --predictions are two things to score.", {
          mend: "Give one of them, and the other to --compare.",
        });
      }
      if (flags.benchmark !== "store") {
        if (flags.data === undefined) {
          throw new CulpritError("usage", `--benchmark ${flags.benchmark} needs its files.`, {
            mend: "Name their directory with --data.",
          });
        }
        await run(flags, flags.data, loadSettings({ ...flags }), {});
        return;
      }
      const session: RunFlags = { ...flags, data: flags.data?.[0] ?? "" };
      if (flags.data === undefined) delete session.data;
      await withSession(session, async ({ config, connection }) => {
        await run(flags, [], config, { client: connection.client });
      });
    });
}

async function run(
  flags: EvaluateFlags,
  data: readonly string[],
  config: Config,
  reach: Pick<EvaluateOptions, "client">,
): Promise<void> {
  const output = createOutput(flags.json === true);
  const { strategy, folds, trainOn, seed, since, predictions, cache } = flags;
  const prices = flags.price ?? pricesOf(config);
  const report = await evaluate({
    benchmark: flags.benchmark,
    data,
    scoring: flags.scoring,
    groundTruth: flags.groundTruth === true,
    ...reach,
    ...(strategy === undefined ? {} : { strategy: named(strategy, config) }),
    ...(predictions === undefined ? {} : { predictions }),
    ...(flags.compare === undefined ? {} : { compare: rival(flags.compare, config) }),
    ...(folds === undefined ? {} : { folds }),
    ...(trainOn === undefined ? {} : { trainOn }),
    ...(seed === undefined ? {} : { seed }),
    ...(since === undefined ? {} : { since }),
    concurrency: flags.concurrency ?? config.tracer_concurrency,
    ...(cache === undefined ? {} : { cache }),
    ...(prices === undefined ? {} : { prices }),
    ...(config.ranker_weights === undefined ? {} : { weights: loadRankerWeights(config.ranker_weights) }),
    onProgress: (done, total) => output.progress(`${done} of ${total}`),
  });
  output.progress("");
  if (flags.plot !== undefined) writePlot(flags.plot, report);
  output.result(report, () => renderReport(report));
}

function named(name: string, config: Config): "ranker" | Strategy {
  return name === "ranker" ? name : createStrategies(config).choose(name).strategy;
}

/** A file where there is one of that name, else a strategy. */
function rival(name: string, config: Config): NonNullable<EvaluateOptions["compare"]> {
  return existsSync(name) ? { predictions: name } : { strategy: named(name, config) };
}

function writePlot(path: string, report: AnyReport): void {
  try {
    writeFileSync(path, plotReport(report));
  } catch (cause) {
    throw new CulpritError("plot_unwritable", `The plot ${path} can't be written.`, {
      mend: "Name another file with --plot.",
      cause,
    });
  }
}
