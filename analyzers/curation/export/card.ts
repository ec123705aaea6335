import { LEFT_OUT_REASONS, type LeftOutReason } from "../annotate.ts";
import type { ScrubCounts } from "../scrub.ts";
import type { DatasetOrigin } from "./read-version.ts";
import type { Tally } from "./tally.ts";

/** The machine-readable card, `dataset.json`. Counts are rows unless they say otherwise. */
export interface DatasetSummary
  extends Pick<Tally, "tasks" | "evidence" | "sources" | "agents" | "steps" | "warnings"> {
  format: string;
  /** Of the rows: what `reward.py` asks for. */
  schema_version: number;
  /** Of the prompt's text: what a tracer that serves must still be asked with. */
  prompt_version: string;
  train: number;
  test: number;
  /** The version it was made from, as its `dataset.json` says; null for an export straight from the store. */
  from: DatasetOrigin | null;
  left_out: Partial<Record<LeftOutReason, number>>;
  scrubbed: ScrubCounts;
  /** Of the data files. */
  sha256: Record<string, string>;
}

/** The card a person reads, as Markdown. */
export function datasetCard(summary: DatasetSummary, usage: string): string {
  const total = summary.train + summary.test;
  const [topAgent, topCount] = Object.entries(summary.agents)[0] ?? ["", 0];
  const lines = [
    `# Failure attribution dataset (${summary.format})`,
    "",
    `${total} failed multi-agent runs, each labelled with the agent and the 0-based step that decided the failure.`,
    "",
    table("Split", ["rows", "tasks"], {
      train: [summary.train, summary.tasks.train],
      test: [summary.test, summary.tasks.test],
    }),
    "Split by task: all runs of one task are on one side, and stay there when the dataset grows.",
    ...summary.warnings.flatMap((warning) => ["", `**${warning.replace(/[\r\n*<>]/g, " ")}**`]),
    ...(summary.from === null
      ? []
      : ["", `Made from ${cell(summary.from.name)} version ${summary.from.version} (${cell(summary.from.hash)}).`]),
    "",
    table("Evidence", ["rows"], counts(summary.evidence)),
    "`counterfactual`: a replay with that step corrected succeeded, no earlier step did. `injected`: the fault was put there. `human`: a person said so.",
    "",
    table("Blamed agent", ["rows"], counts(longTail(summary.agents))),
    `Always answering ${cell(topAgent)} is right about the agent in ${((100 * Number(topCount)) / total).toFixed(1)} % of rows; read a tracer's accuracy against that.`,
    "",
    table("Source", ["rows"], counts(summary.sources)),
    `Steps a run: ${summary.steps.min} to ${summary.steps.max}, median ${summary.steps.median}.`,
    "",
    table("Left out", ["runs", "because"], reasons(summary.left_out)),
    table("Scrubbed", ["replacements"], counts(summary.scrubbed)),
    "## Use",
    "",
    "```",
    usage,
    "```",
    "",
    "`reward.py` beside this file scores an answer `<think>…</think><answer>agent|step</answer>`; it needs nothing but Python 3.9.",
    "",
  ];
  return lines.join("\n");
}

const SHOWN_AGENTS = 12;

/** The most blamed agents and the sum of the others. */
function longTail(agents: Record<string, number>): Record<string, number> {
  const entries = Object.entries(agents);
  const others = entries.slice(SHOWN_AGENTS);
  const shown = Object.fromEntries(entries.slice(0, SHOWN_AGENTS));
  if (others.length === 0) return shown;
  return { ...shown, [`${others.length} others`]: others.reduce((sum, [, count]) => sum + count, 0) };
}

const counts = (of: Partial<Record<string, number>>): Record<string, number[]> =>
  Object.fromEntries(Object.entries(of).map(([name, count]) => [name, [count ?? 0]]));

const reasons = (of: DatasetSummary["left_out"]): Record<string, (string | number)[]> =>
  Object.fromEntries(
    Object.entries(of).map(([reason, count]) => [reason, [count, LEFT_OUT_REASONS[reason as LeftOutReason]]]),
  );

function table(title: string, columns: readonly string[], rows: Record<string, readonly (string | number)[]>): string {
  const entries = Object.entries(rows);
  if (entries.length === 0) return `${title}: none.\n`;
  return [
    `| ${[title, ...columns].join(" | ")} |`,
    `|${" --- |".repeat(columns.length + 1)}`,
    ...entries.map(([name, values]) => `| ${[cell(name), ...values].join(" | ")} |`),
    "",
  ].join("\n");
}

/** Agent names come from traces: they must not become table cells or markup. */
function cell(value: string): string {
  return value
    .replace(/[\r\n]+/g, " ")
    .replace(/[\\`*_[\]<>|#]/g, (mark) => `\\${mark}`)
    .slice(0, 80);
}
