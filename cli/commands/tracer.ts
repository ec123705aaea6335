import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { compareTracers, renderComparison, SPLITS, type Split, type TokenPrices } from "@culprit/analyzers";
import type { Client, Config } from "@culprit/schemas";
import { Command, Option } from "commander";
import { parseCount, parseDuration, parsePositive, parsePrices } from "../arguments.ts";
import { ENTRANT_FORMS, namedEntrant } from "../entrant.ts";
import { createOutput } from "../output.ts";
import { type RunFlags, withSession } from "../session.ts";
import { type CommonFlags, loadSettings } from "../settings.ts";

interface CompareFlags extends CommonFlags {
  dataset: string;
  split?: Split;
  limit?: number;
  seed?: number;
  concurrency?: number;
  cache?: string;
  priceA?: TokenPrices;
  priceB?: TokenPrices;
  since?: string;
  url?: string;
}

/** `culprit tracer`: is another tracer better, before it is adopted. */
export function tracerCommand(): Command {
  return new Command("tracer")
    .description("is another tracer better: on labelled runs, and silently on live failures")
    .addCommand(compareCommand());
}

function compareCommand(): Command {
  return new Command("compare")
    .description("put the same labelled runs to two tracers: who is right more often, and where")
    .argument("<a>", `who is in use: ${ENTRANT_FORMS}`)
    .argument("<b>", "who is to be tried, likewise")
    .requiredOption(
      "--dataset <dir>",
      "a curated dataset, labelled failure logs such as Who&When's, or `store`: the labels of your own runs",
    )
    .addOption(new Option("--split <split>", "of a curated dataset (default: test)").choices(SPLITS))
    .option("--limit <n>", "compare on so many runs, drawn by the seed", parsePositive)
    .option("--seed <n>", "of the draw and of the intervals (default: 1)", parseCount)
    .option("--concurrency <n>", "runs put to a tracer at a time (default: tracer_concurrency)", parsePositive)
    .option(
      "--cache <file>",
      "where answers are kept, so that none is asked for twice (default: in the data directory)",
    )
    .option("--price-a <in,out>", "price of a million tokens A reads and writes, such as 0.25,2", parsePrices)
    .option("--price-b <in,out>", "the same of B", parsePrices)
    .option("--since <duration>", "with --dataset store: how far back", parseDuration)
    .option("--url <url>", "with --dataset store: collector to ask")
    .action(async (a: string, b: string, flags: CompareFlags) => {
      if (flags.dataset !== "store") return await compare(a, b, flags, loadSettings(flags));
      await withSession(flags as RunFlags, async ({ config, connection }) => {
        await compare(a, b, flags, config, connection.client);
      });
    });
}

async function compare(a: string, b: string, flags: CompareFlags, config: Config, client?: Client): Promise<void> {
  const output = createOutput(flags.json === true);
  const [first, second] = [namedEntrant(a, config), namedEntrant(b, config)];
  await Promise.all([first.check(), second.check()]);
  const cache = flags.cache ?? join(config.data, "tracer-answers.jsonl");
  mkdirSync(dirname(cache), { recursive: true });
  const { dataset, split, limit, seed, since } = flags;
  const report = await compareTracers({
    a: { ...first, prices: flags.priceA ?? first.prices },
    b: { ...second, prices: flags.priceB ?? second.prices },
    dataset,
    split,
    limit,
    seed,
    since,
    client,
    concurrency: flags.concurrency ?? config.tracer_concurrency,
    cache,
    onProgress: (name, done, total) => output.progress(`${name}: ${done} of ${total}`),
  });
  output.progress("");
  output.result(report, () => renderComparison(report));
}
