import type { Annotation, DatasetRecord, Replay, TraceDetail } from "@culprit/schemas";
import { stepText } from "../trajectory/render.ts";
import { evidenceDetail } from "./evidence.ts";
import { departure } from "./reason.ts";
import { splitOf, taskKey } from "./split.ts";

/** Why a run is not in the dataset; every one is counted and shown. */
export const LEFT_OUT_REASONS = {
  no_confirmed_label: "no annotation confirms a decisive error",
  contradictory_labels: "two labels of equal evidence, or a label and its refutation, disagree",
  earliest_not_proven: "a replay flipped the run, but an earlier step was not ruled out",
  placebo_flips_too: "the replay with the original action succeeded as often, so the correction proves nothing",
  evidence_not_asked_for: "the label has another kind of evidence than was asked for",
  run_not_found: "the annotated run is not in the store",
  run_did_not_fail: "the labelled run did not end in failure",
  no_content: "the run carries no text",
  step_not_in_run: "the labelled step is not in the trajectory",
  step_not_by_agent: "the labelled step was not taken by an agent",
  agent_not_at_step: "the labelled agent did not take the labelled step",
} as const;
export type LeftOutReason = keyof typeof LEFT_OUT_REASONS;

/** A label, or the reason why there is none. */
export type LabelChoice = { label: Annotation } | { left_out: LeftOutReason };

const RANK = { counterfactual: 0, injected: 1, human: 2 } as const;

/**
 * The label of one run among its annotations: counterfactual with the earliest step proven, before injected,
 * before human. Labels of one rank that disagree, and a label refuted by evidence at least as strong, are
 * contradictions and give none.
 */
export function chooseLabel(annotations: readonly Annotation[]): LabelChoice {
  const confirmed = annotations.filter((annotation) => annotation.verdict === "confirmed");
  if (confirmed.length === 0) return { left_out: "no_confirmed_label" };
  const usable = confirmed.filter((annotation) => weakness(annotation) === undefined);
  const first = usable.sort(byRankThenNewest)[0];
  if (first === undefined) {
    const [weakest] = confirmed;
    return { left_out: (weakest && weakness(weakest)) ?? "no_confirmed_label" };
  }
  const disagrees = usable.some((other) => other.evidence === first.evidence && !sameBlame(other, first));
  const refuted = annotations.some(
    (other) => other.verdict === "refuted" && RANK[other.evidence] <= RANK[first.evidence] && sameBlame(other, first),
  );
  return disagrees || refuted ? { left_out: "contradictory_labels" } : { label: first };
}

function weakness(annotation: Annotation): LeftOutReason | undefined {
  if (annotation.evidence !== "counterfactual") return undefined;
  if (annotation.earliest !== "proven") return "earliest_not_proven";
  const { placebo_k: k, placebo_successes: successes } = annotation;
  return k > 0 && successes >= k ? "placebo_flips_too" : undefined;
}

function sameBlame(left: Annotation, right: Annotation): boolean {
  return left.step === right.step && left.agent === right.agent;
}

function byRankThenNewest(left: Annotation, right: Annotation): number {
  return RANK[left.evidence] - RANK[right.evidence] || Date.parse(right.created_at) - Date.parse(left.created_at);
}

/**
 * One labelled run as a dataset record, unscrubbed; or the reason why the label does not fit the run.
 *
 * @param replays those of the run that the label's replay replayed; the run's own when not given
 */
export function toRecord(
  run: TraceDetail,
  label: Annotation,
  replays: readonly Replay[] = run.replays,
): { record: DatasetRecord } | { left_out: LeftOutReason } {
  if (run.outcome !== "failure") return { left_out: "run_did_not_fail" };
  const blamed = run.steps.find((step) => step.index === label.step);
  if (blamed === undefined) return { left_out: "step_not_in_run" };
  if (blamed.role !== "agent") return { left_out: "step_not_by_agent" };
  if (blamed.agent !== label.agent) return { left_out: "agent_not_at_step" };
  const history = run.steps.map((step) => ({
    step: step.index,
    name: step.agent,
    role: step.role,
    content: step.error === "" ? step.content : stepText(step),
  }));
  if (run.steps.every((step) => step.content.trim() === "")) return { left_out: "no_content" };
  const task = taskKey(run);
  return {
    record: {
      id: run.trace_id,
      task_id: task,
      source: run.source,
      question: run.task,
      ground_truth: run.ground_truth,
      agents: run.agents,
      history,
      mistake_agent: label.agent,
      mistake_step: label.step,
      mistake_reason: (label.correction !== "" && departure(blamed.content, label.correction)) || label.reason,
      evidence: label.evidence,
      split: splitOf(task),
      domain: domainOf(run),
      correction: label.correction,
      evidence_detail: evidenceDetail(label, replays),
    },
  };
}

/** Kind of task: what stands before the first slash of a task id, such as `coding-team`, else where a run came from. */
function domainOf({ task_id, source }: Pick<TraceDetail, "task_id" | "source">): string {
  const slash = task_id.indexOf("/");
  return slash > 0 ? task_id.slice(0, slash) : source;
}
