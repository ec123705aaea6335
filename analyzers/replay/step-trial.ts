import { describeError, type Replay, type Step, type Trajectory } from "@culprit/schemas";
import { fisherExact } from "./exact-test.ts";
import { RefusedIntervention, type ReplayIntervention } from "./intervention.ts";
import type { Oracle } from "./oracle.ts";
import type { ReplayRunResult } from "./replay-run.ts";

/** Successes among replays that ended in an outcome. */
export interface Tally {
  k: number;
  successes: number;
}

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

/** Runs one replay, or null once the budget is spent. */
export type Execute = (intervention: ReplayIntervention) => Promise<ReplayRunResult | null>;

export interface TrialOptions {
  trajectory: Trajectory;
  oracle: Oracle;
  oracleName: string;
  execute: Execute;
  /** The system was seen to repeat itself exactly: one replay rules a step out, and a flip is repeated once. */
  deterministic: boolean;
  /** Replays a side otherwise. */
  k: number;
  /** The exact test's level. */
  level: number;
}

/** A system taken as deterministic did not repeat itself after all; what single replays said does not count. */
export class NotDeterministic extends Error {
  override readonly name = "NotDeterministic";
}

const NONE: Tally = { k: 0, successes: 0 };
const SPENT = "The budget was spent before this step could be tested.";

/** Corrects one step and compares the outcome with the placebo's. */
export async function tryStep(step: Step, options: TrialOptions): Promise<Trial> {
  const trial: Trial = {
    step,
    verdict: "untested",
    cause: "unknown",
    reason: "",
    corrected: NONE,
    placebo: NONE,
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
    return await compare(trial, intervention, options);
  } catch (error) {
    if (error instanceof RefusedIntervention) return { ...trial, reason: describeError(error) };
    throw error;
  }
}

async function compare(trial: Trial, intervention: ReplayIntervention, options: TrialOptions): Promise<Trial> {
  if (options.deterministic) return repeatExactly(trial, intervention, options);
  const { execute, k, level } = options;
  const wins = (corrected: Tally, placebo: Tally, n: number) =>
    fisherExact(corrected.successes, corrected.k, placebo.successes, n) <= level;
  const possible = ({ successes }: Tally, left: number) => wins({ k, successes: successes + left }, NONE, k);
  const corrected = await sample(intervention, k, execute, possible);
  const tested: Trial = { ...trial, corrected: corrected.tally, replay: corrected.replay };
  if (corrected.failure !== null) return { ...tested, ...corrected.failure };
  if (!possible(corrected.tally, 0)) return { ...tested, verdict: "held" };
  const still = (tally: Tally) => wins(corrected.tally, tally, k);
  const placebo = await sample({ ...intervention, kind: "placebo" }, k, execute, still);
  const controlled: Trial = { ...tested, placebo: placebo.tally };
  if (placebo.failure !== null) return { ...controlled, ...placebo.failure };
  return { ...controlled, verdict: still(placebo.tally) ? "flipped" : "held" };
}

/**
 * One replay rules the step out. A flip is believed once it has come twice, and the original action, served again at
 * this very step, has failed again exactly as recorded: one lucky answer of a judge that says little is no flip.
 *
 * @throws NotDeterministic when either is not so
 */
async function repeatExactly(
  trial: Trial,
  intervention: ReplayIntervention,
  { execute }: TrialOptions,
): Promise<Trial> {
  const first = await sample(intervention, 1, execute, () => true);
  const tested: Trial = { ...trial, corrected: first.tally, replay: first.replay };
  if (first.failure !== null) return { ...tested, ...first.failure };
  if (first.tally.successes === 0) return { ...tested, verdict: "held" };
  const placebo = await sample({ ...intervention, kind: "placebo" }, 1, execute, () => true);
  const controlled: Trial = { ...tested, placebo: placebo.tally };
  if (placebo.failure !== null) return { ...controlled, ...placebo.failure };
  if (!placebo.reproduced || placebo.tally.successes > 0) throw new NotDeterministic();
  const second = await sample(intervention, 1, execute, () => true);
  if (second.failure !== null) return { ...controlled, ...second.failure };
  if (second.tally.successes === 0) throw new NotDeterministic();
  return { ...controlled, verdict: "flipped", corrected: { k: 2, successes: 2 } };
}

interface Sample {
  tally: Tally;
  replay: Replay | null;
  failure: Pick<Trial, "cause" | "reason"> | null;
  /** The last replay did exactly what was recorded. */
  reproduced: boolean;
}

/** Up to `most` replays; stops when `open` says that the rest cannot change the answer, or at one without outcome. */
async function sample(
  intervention: ReplayIntervention,
  most: number,
  execute: Execute,
  open: (tally: Tally, left: number) => boolean,
): Promise<Sample> {
  let tally = NONE;
  let shown: Replay | null = null;
  let reproduced = false;
  while (tally.k < most && open(tally, most - tally.k)) {
    const result = await execute(intervention);
    if (result === null) return { tally, replay: shown, failure: { cause: "unknown", reason: SPENT }, reproduced };
    const { status, reason } = result.replay;
    if (status === "invalid" || status === "unknown") {
      return { tally, replay: shown ?? result.replay, failure: { cause: status, reason }, reproduced };
    }
    if (shown === null || (shown.status !== "success" && status === "success")) shown = result.replay;
    tally = { k: tally.k + 1, successes: tally.successes + (status === "success" ? 1 : 0) };
    reproduced = result.reproduced;
  }
  return { tally, replay: shown, failure: null, reproduced };
}
