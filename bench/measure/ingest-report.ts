import type { CeilingReport } from "../systems/ceiling.ts";
import type { IngestMeasurement } from "./ingest.ts";
import { describeMachine, type Machine } from "./machine.ts";
import { median } from "./statistics.ts";
import { megabytes, number, table } from "./table.ts";

export interface Cell {
  encoding: string;
  spanBytes: number;
  requestSpans: number;
  concurrency: number;
  systems: Record<string, IngestMeasurement[]>;
  ceiling: CeilingReport[];
}

export interface IngestResults {
  machine: Machine;
  rounds: number;
  cells: Record<string, Cell>;
  growth: IngestMeasurement[];
  /** Systems that could not run, and why. */
  absent: Record<string, string>;
  /** Measurements that broke down, and why. */
  failed: string[];
}

const HEAD = [
  "system",
  "spans/s",
  "of ceiling",
  "MB/s",
  "p50 ms",
  "p99 ms",
  "CPU s/M spans",
  "… settled",
  "… without engine",
  "peak RSS MB",
  "stored",
];

/** The tables of an ingest run, medians over its rounds, and the targets with their ratios. */
export function renderIngest(results: IngestResults): string {
  const parts = [`# Ingest\n\n${describeMachine(results.machine)} Medians of ${results.rounds} interleaved round(s).`];
  for (const [name, cell] of Object.entries(results.cells)) {
    const ceiling = ceilingRate(results, cell);
    const rows = Object.entries(cell.systems).map(([system, all]) => row(system, all, ceiling));
    if (cell.ceiling.length > 0) rows.push(ceilingRow(cell.ceiling));
    parts.push(
      `## ${name}: spans of ${cell.spanBytes} bytes, ${cell.requestSpans} a request, ${cell.concurrency} connections\n\n${table(HEAD, rows)}`,
    );
  }
  if (results.growth.length > 0) {
    const rows = results.growth.map((one) => [
      number(one.spans, 0),
      number(one.seconds),
      number(one.spansPerSecond, 0),
      number(one.cpuSecondsPerMillion),
      number(one.settledCpuSecondsPerMillion),
      megabytes(one.peakBytes),
    ]);
    parts.push(
      `## Growth: one fresh store each\n\n${table(["spans", "seconds", "spans/s", "CPU s/M spans", "… settled", "peak RSS MB"], rows)}`,
    );
  }
  parts.push(`## Targets\n\n${table(["target", "measured", "met"], targets(results))}`);
  for (const [name, reason] of Object.entries(results.absent)) parts.push(`Absent: ${name}: ${reason}`);
  for (const failure of results.failed) parts.push(`Failed: ${failure}`);
  return parts.join("\n\n");
}

function row(system: string, all: readonly IngestMeasurement[], ceiling: number): string[] {
  const of = (value: (one: IngestMeasurement) => number) => median(all.map(value));
  const rate = of((one) => one.spansPerSecond);
  const surplus = all.map((one) => one.surplus);
  return [
    system,
    number(rate, 0),
    Number.isNaN(ceiling) ? "–" : `${number((100 * rate) / ceiling, 0)} %`,
    number(of((one) => one.megabytesPerSecond)),
    number(of((one) => one.p50Ms)),
    number(of((one) => one.p99Ms)),
    number(of((one) => one.cpuSecondsPerMillion)),
    number(of((one) => one.settledCpuSecondsPerMillion)),
    number(of((one) => one.ownCpuSecondsPerMillion)),
    megabytes(of((one) => one.peakBytes)),
    surplus.includes(undefined) ? "none" : surplus.every((one) => one === 0) ? "all" : `off by ${surplus.join(", ")}`,
  ];
}

function ceilingRow(all: readonly CeilingReport[]): string[] {
  const of = (value: (one: CeilingReport) => number) => median(all.map(value));
  const perMillion = (cpu: number, spans: number) => (cpu * 1e6) / spans;
  return [
    "The engine's ceiling (Native rows)",
    number(
      of((one) => one.spans / one.seconds),
      0,
    ),
    "100 %",
    "–",
    "–",
    "–",
    number(of((one) => perMillion(one.cpuSeconds, one.spans))),
    number(of((one) => perMillion(one.settledCpuSeconds, one.spans))),
    "0",
    megabytes(of((one) => one.peakBytes)),
    "all",
  ];
}

/** Spans a second of the ceiling for spans of this size; rows are the same whatever encoding they came in. */
function ceilingRate(results: IngestResults, { spanBytes }: Cell): number {
  const same = Object.values(results.cells).filter((cell) => cell.spanBytes === spanBytes && cell.ceiling.length > 0);
  return median(same.flatMap((cell) => cell.ceiling.map((one) => one.spans / one.seconds)));
}

function targets(results: IngestResults): string[][] {
  const rows: string[][] = [];
  const rate = (cell: Cell | undefined, word: string) => find(cell, word, (one) => one.spansPerSecond);
  const cpu = (cell: Cell | undefined, word: string) => find(cell, word, (one) => one.settledCpuSecondsPerMillion);
  const add = (target: string, value: number, text: string, met: boolean) => {
    if (!Number.isNaN(value)) rows.push([target, text, met ? "yes" : "**no**"]);
  };
  const { "1k-protobuf": protobuf, "1k-json": json } = results.cells;
  if (protobuf) {
    const share = rate(protobuf, "Culprit") / ceilingRate(results, protobuf);
    add("durable ingest at 1 KB ≥ 60 % of the ceiling", share, `${number(100 * share, 0)} %`, share >= 0.6);
  }
  for (const [name, cell] of Object.entries(results.cells)) {
    const times = rate(cell, "Culprit") / rate(cell, "Genkit");
    add(`≥ 3 times Genkit (${name})`, times, `${number(times)} times`, times >= 3);
  }
  for (const [name, cell] of Object.entries(results.cells)) {
    const share = cpu(cell, "durable") / cpu(cell, "Culprit");
    add(
      `per CPU second not behind the OpenTelemetry Collector (${name})`,
      share,
      `${number(share, 2)} times`,
      share >= 1,
    );
  }
  const peaks = [
    ...Object.values(results.cells).flatMap((cell) => cell.systems["Culprit"] ?? []),
    ...results.growth,
  ].map((one) => one.peakBytes);
  const peak = Math.max(...peaks);
  if (peaks.length > 0) add("peak RSS < 1.5 GB", peak, `${megabytes(peak)} MB`, peak < 1.5e9);
  const [first, last] = [results.growth[0], results.growth.at(-1)];
  if (first && last && first !== last) {
    const ratio = last.settledCpuSecondsPerMillion / first.settledCpuSecondsPerMillion;
    add(
      `linear from ${number(first.spans, 0)} to ${number(last.spans, 0)}: CPU a span`,
      ratio,
      `${number(ratio, 2)} times`,
      ratio <= 1.3,
    );
  }
  if (json && Number.isNaN(rate(json, "Genkit"))) rows.push(["≥ 3 times Genkit", "Genkit did not run", "–"]);
  return rows;
}

function find(cell: Cell | undefined, word: string, value: (one: IngestMeasurement) => number): number {
  const [, all] = Object.entries(cell?.systems ?? {}).find(([name]) => name.includes(word)) ?? [];
  return median((all ?? []).map(value));
}
