import { interval, oneLine, percent, SETTINGS, table } from "../render-report.ts";
import type { ComparisonReport, EntrantReport, PairedReport, Question } from "./report.ts";
import { QUESTIONS } from "./report.ts";

const VERDICTS: Record<PairedReport["better"], (report: ComparisonReport, question: Question) => string> = {
  a: ({ a }, question) => `${a.name} is better at naming the ${question}.`,
  b: ({ b }, question) => `${b.name} is better at naming the ${question}.`,
  undecided: ({ dataset }, question) =>
    `These ${dataset.runs} runs do not show who is better at naming the ${question}.`,
};

/** The comparison as Markdown that also reads well in a terminal. */
export function renderComparison(report: ComparisonReport): string {
  const { dataset, a, b, notes } = report;
  const split = dataset.split === null ? "" : `, split ${dataset.split}`;
  const warnings = [
    ...notes,
    ...[a, b].flatMap(({ name, warnings: own }) => own.map((warning) => `${name}: ${warning}`)),
  ];
  return `${[
    `${oneLine(dataset.name)}: ${dataset.runs} runs of ${dataset.tasks} tasks${split} (${dataset.hash.slice(0, 12)})`,
    "",
    ...warnings.flatMap((warning) => [`NOTE: ${oneLine(warning)}`, ""]),
    ...entrants(report),
    "",
    ...paired(report),
    "",
    ...where(report),
    "",
    ...QUESTIONS.map((question) => VERDICTS[report.paired[question].better](report, question)),
  ].join("\n")}\n`;
}

function entrants({ a, b, baseline }: ComparisonReport): string[] {
  const row = (letter: string, one: EntrantReport) => [
    letter,
    `**${one.name}**`,
    SETTINGS[one.setting],
    interval(one.agent),
    interval(one.step),
    String(one.no_blame),
    `${one.cost.input_tokens} / ${one.cost.output_tokens}`,
    one.cost.price === null ? "" : one.cost.price.toPrecision(3),
    one.cost.seconds.toPrecision(2),
    String(one.cost.from_cache),
  ];
  const head = [
    "",
    "who",
    "setting",
    "agent %",
    "step %",
    "no blame",
    "tokens in / out",
    "price",
    "s an answer",
    "kept from before",
  ];
  const always = ["", "always the commonest", "", percent(baseline.agent), percent(baseline.step), "", "", "", "", ""];
  return table([head, row("A", a), row("B", b), always]);
}

function paired({ paired: both }: ComparisonReport): string[] {
  const rows = [["", "both right", "only A", "only B", "neither", "B − A, points [95 %]", "McNemar p"]];
  for (const question of QUESTIONS) {
    const { both: right, only_first, only_second, neither, difference, p } = both[question];
    const counts = [right, only_first, only_second, neither].map(String);
    const { mean, low, high } = difference;
    rows.push([question, ...counts, `${signed(mean)} [${signed(low)} to ${signed(high)}]`, p.toPrecision(2)]);
  }
  return table(rows);
}

function where({ where: parts }: ComparisonReport): string[] {
  const rows = [["where", "", "n", "agent A", "agent B", "step A", "step B", "only A", "only B"]];
  for (const { by, value, n, agent, step, only_a, only_b } of parts) {
    rows.push([by, value, ...[n, agent.a, agent.b, step.a, step.b, only_a, only_b].map(String)]);
  }
  return ["Runs right, by where the label is:", "", ...table(rows)];
}

function signed(rate: number): string {
  return `${rate < 0 ? "−" : "+"}${percent(Math.abs(rate))}`;
}
