import { describeError, type Replay, type Step, type Trajectory } from "@culprit/schemas";
import { type ComparisonOptions, comparePlacebo, NO_REPLAYS, type Tally } from "./comparison.ts";
import { RefusedIntervention } from "./intervention.ts";
import type { Oracle } from "./oracle.ts";

/** What correcting one step did. */
export interface Trial {
  step: Step;
  /**
   * - `flipped`: the correction beats the placebo
   * - `held`: it does not
   * - `right`: the oracle has nothing to correct
   * - `untested`: refused, drifted, crashed, timed out, or past the budget; `reason` says which
   */
  verdict: "flipped" | "held" | "right" | "untested";
  /** Status of the replay that left it untested. */
  cause: "invalid" | "unknown";
  reason: string;
  corrected: Tally;
  placebo: Tally;
  /** The first replay that succeeded, else the first there is. */
  replay: Replay | null;
}

export interface TrialOptions extends Omit<ComparisonOptions, "wanted"> {
  trajectory: Trajectory;
  oracle: Oracle;
  oracleName: string;
}

/**
 * Corrects one step and compares the outcome with the placebo's.
 *
 * @throws NotDeterministic
 */
export async function tryStep(step: Step, options: TrialOptions): Promise<Trial> {
  const trial: Trial = {
    step,
    verdict: "untested",
    cause: "unknown",
    reason: "",
    corrected: NO_REPLAYS,
    placebo: NO_REPLAYS,
    replay: null,
  };
  let correction: Awaited<ReturnType<Oracle>>;
  try {
    correction = await options.oracle({ trajectory: options.trajectory, step });
  } catch (error) {
    return { ...trial, reason: `The oracle failed at step ${step.index}: ${describeError(error)}` };
  }
  if (correction === null) return { ...trial, verdict: "right", reason: "The oracle has nothing to correct." };
  const { content, tool_calls = [] } = typeof correction === "string" ? { content: correction } : correction;
  const intervention = {
    kind: "correction",
    step: step.index,
    agent: step.agent,
    action: content,
    tool_calls,
    oracle: options.oracleName,
  } as const;
  try {
    const { tested, ...rest } = await comparePlacebo(intervention, { ...options, wanted: "success" });
    return { ...trial, ...rest, corrected: tested };
  } catch (error) {
    if (error instanceof RefusedIntervention) return { ...trial, reason: describeError(error) };
    throw error;
  }
}
