import {
  type Annotation,
  type Attribution,
  type BlamedKind,
  hasBlame,
  type KeptSummary,
  type RunSummary,
  type Step,
  type Trajectory,
} from "@culprit/schemas";
import { handoffsOf } from "./handoffs.ts";

type Blame = Pick<
  RunSummary,
  "blamed_agent" | "blamed_step" | "confidence" | "strategy" | "reason" | "mistake" | "status"
>;

const NO_BLAME: Blame = {
  blamed_agent: null,
  blamed_step: null,
  confidence: null,
  strategy: "",
  reason: "",
  status: "none",
};

/**
 * The summary of one run. Pure; attributions and annotations may come in any order.
 *
 * Who is blamed, the first that applies:
 * 1. nobody, when the run succeeded;
 * 2. whom a person confirmed (the newest such label): `human`;
 * 3. whom a replay proved, or where a fault was injected (the earliest such step, Eq. 5 of AgenTracer): `verified`;
 * 4. on a failed run, the newest attribution that no label refutes: `predicted`, a degraded one only where there is
 *    no other;
 * 5. the newest attribution although it is refuted: `refuted`.
 *
 * Confidence is a prediction's word: where a label speaks, for the blame or against it, there is none.
 *
 * For one agent and step a person's verdict counts before a replay's, and of one kind the newest.
 */
export function summarise(
  trajectory: Trajectory,
  attributions: readonly Attribution[],
  annotations: readonly Annotation[],
  settled: boolean,
): KeptSummary {
  const blame = withKind(trajectory, blameOf(trajectory, attributions, annotations));
  const failed = trajectory.outcome.outcome === "failure";
  const sum = (count: (step: Trajectory["steps"][number]) => number) =>
    trajectory.steps.reduce((total, step) => total + count(step), 0);
  return {
    project: trajectory.project,
    trace_id: trajectory.trace_id,
    task: trajectory.task,
    source: trajectory.source,
    outcome: trajectory.outcome.outcome,
    score: trajectory.outcome.score,
    settled,
    agents: trajectory.agents,
    steps: trajectory.steps.length,
    ...blame,
    handoffs: handoffsOf(trajectory.steps, failed ? blame.blamed_step : null),
    replay_of: trajectory.replay_of,
    started_at: trajectory.started_at,
    ended_at: trajectory.ended_at,
    input_tokens: sum((step) => step.input_tokens),
    output_tokens: sum((step) => step.output_tokens),
  };
}

/** How frameworks call the tool that hands a conversation to another agent. */
const HANDOFF = /^(transfer|hand_?off|delegate)(_|$)/i;

/** What the blamed step was. */
function withKind({ steps }: Trajectory, blame: Blame): Blame & { blamed_kind?: BlamedKind } {
  const step = blame.blamed_step === null ? undefined : steps[blame.blamed_step];
  if (step === undefined) return blame;
  return {
    ...blame,
    blamed_kind: kindOf(
      step,
      steps.findLast(({ role }) => role === "agent"),
    ),
  };
}

function kindOf(step: Step, last: Step | undefined): BlamedKind {
  const [call] = step.tool_calls;
  if (call !== undefined) return HANDOFF.test(call.name) ? "handoff" : "tool_call";
  return step === last ? "answer" : "message";
}

/** Characters of a mistake that are kept: as many as failures are told apart by. */
const MISTAKE_CHARACTERS = 2000;

/** What was done at a step, as far as it tells one mistake from another. */
function doneAt(step: Step | undefined): string {
  if (step === undefined) return "";
  const calls = step.tool_calls.map((call) => `${call.name} ${JSON.stringify(call.arguments)}`);
  return [step.content, ...calls, step.error].join(" ").trim().slice(0, MISTAKE_CHARACTERS);
}

function blameOf(
  { outcome: { outcome }, steps }: Trajectory,
  attributions: readonly Attribution[],
  annotations: readonly Annotation[],
): Blame {
  if (outcome === "success") return NO_BLAME;
  const labels = standing(annotations);
  const human = labels.find(({ evidence, verdict }) => evidence === "human" && verdict === "confirmed");
  if (human !== undefined) return labelled(human, "human", attributions, steps);
  const proven = labels
    .filter(({ evidence, verdict }) => evidence !== "human" && verdict === "confirmed")
    .sort((left, right) => left.step - right.step)[0];
  if (proven !== undefined) return labelled(proven, "verified", attributions, steps);
  if (outcome !== "failure") return NO_BLAME;
  const blames = [...attributions].filter(hasBlame).sort(byRank);
  const open = blames.find((blame) => !isRefuted(blame, labels));
  if (open !== undefined) return predicted(open, "predicted");
  const refuted = blames[0];
  return refuted === undefined ? NO_BLAME : predicted(refuted, "refuted");
}

/** One label an agent and step, newest first: a person's where there is one. */
function standing(annotations: readonly Annotation[]): Annotation[] {
  const kept = new Map<string, Annotation>();
  for (const annotation of [...annotations].sort(newest)) {
    const key = JSON.stringify([annotation.agent, annotation.step]);
    const other = kept.get(key);
    if (other === undefined || (annotation.evidence === "human" && other.evidence !== "human"))
      kept.set(key, annotation);
  }
  return [...kept.values()].sort(newest);
}

function newest(left: Annotation, right: Annotation): number {
  return (
    Date.parse(right.created_at) - Date.parse(left.created_at) || (left.annotation_id < right.annotation_id ? -1 : 1)
  );
}

function byRank(left: Attribution, right: Attribution): number {
  return (
    Number(left.status === "degraded") - Number(right.status === "degraded") ||
    Date.parse(right.created_at) - Date.parse(left.created_at) ||
    (left.strategy < right.strategy ? -1 : 1)
  );
}

function isRefuted(blame: Attribution, labels: readonly Annotation[]): boolean {
  return labels.some(
    ({ agent, step, verdict }) => verdict === "refuted" && agent === blame.agent && step === blame.step,
  );
}

function predicted(blame: Attribution, status: "predicted" | "refuted"): Blame {
  return {
    blamed_agent: blame.agent,
    blamed_step: blame.step,
    confidence: status === "predicted" ? blame.confidence : null,
    strategy: blame.strategy,
    reason: blame.reason,
    status,
  };
}

/**
 * A replay's own sentence is the same for every mistake of an agent, and a person who confirms a blame may say no more
 * than yes: the failure stays what the prediction of that step said it is.
 */
function labelled(
  label: Annotation,
  status: "human" | "verified",
  attributions: readonly Attribution[],
  steps: readonly Step[],
): Blame {
  const same = attributions.filter(({ agent, step }) => agent === label.agent && step === label.step).sort(byRank)[0];
  const reason = label.reason || (same?.reason ?? "");
  const said = label.evidence === "counterfactual" || reason === "" ? doneAt(steps[label.step]) : "";
  const mistake = same?.reason || said;
  return {
    blamed_agent: label.agent,
    blamed_step: label.step,
    confidence: null,
    strategy: same?.strategy ?? "",
    reason,
    ...(mistake === "" || mistake === reason ? {} : { mistake: mistake.slice(0, MISTAKE_CHARACTERS) }),
    status,
  };
}
