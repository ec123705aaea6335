import {
  type Annotation,
  type Attribution,
  hasBlame,
  type Intervention,
  type RunComparison,
  type Step,
  type StepChange,
  type TraceDetail,
} from "@culprit/schemas";
import { Command } from "commander";
import { parseTraceId } from "../arguments.ts";
import { clip, named, percent, printable, style } from "../output.ts";
import { withRunFlags } from "../run-flags.ts";
import { type RunFlags, withSession } from "../session.ts";

interface ShowFlags extends RunFlags {
  full?: boolean;
  against?: string;
}

/** `culprit show TRACE`: the trajectory with the decisive step marked. */
export function showCommand(): Command {
  return withRunFlags(new Command("show").description("one run: its steps, the decisive one marked"))
    .argument("<trace>", "trace id", parseTraceId)
    .option("--full", "print whole contents instead of one line a step")
    .option("--against <trace>", "compare with another run step by step, such as one of its replays", parseTraceId)
    .action(async (traceId: string, flags: ShowFlags) => {
      await withSession(flags, async ({ connection, output }) => {
        const detail = await connection.client.call("getTrace", { trace_id: traceId });
        if (flags.against !== undefined) {
          const [other, sides] = await Promise.all([
            connection.client.call("getTrace", { trace_id: flags.against }),
            connection.client.call("compareRuns", { trace_id: traceId, other_id: flags.against }),
          ]);
          const comparison = compared(sides);
          return output.result(comparison, () => renderComparison(comparison, detail, other, flags.full === true));
        }
        output.result(detail, () => renderDetail(detail, flags.full === true));
      });
    });
}

/** Two runs side by side, and the replay that made one from the other, if one did. */
interface Comparison {
  trace_id: string;
  against: string;
  outcomes: [TraceDetail["outcome"], TraceDetail["outcome"]];
  intervention: Intervention | null;
  steps: StepChange[];
}

function compared({ left, right, intervention, changes }: RunComparison): Comparison {
  return {
    trace_id: left.trace_id,
    against: right.trace_id,
    outcomes: [left.outcome, right.outcome],
    intervention,
    steps: changes,
  };
}

const CHANGE_MARKS: Record<StepChange["change"], string> = { same: " ", changed: "~", removed: "-", added: "+" };

function renderComparison(
  { intervention, steps, outcomes }: Comparison,
  one: TraceDetail,
  other: TraceDetail,
  full: boolean,
): string {
  const line = (step: Step | undefined) => (full ? printable(step?.content ?? "") : clip(step?.content ?? "", 100));
  const rows = steps.flatMap(({ left, right, change }) => {
    const [was, is] = [one.steps[left ?? -1], other.steps[right ?? -1]];
    const place = `${String(left ?? "").padStart(4)} ${String(right ?? "").padStart(4)}`;
    const served =
      intervention !== null && left === intervention.step ? `  ${style("red", `◀ ${intervention.kind}`)}` : "";
    const head = `${CHANGE_MARKS[change]} ${place}  ${named((was ?? is)?.agent ?? "")}${served}`;
    if (change === "same") return [style("dim", `${head}  ${line(was)}`)];
    return [
      head,
      ...(was ? [style("red", `    was  ${line(was)}`)] : []),
      ...(is ? [style("green", `    is   ${line(is)}`)] : []),
    ];
  });
  return [`${one.trace_id}  ${outcomes[0]}`, `${other.trace_id}  ${outcomes[1]}`, "", ...rows].join("\n");
}

/** A run for a person: header, steps, blame and evidence. */
export function renderDetail(detail: TraceDetail, full: boolean): string {
  const blames = detail.attributions.filter(hasBlame);
  const lines = [
    style("bold", clip(detail.task, 200)),
    `${detail.trace_id}  ${detail.outcome}${detail.complete ? "" : " (incomplete: the root span has not arrived)"}`,
    "",
    ...detail.steps.map((step) => renderStep(step, blames, detail.annotations, full)),
    "",
    ...(detail.outcome === "failure" ? [] : [WHY_NOT_BLAMED[detail.outcome]]),
    ...detail.attributions.map(renderAttribution),
    ...detail.annotations.map(renderAnnotation),
  ];
  return lines.join("\n").trimEnd();
}

const WHY_NOT_BLAMED = {
  success: "The run succeeded, so nobody is blamed.",
  unknown:
    "Whether the run succeeded is not known, so nobody is blamed. Report it: reportOutcome(), or POST /api/v1/traces/ID/outcome.",
};

function renderStep(step: Step, blames: readonly Attribution[], labels: readonly Annotation[], full: boolean): string {
  const marks = [
    ...labels
      .filter((label) => label.step === step.index && label.verdict === "confirmed")
      .map((label) => MARKS[label.evidence]),
    ...(blames.some((blame) => blame.step === step.index) ? ["◀ predicted"] : []),
  ];
  const mark = marks.length > 0 ? `  ${style("red", marks.join(" "))}` : "";
  const head = `${String(step.index).padStart(4)}  ${step.role === "agent" ? style("cyan", named(step.agent)) : style("dim", named(step.agent))}`;
  const content = full ? `\n${printable(step.content)}\n` : `  ${clip(step.content, 100)}`;
  const error = step.error === "" ? "" : `  ${style("red", `error: ${clip(step.error, 100)}`)}`;
  const handoff = step.handoff === undefined ? "" : style("cyan", ` → ${named(step.handoff)}`);
  return `${head}${handoff}${mark}${content}${error}`;
}

const MARKS: Record<Annotation["evidence"], string> = {
  counterfactual: "◀ decisive (verified by replay)",
  injected: "◀ decisive (injected)",
  human: "◀ decisive (confirmed by a person)",
};

function renderAttribution(attribution: Attribution): string {
  const reason = clip(attribution.reason, 300);
  if (!hasBlame(attribution)) return `${attribution.strategy}: nobody is blamed (${attribution.status}). ${reason}`;
  const who = `${named(attribution.agent)} at step ${attribution.step}, ${percent(attribution.confidence)}`;
  return `${attribution.strategy} (predicted): ${who}. ${reason}`;
}

function renderAnnotation(label: Annotation): string {
  const placebo = label.placebo_k > 0 ? `, placebo ${label.placebo_successes} of ${label.placebo_k}` : "";
  const earliest = label.evidence === "counterfactual" ? `, earliest ${label.earliest}` : "";
  return `${label.evidence} (${label.verdict}): ${named(label.agent)} at step ${label.step}${earliest}${placebo}. ${clip(label.reason, 300)}`;
}
