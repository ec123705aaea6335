import type { BalanceRow, DatasetVersion } from "@culprit/schemas";
import { DIMENSIONS, type Dimension } from "./balance.ts";

const SHOWN_ROWS = 15;

const TITLES: Record<Dimension, string> = {
  agent: "Blamed agent",
  position: "Position in the run",
  domain: "Domain",
  source: "Source",
};

/** The card of a version that a person reads, as Markdown. */
export function versionCard(version: DatasetVersion): string {
  const { counts, evidence, detector, contamination, made, diff } = version;
  const parts = [
    `# ${version.name}, version ${version.version}`,
    version.about === "" ? "" : escaped(version.about),
    `${counts.records} failed multi-agent runs, each labelled with the agent and the 0-based step that decided the failure. Made ${version.created_at}. SHA-256 over the records: \`${version.hash}\`.`,
    "## Counts",
    table(
      ["", "records", "tasks"],
      [
        ["train", counts.train, counts.train_tasks],
        ["test", counts.test, counts.test_tasks],
      ],
    ),
    "Split by task: all records of a task are on one side and stay there when the dataset grows.",
    table(
      ["evidence", "records", ""],
      [
        ["counterfactual (D-)", counts.counterfactual, "a replay with this step corrected succeeded"],
        ["injected (D+)", counts.injected, "the fault was put into a successful run, which then failed"],
        ["human", counts.human, "a person said so"],
      ],
    ),
    `Of the labels with a replay, ${counts.earliest_proven} are proven to be the earliest. Placebos: ${evidence.placebos} replays with the original action, ${evidence.placebo_successes} of them successful. Margin over the placebo: smallest ${shown(evidence.margin_min)}, median ${shown(evidence.margin_median)}.`,
    `Steps a run: ${version.steps.min} to ${version.steps.max}, median ${version.steps.median}.`,
    "## Balance",
    ...DIMENSIONS.map((dimension) => spread(TITLES[dimension], version.balance[dimension], counts.records)),
    Object.keys(evidence.operators).length === 0
      ? ""
      : table(["fault operator", "records"], Object.entries(evidence.operators)),
    "## Can injected runs be told from natural ones?",
    detector === null
      ? "Not measured: that takes at least 50 records of both kinds."
      : `A logistic regression on ${detector.features}, ${detector.folds}-fold cross-validated by task on ${detector.n} records (both kinds in equal number), is right in ${rate(detector.accuracy.accuracy)} (95 % interval ${rate(detector.accuracy.low)} to ${rate(detector.accuracy.high)}); area under the ROC curve ${detector.auc.value.toFixed(3)} (${detector.auc.low.toFixed(3)} to ${detector.auc.high.toFixed(3)}). Chance is 50 % and 0.5.`,
    "## Left out",
    table(
      ["why", "count", ""],
      version.left_out.map(({ reason, count, about }) => [reason, count, about]),
    ),
    "## Scrubbed",
    table(["what", "replacements"], Object.entries(version.scrubbed)),
    "## Contamination",
    contamination === null
      ? "Not checked against any benchmark."
      : `Checked against ${contamination.questions} questions of ${contamination.benchmarks.map(escaped).join(", ")}: ${contamination.flagged} records shared text with one and were left out.`,
    "## Known biases",
    list(version.biases),
    "## Sources and licences",
    list(version.licences),
    "## How it was made",
    `${made.runs} runs looked at, ${made.replays} replays${made.seconds > 0 ? `, ${made.seconds.toFixed(0)} s` : ""}, ${made.model_calls} model calls, ${made.tokens} tokens${made.cost > 0 ? `, cost ${made.cost.toFixed(2)}` : ""}.`,
    diff === null
      ? "This is the first version."
      : `Since version ${diff.version}: ${diff.added} added, ${diff.removed} removed, ${diff.changed} changed, ${diff.moved_split} moved to the other split.`,
    "## Use",
    `\`culprit export --from DIR --format verl --out OUT\`, or any other format; \`records.jsonl\` holds one record a line.`,
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function spread(title: string, rows: readonly BalanceRow[], all: number): string {
  const lines = rows
    .slice(0, SHOWN_ROWS)
    .map(({ value, records, counterfactual, injected, human }) => [
      value,
      records,
      rate(all === 0 ? 0 : records / all),
      counterfactual,
      injected,
      human,
    ]);
  const more = rows.length > SHOWN_ROWS ? `\n\nAnd ${rows.length - SHOWN_ROWS} more.` : "";
  return `${table([title, "records", "share", "D-", "D+", "human"], lines)}${more}`;
}

function rate(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function shown(value: number | null): string {
  return value === null ? "not known" : value.toFixed(2);
}

function list(items: readonly string[]): string {
  return items.length === 0 ? "None given." : items.map((item) => `- ${escaped(item)}`).join("\n");
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  if (rows.length === 0) return "None.";
  const line = (cells: readonly (string | number)[]) => `| ${cells.map((cell) => escaped(String(cell))).join(" | ")} |`;
  return [line(head), `|${" --- |".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

const LONGEST = 300;

/** Names come from traces: they must not become table cells or markup. */
function escaped(value: string): string {
  return value
    .replace(/[\r\n]+/g, " ")
    .replace(/[\\`*_[\]<>|#]/g, (mark) => `\\${mark}`)
    .slice(0, LONGEST);
}
