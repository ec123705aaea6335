import type { DerivedParser, ImportedRun, ImportSkip } from "@culprit/analyzers";
import { type Cell, clip, named, printable, table } from "./output.ts";

/** One run that was found, as the report shows it. */
export interface FoundRun {
  path: string;
  format: string;
  trace_id: string;
  agents: string[];
  steps: number;
  outcome: ImportedRun["outcome"];
  bytes: number;
  unparsed_bytes: number;
  confidence?: number;
  warnings: string[];
}

/** What an import found, skipped and why. */
export interface ImportReport {
  found: FoundRun[];
  /** Sums by format. */
  formats: { format: string; runs: number; steps: number; bytes: number; unparsed_bytes: number }[];
  skipped: Omit<ImportSkip, "kind">[];
  /** Files that belong to runs which were found, and files that hold their labels. */
  beside: number;
}

/** Skips of a file that was understood, if not as a run. */
const UNDERSTOOD = new Set<ImportSkip["code"]>(["beside", "labels"]);
/** Rows of a table that a person still reads. */
const MOST_ROWS = 100;

export function foundRun(run: ImportedRun): FoundRun {
  const { path, format, trace_id, agents, steps, outcome, bytes, unparsed_bytes, confidence, warnings } = run;
  const common = { path, format, trace_id, agents, steps, outcome, bytes, unparsed_bytes, warnings };
  return confidence === undefined ? common : { ...common, confidence };
}

export function importReport(found: readonly FoundRun[], skips: readonly ImportSkip[]): ImportReport {
  const formats = new Map<string, ImportReport["formats"][number]>();
  /** Runs of one file share its bytes. */
  const counted = new Set<string>();
  for (const run of found) {
    const sum = formats.get(run.format) ?? { format: run.format, runs: 0, steps: 0, bytes: 0, unparsed_bytes: 0 };
    sum.runs++;
    sum.steps += run.steps;
    const file = run.path.split("#", 1)[0] ?? run.path;
    if (!counted.has(file)) {
      counted.add(file);
      sum.bytes += run.bytes;
      sum.unparsed_bytes += run.unparsed_bytes;
    }
    formats.set(run.format, sum);
  }
  return {
    found: [...found],
    formats: [...formats.values()].sort((left, right) => right.runs - left.runs),
    skipped: skips.filter(({ code }) => !UNDERSTOOD.has(code)).map(({ kind: _, ...rest }) => rest),
    beside: skips.filter(({ code }) => UNDERSTOOD.has(code)).length,
  };
}

/** The report for a person: every run (or the first hundred), sums by format, what was skipped and why. */
export function renderReport(report: ImportReport, parsers: readonly DerivedParser[]): string {
  const { found, formats, skipped, beside } = report;
  const base = commonFolder(found.map(({ path }) => path));
  const rows = found
    .slice(0, MOST_ROWS)
    .map((run): Cell[] => [
      clip(run.path.slice(base.length), 56),
      run.confidence === undefined ? run.format : `${run.format} (${run.confidence.toFixed(2)})`,
      named(run.agents.join(", ")),
      run.steps,
      { text: run.outcome, format: run.outcome === "failure" ? "red" : run.outcome === "success" ? "green" : "dim" },
      run.bytes,
      run.unparsed_bytes,
      { text: clip(run.warnings.join(" "), 60), format: "dim" },
    ]);
  const sums = formats.map((sum): Cell[] => [sum.format, sum.runs, sum.steps, sum.bytes, sum.unparsed_bytes]);
  return [
    ...(found.length === 0
      ? []
      : [table(["run", "format", "agent", "steps", "outcome", "bytes", "unparsed", ""], rows)]),
    ...(found.length > MOST_ROWS ? [`… and ${found.length - MOST_ROWS} more`] : []),
    ...(found.length === 0 ? [] : ["", table(["format", "runs", "steps", "bytes", "unparsed"], sums)]),
    ...parsers.flatMap(parserLines),
    ...(beside > 0 ? ["", `${beside} other files belong to these runs.`] : []),
    ...skippedLines(skipped),
  ].join("\n");
}

/** A parser that was derived, for a person to look at. */
function parserLines({ fingerprint, by, confidence, mapping }: DerivedParser): string[] {
  const source = { structure: "from its structure", model: "by the model", cache: "kept from an earlier import" }[by];
  return [
    "",
    `Parser ${fingerprint} (${source}, confidence ${confidence.toFixed(2)}):`,
    `  ${printable(JSON.stringify(mapping))}`,
  ];
}

/** Skips by reason, a few paths each. */
function skippedLines(skipped: ImportReport["skipped"]): string[] {
  const byCode = new Map<string, ImportReport["skipped"]>();
  for (const skip of skipped) byCode.set(skip.code, [...(byCode.get(skip.code) ?? []), skip]);
  return [...byCode].flatMap(([code, skips]) => [
    "",
    `skipped, ${code}: ${skips.length}`,
    ...skips.slice(0, 8).map(({ path, reason }) => `  ${clip(path, 100)}: ${clip(reason, 120)}`),
    ...(skips.length > 8 ? [`  … and ${skips.length - 8} more`] : []),
  ]);
}

function commonFolder(paths: readonly string[]): string {
  const first = paths[0] ?? "";
  let end = first.lastIndexOf("/") + 1;
  while (end > 0 && !paths.every((path) => path.startsWith(first.slice(0, end)))) {
    end = first.lastIndexOf("/", end - 2) + 1;
  }
  return first.slice(0, end);
}
