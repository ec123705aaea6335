import type { BatchReport, ImportSkip, Understanding } from "@culprit/analyzers";
import { clip, percent, printable, style, table } from "../output.ts";
import type { Diagnosed } from "./diagnoser.ts";

/** The tree of a run's steps, a line each. */
export function renderTree({ steps, tree, stages }: Understanding): string {
  const stageOf = new Map(stages.flatMap(({ id, steps: own }) => own.map((step) => [step, id] as const)));
  return tree.nodes
    .map(({ step, level, class: own, ordinal }) => {
      const action = steps[ordinal]?.action ?? "";
      const failed = steps[ordinal]?.failed === true ? style("red", " ✗") : "";
      return `${String(step).padStart(4)}  ${String(stageOf.get(step) ?? "").padStart(3)}  ${"│ ".repeat(Math.min(level, 20))}${own}${failed}  ${style("dim", clip(action, 90))}`;
    })
    .join("\n");
}

/** A diagnosis for a person: who and where, then the labelled steps. */
export function renderDiagnosis({ id, diagnosis, file, attribution, result }: Diagnosed): string {
  const { incorrect, unuseful } = diagnosis;
  const blame =
    attribution.step === null
      ? `nobody is blamed (${attribution.status})`
      : `step ${attribution.step}, ${percent(attribution.confidence)}`;
  const rows = [
    ...incorrect.map((judged) => ({ ...judged, kind: "incorrect" })),
    ...unuseful.map((judged) => ({ ...judged, kind: "unuseful" })),
  ].sort((left, right) => left.step - right.step);
  const lines = [
    style("bold", printable(id)),
    `${diagnosis.steps.length} action steps in ${diagnosis.stages.length} stages; decisive: ${blame}`,
    clip(attribution.reason, 300),
  ];
  if (rows.length > 0) {
    lines.push(
      table(
        ["step", "label", "confidence", "rule", "reason"],
        rows.map(({ step, kind, confidence, findings }) => {
          const [strongest] = [...findings].sort((left, right) => right.confidence - left.confidence);
          return [step, kind, percent(confidence), strongest?.rule ?? "ranking", clip(strongest?.reason ?? "", 80)];
        }),
      ),
    );
  }
  if (result.input_tokens > 0)
    lines.push(`${result.input_tokens} tokens read, ${result.output_tokens} written, cost ${result.cost.toFixed(4)}`);
  lines.push(`written to ${file}`);
  return lines.join("\n");
}

/** What became of a batch; empty for a single run that went well. */
export function renderBatch(
  report: BatchReport,
  skipped: readonly ImportSkip[],
  missing: readonly { id: string }[],
): string {
  const { rows, kept, cost } = report;
  const failed = rows.filter(({ status }) => status === "failed");
  const degraded = rows.filter(({ status }) => status === "degraded");
  const lines = [
    ...(rows.length + kept > 1
      ? [
          `${rows.length - failed.length} runs diagnosed${kept > 0 ? `, ${kept} done before` : ""}${cost > 0 ? `, cost ${cost.toFixed(4)} in all` : ""}.`,
        ]
      : []),
    ...degraded.map(({ id, code, reason }) => `the rules answered for ${printable(id)}: ${code}: ${clip(reason, 200)}`),
    ...failed.map(({ id, code, reason }) => `failed ${printable(id)}: ${code}: ${clip(reason, 200)}`),
    ...missing.map(({ id }) => `not found: ${clip(id, 120)}`),
    ...skipped
      .filter(({ code }) => code !== "labels")
      .map(({ path, code, reason }) => `skipped ${clip(path, 160)}: ${code}: ${clip(reason, 160)}`),
  ];
  return lines.join("\n");
}
