import type { Annotation, Replay, ReplayVerdict, Step, Trajectory } from "@culprit/schemas";
import { wilson } from "../evaluation/wilson.ts";
import type { Tally } from "./comparison.ts";
import type { Trial } from "./step-trial.ts";

type Label = Omit<Annotation, "project">;

export interface Findings {
  trajectory: Trajectory;
  agentSteps: readonly Step[];
  /** By step. */
  trials: readonly Trial[];
  replays: readonly Replay[];
  /** The step the attributor blamed. */
  predicted: number | undefined;
  /** The step of which it is known already that no earlier one decides. */
  provenEarliest: number | undefined;
  /** Why nothing could be tried at all. */
  problem: { status: "invalid" | "unknown"; reason: string } | undefined;
}

/** What the trials of a run add up to. Pure but for the time of the labels. */
export function conclude(findings: Findings): {
  verdict: ReplayVerdict;
  annotation: Label | null;
  refuted: Label | null;
} {
  const { trajectory, agentSteps, trials, replays, problem } = findings;
  const counted = replays.filter((replay) => replay.intervention.kind !== "placebo").length;
  const base = { trace_id: trajectory.trace_id, replays: counted };
  const decisive = trials.find((trial) => trial.verdict === "flipped");
  if (decisive === undefined) {
    const placebo = tally(replays.filter((replay) => replay.intervention.kind === "placebo"));
    const { status, reason } = problem ?? unflipped(agentSteps, trials);
    return { verdict: { ...base, status, decisive: null, placebo, reason }, annotation: null, refuted: null };
  }
  const open = agentSteps.filter(
    ({ index }) =>
      index < decisive.step.index &&
      decisive.step.index !== findings.provenEarliest &&
      !settled(trials.find((trial) => trial.step.index === index)),
  );
  const earliest = open.length === 0 ? "proven" : "not proven";
  const reason = [
    `Correcting step ${decisive.step.index} (${decisive.step.agent}) turns the failure into a success: ${rate(decisive.corrected)} replays succeeded, with the original action ${rate(decisive.placebo)}.`,
    earliest === "proven"
      ? "No earlier step does."
      : `Not ruled out: ${open.map((step) => `step ${step.index} (${step.agent})`).join(", ")}.`,
  ].join(" ");
  const found = { agent: decisive.step.agent, step: decisive.step.index, earliest } as const;
  return {
    verdict: { ...base, status: "flipped", decisive: found, placebo: decisive.placebo, reason },
    annotation: label(trajectory, decisive, "confirmed", reason, earliest),
    refuted: refutation(findings, decisive, earliest),
  };
}

/**
 * A prediction is a claim about the earliest decisive step, so a flip before it refutes it even where its own
 * correction would flip as well. A flip after it refutes it only when the predicted step was itself corrected, without
 * avail, and the finding is proven: then it is not decisive for this oracle. Where nothing flips nothing is refuted;
 * the oracle may simply be too weak.
 */
function refutation(
  { trajectory, trials, predicted, agentSteps }: Findings,
  decisive: Trial,
  earliest: "proven" | "not proven",
): Label | null {
  if (predicted === undefined || predicted === decisive.step.index) return null;
  const own = trials.find((trial) => trial.step.index === predicted);
  const step = agentSteps.find((candidate) => candidate.index === predicted);
  if (step === undefined) return null;
  const later = decisive.step.index > predicted;
  if (later && (own?.verdict !== "held" || earliest !== "proven")) return null;
  const why = later
    ? `Correcting it does not save the run (${rate(own?.corrected ?? { k: 0, successes: 0 })} replays succeeded); correcting step ${decisive.step.index} (${decisive.step.agent}) does.`
    : `The run is saved earlier, by correcting step ${decisive.step.index} (${decisive.step.agent}).`;
  return label(trajectory, later && own ? own : { ...decisive, step }, "refuted", why, earliest);
}

function label(
  trajectory: Trajectory,
  trial: Trial,
  verdict: Label["verdict"],
  reason: string,
  earliest: Label["earliest"],
): Label {
  const { agent, index } = trial.step;
  return {
    annotation_id: `counterfactual-${trajectory.trace_id}-${index}`,
    trace_id: trajectory.trace_id,
    agent,
    step: index,
    evidence: "counterfactual",
    verdict,
    reason,
    replay_id: trial.replay?.replay_id ?? "",
    correction: verdict === "confirmed" ? (trial.replay?.intervention.action ?? "") : "",
    earliest,
    placebo_k: trial.placebo.k,
    placebo_successes: trial.placebo.successes,
    created_at: new Date().toISOString(),
  };
}

function unflipped(
  agentSteps: readonly Step[],
  trials: readonly Trial[],
): { status: "not_flipped" | "invalid" | "unknown"; reason: string } {
  const open = trials.filter((trial) => trial.verdict === "untested");
  if (open.length === 0 && trials.length < agentSteps.length)
    return { status: "not_flipped", reason: partly(agentSteps, trials) };
  if (open.length === 0) {
    const held = trials.filter((trial) => trial.verdict === "held").length;
    return {
      status: "not_flipped",
      reason: `No correction turns the failure into a success: ${held} of ${trials.length} agent steps were corrected, the others needed nothing.`,
    };
  }
  const worst = open.find((trial) => trial.cause === "invalid") ?? open[0];
  return {
    status: worst?.cause ?? "unknown",
    reason:
      `No flip was found, and ${open.length} of ${agentSteps.length} agent steps could not be tested. ${worst?.reason ?? ""}`.trim(),
  };
}

/** Where only some steps were to be tried, nothing is said of the others. */
function partly(agentSteps: readonly Step[], trials: readonly Trial[]): string {
  const said = trials.map(({ step, verdict, corrected }) =>
    verdict === "right"
      ? `Nothing was proposed to correct at step ${step.index} (${step.agent}).`
      : `Correcting step ${step.index} (${step.agent}) does not turn the failure into a success: ${rate(corrected)} replays succeeded.`,
  );
  return [...said, `The other ${agentSteps.length - trials.length} agent steps were not tried.`].join(" ");
}

function settled(trial: Trial | undefined): boolean {
  return trial?.verdict === "held" || trial?.verdict === "right";
}

function tally(replays: readonly Replay[]): Tally {
  const decided = replays.filter((replay) => replay.status === "success" || replay.status === "failure");
  return { k: decided.length, successes: decided.filter((replay) => replay.status === "success").length };
}

function rate({ k, successes }: Tally): string {
  if (k <= 1) return `${successes} of ${k}`;
  const { low, high } = wilson(successes, k);
  return `${successes} of ${k} (95 % interval ${low.toFixed(2)} to ${high.toFixed(2)})`;
}
