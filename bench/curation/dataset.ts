// A dataset made end to end: the example teams run, what failed is replayed (D-) and faults are put into what succeeded
// (D+), and the records are scrubbed, weighed, rid of near-duplicates and split as `culprit curate` does. The same functions
// as there, without a store between them. A scripted endpoint answers for the models: no language model runs here.
//
//   npm run bench:dataset -- [requests of the ledger team] [--shards N] [--coding SEEDS] [--operator NAMES] [--out DIR]
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  addCounts,
  assemble,
  type CurationReason,
  datasetHash,
  describeRecords,
  type LeftOut,
  leaveOut,
  leftOutRows,
  readBenchmarks,
  type ScrubCounts,
  writeVersion,
} from "@culprit/analyzers";
import type { DatasetVersion } from "@culprit/schemas";
import { linesOf, RULES, runShard, type ShardLine } from "./shard.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string", default: ".cache/dataset" },
    name: { type: "string", default: "example-teams" },
    operator: { type: "string", default: "model" },
    shards: { type: "string", default: "2" },
    shard: { type: "string" },
    coding: { type: "string", default: "" },
    match: { type: "boolean", default: false },
    only: { type: "string" },
    contamination: { type: "string", multiple: true, default: [] },
    /** Writes the version from what there is, and labels nothing. */
    assemble: { type: "boolean", default: false },
  },
});
const requests = Number(positionals[0] ?? 200);
const out = resolve(values.out);
const shards = Number(values.shards);
const fileOf = (shard: number) => join(out, `shard-${shard}.jsonl`);
mkdirSync(out, { recursive: true });

if (values.shard !== undefined) {
  await runShard({
    file: fileOf(Number(values.shard)),
    shard: Number(values.shard),
    of: shards,
    requests,
    codingSeeds: values.coding
      .split(",")
      .filter((seed) => seed !== "")
      .map(Number),
    operators: values.operator === "rules" ? RULES : values.operator.split(","),
    ...(values.only === "success" || values.only === "failure" ? { only: values.only } : {}),
  });
} else {
  const began = performance.now();
  if (!values.assemble) await Promise.all(Array.from({ length: shards }, (_, shard) => start(shard)));
  await write((performance.now() - began) / 1000);
}

async function start(shard: number): Promise<void> {
  const given = process.argv.slice(2);
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...given, "--shard", String(shard)], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const code = await new Promise((done) => child.once("exit", done));
  if (code !== 0)
    process.stderr.write(`shard ${shard} ended with ${code}: what it did is kept, run this again for the rest\n`);
}

async function write(seconds: number): Promise<void> {
  const lines = Array.from({ length: shards }, (_, shard) => linesOf(fileOf(shard))).flat();
  const benchmarks = values.contamination.length === 0 ? undefined : await readBenchmarks(values.contamination);
  const made = assemble(
    lines.flatMap(({ records }) => records),
    { matchEvidence: values.match, ...(benchmarks === undefined ? {} : { benchmarks }) },
  );
  const version: DatasetVersion = {
    name: values.name,
    version: 1,
    hash: datasetHash(made.records),
    created_at: new Date().toISOString(),
    about: `Failures of Culprit's ${values.coding === "" ? "ledger team, which answers questions about tables" : "ledger team, which answers questions about tables, and its coding team"}. Their models are scripted; no language model wrote any of it.`,
    ...describeRecords(made.records),
    left_out: leftOutRows(sum(lines, made.left_out)),
    scrubbed: scrubbed(lines),
    licences: ["Apache-2.0: made by the example teams of this repository"],
    biases: [
      "Scripted agents err in a few ways only, and their phrases repeat.",
      "Injected mistakes are written by the same scripted model whose agents make the natural ones, as one language model would do both.",
      ...made.biases,
    ],
    detector: made.detector,
    contamination: made.contamination,
    made: {
      runs: lines.length,
      replays: total(lines, "replays"),
      seconds,
      model_calls: total(lines, "model_calls"),
      tokens: total(lines, "tokens"),
      cost: 0,
    },
    diff: null,
  };
  await writeVersion(join(out, "version"), version, made.records);
  report(version, lines);
}

function total(lines: readonly ShardLine[], key: "replays" | "model_calls" | "tokens"): number {
  return lines.reduce((all, line) => all + line[key], 0);
}

function sum(lines: readonly ShardLine[], assembled: LeftOut): LeftOut {
  const left: LeftOut = { ...assembled };
  for (const { left_out, faults } of lines) {
    if (left_out !== null) leaveOut(left, left_out);
    for (const [reason, count] of Object.entries(faults) as [CurationReason, number][]) {
      leaveOut(left, reason, reason === left_out ? count - 1 : count);
    }
  }
  return left;
}

function scrubbed(lines: readonly ShardLine[]): ScrubCounts {
  const counts: ScrubCounts = {};
  for (const line of lines) addCounts(counts, line.scrubbed);
  return counts;
}

function report({ counts, detector, left_out, made, hash }: DatasetVersion, lines: readonly ShardLine[]): void {
  const of = (outcome: string) => lines.filter((line) => line.outcome === outcome).length;
  say(`${lines.length} runs: ${of("failure")} failed, ${of("success")} succeeded, ${of("unknown")} of unknown outcome`);
  say(
    `${counts.records} records: ${counts.counterfactual} D-, ${counts.injected} D+; ${counts.train} to train on, ${counts.test} held out`,
  );
  say(
    `${made.replays} replays, ${made.model_calls} live model calls, ${made.seconds.toFixed(0)} s in ${shards} processes`,
  );
  for (const { count, about } of left_out) say(`left out: ${count}, ${about}`);
  if (detector !== null) {
    const { accuracy, auc } = detector;
    const percent = (rate: number) => (100 * rate).toFixed(1);
    say(
      `injected or natural, by the text: ${percent(accuracy.accuracy)} % right (95 % interval ${percent(accuracy.low)} to ${percent(accuracy.high)}), AUC ${auc.value.toFixed(3)} (${auc.low.toFixed(3)} to ${auc.high.toFixed(3)}), ${detector.n} records`,
    );
  }
  say(`sha256 ${hash}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
