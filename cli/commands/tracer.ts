import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  compareTracers,
  mcnemarExact,
  renderComparison,
  SPLITS,
  type Split,
  type TokenPrices,
} from "@culprit/analyzers";
import type { Client, Config, ShadowFigure } from "@culprit/schemas";
import { Command, Option } from "commander";
import { parseCount, parseDuration, parsePositive, parsePrices } from "../arguments.ts";
import { ENTRANT_FORMS, namedEntrant } from "../entrant.ts";
import { type Cell, createOutput, named, percent, table } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
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
    .addCommand(compareCommand())
    .addCommand(shadowCommand());
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

/** `culprit tracer shadow`: what the tracer that is asked silently would have said. */
function shadowCommand(): Command {
  return withRunFlags(
    new Command("shadow").description(
      "how a tracer that is asked silently compares with the one in use on live failures",
    ),
  )
    .option("--since <duration>", "runs that started within it, such as 24h or 7d", parseDuration, "30d")
    .action(async (flags: RunFlags & { since: string }) => {
      await withSession(flags, async ({ connection, output }) => {
        const { tracers } = await connection.client.call("shadowFigures", { since: flags.since });
        const judged = tracers.map((one) => ({ ...one, truth: one.truth.map(withTest) }));
        output.result({ tracers: judged }, () => renderShadow(judged));
      });
    });
}

type Truth = ShadowFigure["truth"][number];

/** With McNemar's exact test of the steps, and who is better where it says so. */
function withTest(truth: Truth): Truth & { p: number; better: "main" | "shadow" | "undecided" } {
  const { only_main, only_shadow } = truth;
  const p = mcnemarExact(only_main, only_shadow);
  return { ...truth, p, better: p >= 0.05 ? "undecided" : only_shadow > only_main ? "shadow" : "main" };
}

type Judged = Omit<ShadowFigure, "truth"> & { truth: ReturnType<typeof withTest>[] };

function renderShadow(tracers: readonly Judged[]): string {
  if (tracers.length === 0) {
    return "No shadow tracer has answered for runs of this window. Set CULPRIT_SHADOW_TRACER_URL and start `culprit up` again.";
  }
  const asked = table(
    ["tracer", "version", "runs", "blamed", "as the one in use: agent", "step", "tokens in", "out", "s an answer"],
    tracers.map(({ tracer, strategy_version, runs, statuses, agreement, input_tokens, output_tokens, seconds }) => [
      named(tracer),
      strategy_version,
      runs,
      statuses.attributed ?? 0,
      shareCell(agreement.agent),
      shareCell(agreement.step),
      input_tokens,
      output_tokens,
      seconds.toPrecision(2),
    ]),
  );
  const rows = tracers.flatMap(({ tracer, truth }) =>
    truth.map((one): Cell[] => [
      named(tracer),
      one.evidence,
      one.runs,
      shareCell(one.main.agent),
      shareCell(one.shadow.agent),
      shareCell(one.main.step),
      shareCell(one.shadow.step),
      one.only_main,
      one.only_shadow,
      one.p.toPrecision(2),
      one.better,
    ]),
  );
  if (rows.length === 0)
    return `${asked}\n\nNo run of these is labelled yet: replay some (\`culprit replay\`) to see who is right.`;
  const head = [
    "tracer",
    "labels",
    "runs",
    "agent: in use",
    "shadow",
    "step: in use",
    "shadow",
    "only in use",
    "only shadow",
    "p",
    "better",
  ];
  return `${asked}\n\n${table(head, rows)}`;
}

function shareCell({ rate, low, high, n }: ShadowFigure["agreement"]["agent"]): string {
  if (rate === null || low === null || high === null) return "–";
  return `${percent(rate)} of ${n} (${percent(low)} to ${percent(high)})`;
}
