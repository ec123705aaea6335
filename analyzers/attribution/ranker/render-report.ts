import type { RankerReport, RepeatedAccuracy } from "./report.ts";

/** The report as Markdown; rates in percent. */
export function renderRankerReport(report: RankerReport): string {
  const { nested, splits, ablation, calibration, transfer } = report;
  const parts = [
    `## In-distribution: nested ${report.folds}-fold cross-validation grouped by task, seeds ${report.seeds.join(", ")}`,
    accuracyTable(nested),
    "## In-distribution: random splits by task, a quarter held out",
    accuracyTable(splits),
  ];
  if (transfer) {
    const trained = Object.entries(transfer.trained_on).map(([name, count]) => `${name} ${count}`);
    parts.push(`## Transfer: trained on ${trained.join(", ")} only`, accuracyTable(transfer.subsets));
  }
  const subsets = Object.keys(nested);
  parts.push(
    "## Ablation: change in points, and in log loss (nats; more is worse), when a feature group is left out",
    table(
      ["without", ...subsets.flatMap((subset) => [`${subset} step`, "agent", "log loss"])],
      ablation.map(({ without, subsets: changes }) => [
        without,
        ...subsets.flatMap((subset) => {
          const { step = 0, agent = 0, log_loss = 0 } = changes[subset] ?? {};
          return [points(step), points(agent), `${log_loss > 0 ? "+" : ""}${log_loss.toFixed(3)}`];
        }),
      ]),
    ),
    `## Calibration of the step: expected calibration error ${percent(calibration.expected_calibration_error)}`,
    table(
      ["confidence", "runs", "mean confidence", "step right"],
      calibration.bins.map(({ from, to, count, confidence, accuracy }) => [
        `${from}–${to}`,
        String(count),
        count === 0 ? "–" : percent(confidence),
        count === 0 ? "–" : percent(accuracy),
      ]),
    ),
    "## Abstaining below a confidence (`ranker_abstain_below`)",
    table(
      ["below", "answered", "step right", "agent right"],
      calibration.thresholds.map(({ below, answered, step, agent }) => [
        String(below),
        percent(answered),
        percent(step),
        percent(agent),
      ]),
    ),
  );
  return parts.join("\n\n");
}

function accuracyTable(subsets: Record<string, RepeatedAccuracy>): string {
  const shown = (mean: number, [low, high]: [number, number]) => `${percent(mean)} (${percent(low)}–${percent(high)})`;
  const range = (one: RepeatedAccuracy, i: 0 | 1) => {
    const values = one.repeats.map((repeat) => repeat[i]);
    return `${percent(Math.min(...values))}–${percent(Math.max(...values))}`;
  };
  return table(
    ["subset", "runs", "step (95 % interval)", "over repeats", "agent (95 % interval)", "over repeats"],
    Object.entries(subsets).map(([subset, one]) => [
      subset,
      String(one.n),
      shown(one.step, one.step_interval),
      range(one, 1),
      shown(one.agent, one.agent_interval),
      range(one, 0),
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function percent(rate: number): string {
  return `${(100 * rate).toFixed(1)} %`;
}

function points(change: number): string {
  return `${change > 0 ? "+" : ""}${(100 * change).toFixed(1)}`;
}
