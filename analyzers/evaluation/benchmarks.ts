import type { Client } from "@culprit/schemas";
import { type LabelledRun, labelledRuns } from "../attribution/ranker/examples.ts";
import type { ImportSkip } from "../importers/format.ts";
import { importAll } from "../importers/import-path.ts";
import { storedRuns } from "./stored-runs.ts";

/**
 * What is scored: `decisive` one agent and one step a run; `steps` the set of wrong steps of a run; `spans` the
 * errors annotated on spans.
 */
export type BenchmarkKind = "decisive" | "steps" | "spans";

interface BenchmarkRow {
  kind: BenchmarkKind;
  description: string;
}

/** Every benchmark there is. Those of kind `decisive` are read by the import format of the same name. */
export const BENCHMARK_TABLE = {
  "who-and-when": { kind: "decisive", description: "Who&When failure logs, arXiv 2505.00212" },
  promas: { kind: "decisive", description: "ProMAS failure logs" },
  tracertraj: { kind: "decisive", description: "TracerTraj rows, arXiv 2509.03312: Parquet or JSON" },
  agentrx: { kind: "decisive", description: "AgentRx τ-bench dialogues, root causes" },
  "mas-sim": { kind: "decisive", description: "MAS-SIM OpenTelemetry runs with injected faults" },
  store: { kind: "decisive", description: "the labels of your own stored runs" },
  codetracebench: { kind: "steps", description: "CodeTraceBench labels, arXiv 2604.11641: wrong steps of code agents" },
  trail: { kind: "spans", description: "TRAIL traces, arXiv 2505.08638: location and category of annotated errors" },
} as const satisfies Record<string, BenchmarkRow>;

export type Benchmark = keyof typeof BENCHMARK_TABLE;
export const BENCHMARKS = Object.keys(BENCHMARK_TABLE) as Benchmark[];

/** The labelled runs of a benchmark, and what was left out on the way. */
export interface LoadedRuns {
  runs: LabelledRun[];
  /** Runs that were found, labelled or not. */
  found: number;
  skipped: ImportSkip[];
  notes: string[];
}

export async function loadRuns(
  benchmark: Benchmark,
  data: string | readonly string[],
  store: { client?: Client | undefined; since?: string | undefined },
): Promise<LoadedRuns> {
  if (benchmark === "store") return await storedRuns(store);
  const { runs, skipped } = await importAll(data);
  const own = runs.filter((run) => run.format === benchmark);
  const labelled = labelledRuns(own);
  const other = runs.length - own.length;
  return {
    runs: labelled,
    found: own.length,
    skipped: skipped.filter(({ code }) => code !== "labels"),
    notes: [
      ...(other > 0 ? [`${other} runs of other formats were left out.`] : []),
      ...(own.length > labelled.length ? [`${own.length - labelled.length} runs without a label were left out.`] : []),
    ],
  };
}
