import type { Attribution, AttributionStatus, Trajectory } from "@culprit/schemas";
import { RUN_LIMIT_REASON } from "./endpoint/cost.ts";
import type { Budget, Strategy, StrategyAnswer } from "./strategy.ts";

export interface AttributeTrajectoryOptions {
  /** Asked when the strategy gave no blame for a reason of its own, and marked `degraded`. */
  fallback?: Strategy | undefined;
  /** Let strategies read `trajectory.ground_truth`. The version is marked, so such results never pass for others. */
  groundTruth?: boolean;
  /** What the strategy may use of its endpoint. */
  budget?: Budget | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** Statuses in which a strategy failed, rather than looked and declined. */
const FAILED: readonly AttributionStatus[] = [
  "tracer_unavailable",
  "unparsable_answer",
  "unknown_agent",
  "unknown_step",
  "too_long",
];

/**
 * The decisive error of one run as `strategy` sees it, or the typed reason why there is none: runs that did not fail,
 * whose outcome is unknown, or without an agent step are not put to the strategy at all. Never throws for what the
 * run contains or an endpoint answers.
 *
 * @throws the signal's reason when `signal` aborts
 */
export async function attributeTrajectory(
  trajectory: Trajectory,
  strategy: Strategy,
  options: AttributeTrajectoryOptions = {},
): Promise<Attribution> {
  const now = options.now ?? Date.now;
  const began = performance.now();
  const answer = unaskable(trajectory) ?? (await ask(trajectory, strategy, options));
  return {
    project: trajectory.project,
    trace_id: trajectory.trace_id,
    strategy: strategy.name,
    strategy_version: options.groundTruth === true ? `${strategy.version}+ground-truth` : strategy.version,
    cause: null,
    answered_by: "",
    ...answer,
    duration_ms: performance.now() - began,
    created_at: new Date(now()).toISOString(),
  };
}

/** Whether trying again later may give a better attribution: the endpoint was away, neither wrong nor too dear. */
export function isTransient({ status, cause, reason }: Pick<Attribution, "status" | "cause" | "reason">): boolean {
  if (reason.replace(/^tracer_unavailable: /, "").startsWith(RUN_LIMIT_REASON)) return false;
  return (status === "degraded" ? cause : status) === "tracer_unavailable";
}

async function ask(
  trajectory: Trajectory,
  strategy: Strategy,
  { fallback, groundTruth, budget, signal }: AttributeTrajectoryOptions,
): Promise<StrategyAnswer & Partial<Pick<Attribution, "cause" | "answered_by">>> {
  const options = { groundTruth: groundTruth ?? false, budget, ...(signal === undefined ? {} : { signal }) };
  const answer = checked(await strategy.attribute(trajectory, options), trajectory);
  if (fallback === undefined || !FAILED.includes(answer.status)) return answer;
  const second = checked(await fallback.attribute(trajectory, options), trajectory);
  if (second.status !== "attributed") return answer;
  return {
    ...second,
    status: "degraded",
    cause: answer.status,
    answered_by: fallback.name,
    reason: `${answer.reason} The ${fallback.name} answered instead: ${second.reason}`,
    input_tokens: answer.input_tokens + second.input_tokens,
    output_tokens: answer.output_tokens + second.output_tokens,
  };
}

function unaskable(trajectory: Trajectory): StrategyAnswer | undefined {
  const { outcome } = trajectory.outcome;
  if (outcome === "success") return noBlame("not_failed", "The run succeeded.");
  if (outcome === "unknown") return noBlame("outcome_unknown", "Nobody has said whether the run succeeded.");
  if (!trajectory.steps.some(({ role }) => role === "agent")) {
    return noBlame("no_agent_step", "The run has no agent step that could be blamed.");
  }
  return undefined;
}

/** A blame must be an agent's step of this run, whoever stated it. */
function checked(answer: StrategyAnswer, trajectory: Trajectory): StrategyAnswer {
  const confidence = Math.min(1, Math.max(0, Number.isFinite(answer.confidence) ? answer.confidence : 0));
  if (answer.agent === null || answer.step === null) return { ...answer, agent: null, step: null, confidence: 0 };
  const refused = { ...answer, agent: null, step: null, confidence: 0 };
  if (trajectory.steps[answer.step]?.role !== "agent") {
    return { ...refused, status: "unknown_step", reason: `Step ${answer.step} is no agent step of this run.` };
  }
  if (!trajectory.agents.includes(answer.agent)) {
    return { ...refused, status: "unknown_agent", reason: `“${answer.agent}” is no agent of this run.` };
  }
  return { ...answer, confidence };
}

function noBlame(status: AttributionStatus, reason: string): StrategyAnswer {
  return { status, agent: null, step: null, reason, confidence: 0, model: "", input_tokens: 0, output_tokens: 0 };
}
