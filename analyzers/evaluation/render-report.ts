import type { AnyReport, Comparison, EvaluationReport, Setting, SpanErrorReport, StepSetReport } from "./report.ts";
import type { Rate } from "./wilson.ts";

export const percent = (rate: number) => (100 * rate).toFixed(1);
export const interval = (rate: Rate) => `${percent(rate.accuracy)} [${percent(rate.low)}–${percent(rate.high)}]`;
const distance = (steps: number | null) => (steps === null ? "" : steps.toFixed(1));

/** What a person is to understand by a setting. */
export const SETTINGS: Record<Setting, string> = {
  "in-distribution": "in-distribution: trained on other tasks of this set",
  transfer: "transfer: trained on other sets only",
  seen: "NO EVIDENCE: trained on these runs",
  "zero-shot": "zero-shot",
  predictions: "given predictions",
};

/** The report as Markdown tables that also read well in a terminal. */
export function renderReport(report: AnyReport): string {
  const head = [
    `${report.benchmark}: ${report.strategy}${report.strategy_version === "" ? "" : ` (${report.strategy_version})`}`,
    settingOf(report),
    `${report.scoring} scoring`,
    ...(report.ground_truth ? ["GROUND TRUTH SHOWN"] : []),
  ];
  const warnings = report.warnings.flatMap((warning) => [`WARNING: ${oneLine(warning)}`, ""]);
  const tables =
    report.kind === "decisive" ? decisive(report) : report.kind === "steps" ? stepSets(report) : spanErrors(report);
  return `${[head.join(", "), "", ...warnings, ...tables].join("\n")}\n`;
}

function settingOf(report: AnyReport): string {
  const folds = report.kind === "decisive" && report.folds !== null ? report.folds : undefined;
  const how = folds === undefined ? "" : `, ${folds}-fold cross-validation grouped by task, seed ${seedOf(report)}`;
  return `${SETTINGS[report.setting]}${how}`;
}

const seedOf = (report: AnyReport) => (report.kind === "decisive" ? report.seed : null);

function decisive(report: EvaluationReport): string[] {
  const rows = [["subset", "who", "n", "agent %", "step %", "±1", "±3", "±5", "mean distance"]];
  const { compare } = report;
  for (const [subset, own] of Object.entries(report.subsets)) {
    for (const [name, score] of [
      [report.strategy, own] as const,
      ...(compare?.subsets[subset] === undefined ? [] : [[compare.strategy, compare.subsets[subset]] as const]),
    ]) {
      const { within } = score;
      const near = [within["1"], within["3"], within["5"]].map(percent);
      const rates = [interval(score.agent), interval(score.step), ...near, distance(score.mean_distance)];
      rows.push([subset, `**${name}**`, String(score.n), ...rates]);
    }
    for (const [name, baseline] of Object.entries(report.baselines)) {
      const rate = baseline.subsets[subset];
      if (rate) rows.push([subset, name, String(own.n), percent(rate.agent), percent(rate.step), "", "", "", ""]);
    }
  }
  return [
    ...table(rows),
    "",
    ...lengths(report),
    "",
    ...costs(report),
    ...(compare === undefined ? [] : ["", ...paired(report.strategy, compare.strategy, compare.paired)]),
  ];
}

function lengths(report: EvaluationReport): string[] {
  const rows = [["subset", "steps", "n", "agent %", "step %"]];
  for (const [subset, own] of Object.entries(report.subsets)) {
    for (const [bucket, { n, agent, step }] of Object.entries(own.by_length)) {
      if (n > 0) rows.push([subset, bucket, String(n), interval(agent), interval(step)]);
    }
  }
  return table(rows);
}

function costs(report: EvaluationReport): string[] {
  const rows = [["subset", "no blame", "label no agent's", "tokens in", "tokens out", "price", "seconds"]];
  for (const [subset, { no_blame, unblamable, cost }] of Object.entries(report.subsets)) {
    const price = cost.price === null ? "" : cost.price.toPrecision(3);
    const tokens = [cost.input_tokens, cost.output_tokens].map((count) => count.toFixed(0));
    rows.push([subset, String(no_blame), String(unblamable), ...tokens, price, cost.seconds.toPrecision(2)]);
  }
  return ["Tokens, price and seconds are means a trajectory.", "", ...table(rows)];
}

function paired(first: string, second: string, comparisons: Readonly<Record<string, Comparison>>): string[] {
  const rows = [["subset", "what", "both right", `only ${first}`, `only ${second}`, "neither", "McNemar p"]];
  for (const [subset, comparison] of Object.entries(comparisons)) {
    for (const what of ["agent", "step"] as const) {
      const { both, only_first, only_second, neither, p } = comparison[what];
      rows.push([subset, what, ...[both, only_first, only_second, neither].map(String), p.toPrecision(3)]);
    }
  }
  return table(rows);
}

function stepSets(report: StepSetReport): string[] {
  const rows = [
    ["subset", "who", "n", "precision %", "recall %", "F1 %", "micro F1 %", "unuseful F1 %", "tokens in", "tokens out"],
  ];
  for (const [subset, own] of Object.entries(report.subsets)) {
    const macro = [own.precision, own.recall, own.f1, own.micro.f1].map(percent);
    const tokens = [own.cost.input_tokens, own.cost.output_tokens].map((count) => count.toFixed(0));
    rows.push([subset, `**${report.strategy}**`, String(own.n), ...macro, percent(own.unuseful.f1), ...tokens]);
    for (const [name, baseline] of Object.entries(report.baselines)) {
      const rate = baseline.subsets[subset];
      const rates = rate === undefined ? [] : [rate.precision, rate.recall, rate.f1].map(percent);
      if (rate) rows.push([subset, name, String(own.n), ...rates, "", "", "", ""]);
    }
  }
  return ["Sets of incorrect steps; means over the trajectories, tokens too.", "", ...table(rows)];
}

function spanErrors(report: SpanErrorReport): string[] {
  const rows = [["subset", "who", "n", "location %", "joint %", "location precision %", "category F1 %"]];
  for (const [subset, own] of Object.entries(report.subsets)) {
    const category = own.category_f1 === null ? "" : percent(own.category_f1);
    const rates = [own.location, own.joint, own.location_precision].map(percent);
    rows.push([subset, `**${report.strategy}**`, String(own.n), ...rates, category]);
    for (const [name, baseline] of Object.entries(report.baselines)) {
      const rate = baseline.subsets[subset];
      if (rate) rows.push([subset, name, String(own.n), percent(rate.location), "", "", ""]);
    }
  }
  return table(rows);
}

/** Names come from files: they may break neither a row nor the terminal. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters being removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
}

/** A Markdown table, padded so that it also reads well in a terminal; the first row is the head. */
export function table(rows: readonly string[][]): string[] {
  const clean = rows.map((row) => row.map((cell) => oneLine(cell).replaceAll("|", "\\|")));
  const widths = (clean[0] ?? []).map((_, column) => Math.max(...clean.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = clean;
  return [line(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...body.map(line)];
}
