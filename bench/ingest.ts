/**
 * `npm run bench:ingest`: what a span costs on its way from an OTLP body into the store, beside the engine's own
 * ceiling, a collector that keeps nothing, and other collectors, in the same run.
 *
 *   --quick          small loads, one round
 *   --rounds N       interleaved rounds; the tables show medians (3)
 *   --only A,B       systems whose name contains one of these words
 *   --cells A,B      of: 1k-protobuf, 1k-json, 20k-protobuf, 20k-json, small-requests
 *   --no-growth      leaves the growth table out
 *   --json FILE      writes every measurement
 *   --markdown FILE  writes the tables, into bench/README.md where they belong
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Encoding } from "./load/encode.ts";
import { type IngestLoad, type IngestMeasurement, measureIngest } from "./measure/ingest.ts";
import { type Cell, type IngestResults, renderIngest } from "./measure/ingest-report.ts";
import { machine } from "./measure/machine.ts";
import { publish } from "./measure/publish.ts";
import { type CeilingReport, encodeStored, measureCeiling } from "./systems/ceiling.ts";
import { culprit } from "./systems/culprit.ts";
import { genkit } from "./systems/genkit.ts";
import { nullCollector } from "./systems/null.ts";
import { otelCollector } from "./systems/otel-collector.ts";
import type { SystemKind } from "./systems/system.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    only: { type: "string" },
    cells: { type: "string" },
    growth: { type: "boolean", default: true },
    json: { type: "string" },
    markdown: { type: "string" },
  },
  allowNegative: true,
});

interface CellPlan extends IngestLoad {
  name: string;
}

const quick = values.quick;
const rounds = Number(values.rounds ?? (quick ? 1 : 3));
const cells: CellPlan[] = [
  plan("1k-protobuf", "protobuf", 1_000, quick ? 40_000 : 200_000, 500, 32),
  plan("1k-json", "json", 1_000, quick ? 40_000 : 200_000, 500, 32),
  plan("20k-protobuf", "protobuf", 20_000, quick ? 3_000 : 16_000, 100, 16),
  plan("20k-json", "json", 20_000, quick ? 3_000 : 16_000, 100, 16),
  plan("small-requests", "protobuf", 1_000, quick ? 10_000 : 40_000, 10, 64),
].filter(({ name }) => values.cells === undefined || values.cells.split(",").includes(name));
const kinds = [culprit(), nullCollector, genkit, otelCollector("durable"), otelCollector("usual")].filter(
  ({ name }) => values.only === undefined || values.only.split(",").some((word) => name.includes(word)),
);

function plan(
  name: string,
  encoding: Encoding,
  spanBytes: number,
  spans: number,
  requestSpans: number,
  concurrency: number,
): CellPlan {
  return { name, encoding, spanBytes, spans, requestSpans, concurrency };
}

const results: IngestResults = { machine: machine(), rounds, cells: {}, growth: [], absent: {}, failed: [] };
const present: SystemKind[] = [];
for (const kind of kinds) {
  const reason = await kind.unavailable();
  if (reason === undefined) present.push(kind);
  else results.absent[kind.name] = reason;
}
for (let round = 1; round <= rounds; round++) {
  for (const cell of cells) {
    for (const kind of present) {
      if (!suits(kind, cell)) continue;
      // One system that breaks down must not cost the others their numbers.
      await measure(round, cell, kind).catch((error: unknown) =>
        fail(`round ${round} ${cell.name} ${kind.name}`, error),
      );
      save();
    }
  }
}
if (values.growth) for (const spans of quick ? [1e4, 1e5] : [1e4, 1e5, 1e6]) await measureGrowth(spans);
save();
process.stdout.write(`${renderIngest(results)}\n`);
if (values.markdown !== undefined) publish(values.markdown, "ingest", renderIngest(results));

/** Genkit takes JSON only; the variants of the OpenTelemetry Collector differ in what is told apart once. */
function suits(kind: SystemKind, cell: CellPlan): boolean {
  if (!kind.encodings.includes(cell.encoding)) return false;
  return kind.name.endsWith("usual") ? cell.name === "1k-protobuf" : true;
}

async function measure(round: number, cell: CellPlan, kind: SystemKind): Promise<void> {
  // One file a trace is slow enough to be seen clearly in a fifth of the spans.
  const spans = kind === genkit ? Math.max(1_000, cell.spans / 5) : cell.spans;
  const system = await kind.start();
  try {
    const measured = await measureIngest(system, { ...cell, spans });
    note(round, cell, kind.name, measured);
    await system.end();
    if (
      kind.name === "Culprit" &&
      cell.encoding === "protobuf" &&
      cell.name !== "small-requests" &&
      system.data !== undefined
    ) {
      noteCeiling(round, cell, await measureCeiling(await encodeStored(system.data)));
    }
  } finally {
    await system.end();
    system.remove();
  }
}

function cellOf(cell: CellPlan): Cell {
  const { name, encoding, spanBytes, requestSpans, concurrency } = cell;
  results.cells[name] ??= { encoding, spanBytes, requestSpans, concurrency, systems: {}, ceiling: [] };
  return results.cells[name] as Cell;
}

function note(round: number, cell: CellPlan, name: string, measured: IngestMeasurement): void {
  const { systems } = cellOf(cell);
  systems[name] ??= [];
  systems[name]?.push(measured);
  say(
    `round ${round} ${cell.name} ${name}: ${Math.round(measured.spansPerSecond)} spans/s, ${Math.round(measured.settledCpuSecondsPerMillion)} CPU s a million`,
  );
}

function noteCeiling(round: number, cell: CellPlan, measured: CeilingReport): void {
  cellOf(cell).ceiling.push(measured);
  say(`round ${round} ${cell.name} ceiling: ${Math.round(measured.spans / measured.seconds)} spans/s`);
}

async function measureGrowth(spans: number): Promise<void> {
  const system = await culprit().start();
  try {
    const load = plan("growth", "protobuf", 1_000, spans, 500, 32);
    results.growth.push(await measureIngest(system, load));
    say(`growth ${spans}: ${Math.round(results.growth.at(-1)?.spansPerSecond ?? 0)} spans/s`);
  } finally {
    await system.end();
    system.remove();
  }
}

function fail(what: string, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  results.failed.push(`${what}: ${reason}`);
  say(`${what} failed: ${reason}`);
}

function save(): void {
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
}

function say(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}
