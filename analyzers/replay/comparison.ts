import type { Replay } from "@culprit/schemas";
import { fisherExact } from "./exact-test.ts";
import type { ReplayIntervention } from "./intervention.ts";
import type { ReplayRunResult } from "./replay-run.ts";

/** Successes among replays that ended in an outcome. */
export interface Tally {
  k: number;
  successes: number;
}

/** Runs one replay, or null once the budget is spent. */
export type Execute = (intervention: ReplayIntervention) => Promise<ReplayRunResult | null>;

export interface ComparisonOptions {
  execute: Execute;
  /** The system was seen to repeat itself exactly: one replay rules a step out, and a flip is repeated once. */
  deterministic: boolean;
  /** Replays a side otherwise. */
  k: number;
  /** The exact test's level. */
  level: number;
  /** The outcome the intervention is to bring about. */
  wanted: "success" | "failure";
}

/** What an intervention did, beside the original action at the same step. */
export interface Comparison {
  /**
   * - `flipped`: the intervention brings the wanted outcome about, more often than the original action does
   * - `held`: it does not
   * - `untested`: a replay drifted, crashed, timed out, or was past the budget; `reason` says which
   */
  verdict: "flipped" | "held" | "untested";
  /** Status of the replay that left it untested. */
  cause: "invalid" | "unknown";
  reason: string;
  /** Outcomes with the intervention. */
  tested: Tally;
  placebo: Tally;
  /** The first replay with the wanted outcome, else the first there is. */
  replay: Replay | null;
}

/** A system taken as deterministic did not repeat itself after all; what single replays said does not count. */
export class NotDeterministic extends Error {
  override readonly name = "NotDeterministic";
}

export const NO_REPLAYS: Tally = { k: 0, successes: 0 };
const SPENT = "The budget was spent before this step could be tested.";

/**
 * Compares an intervention with the placebo at its step. Both sides stop as soon as the rest can't change the answer.
 *
 * @throws RefusedIntervention, NotDeterministic
 */
export async function comparePlacebo(
  intervention: ReplayIntervention,
  options: ComparisonOptions,
): Promise<Comparison> {
  if (options.deterministic) return repeatExactly(intervention, options);
  const { k, level, wanted } = options;
  const hits = (tally: Tally) => (wanted === "success" ? tally.successes : tally.k - tally.successes);
  const wins = (tested: number, placebo: number) => fisherExact(tested, k, placebo, k) <= level;
  const possible = (tally: Tally, left: number) => wins(hits(tally) + left, 0);
  const tested = await sample(intervention, k, options, possible);
  const result: Comparison = { ...UNTESTED, tested: tested.tally, replay: tested.replay };
  if (tested.failure !== null) return { ...result, ...tested.failure };
  if (!possible(tested.tally, 0)) return { ...result, verdict: "held" };
  const still = (tally: Tally) => wins(hits(tested.tally), hits(tally));
  const placebo = await sample({ ...intervention, kind: "placebo" }, k, options, still);
  const controlled: Comparison = { ...result, placebo: placebo.tally };
  if (placebo.failure !== null) return { ...controlled, ...placebo.failure };
  return { ...controlled, verdict: still(placebo.tally) ? "flipped" : "held" };
}

const UNTESTED: Comparison = {
  verdict: "untested",
  cause: "unknown",
  reason: "",
  tested: NO_REPLAYS,
  placebo: NO_REPLAYS,
  replay: null,
};

/**
 * One replay rules the step out. A flip is believed once it has come twice, and the original action, served again at
 * this very step, has ended again exactly as recorded: one lucky answer of a judge that says little is no flip.
 */
async function repeatExactly(intervention: ReplayIntervention, options: ComparisonOptions): Promise<Comparison> {
  const hit = ({ k, successes }: Tally) => (options.wanted === "success" ? successes > 0 : successes < k);
  const first = await sample(intervention, 1, options, () => true);
  const result: Comparison = { ...UNTESTED, tested: first.tally, replay: first.replay };
  if (first.failure !== null) return { ...result, ...first.failure };
  if (!hit(first.tally)) return { ...result, verdict: "held" };
  const placebo = await sample({ ...intervention, kind: "placebo" }, 1, options, () => true);
  const controlled: Comparison = { ...result, placebo: placebo.tally };
  if (placebo.failure !== null) return { ...controlled, ...placebo.failure };
  if (!placebo.reproduced || hit(placebo.tally)) throw new NotDeterministic();
  const second = await sample(intervention, 1, options, () => true);
  if (second.failure !== null) return { ...controlled, ...second.failure };
  if (!hit(second.tally)) throw new NotDeterministic();
  return { ...controlled, verdict: "flipped", tested: { k: 2, successes: first.tally.successes * 2 } };
}

interface Sample {
  tally: Tally;
  replay: Replay | null;
  failure: Pick<Comparison, "cause" | "reason"> | null;
  /** The last replay did exactly what was recorded. */
  reproduced: boolean;
}

/** Up to `most` replays; stops when `open` says that the rest cannot change the answer, or at one without outcome. */
async function sample(
  intervention: ReplayIntervention,
  most: number,
  { execute, wanted }: ComparisonOptions,
  open: (tally: Tally, left: number) => boolean,
): Promise<Sample> {
  let tally = NO_REPLAYS;
  let shown: Replay | null = null;
  let reproduced = false;
  while (tally.k < most && open(tally, most - tally.k)) {
    const result = await execute(intervention);
    if (result === null) return { tally, replay: shown, failure: { cause: "unknown", reason: SPENT }, reproduced };
    const { status, reason } = result.replay;
    if (status === "invalid" || status === "unknown") {
      return { tally, replay: shown ?? result.replay, failure: { cause: status, reason }, reproduced };
    }
    if (shown === null || (shown.status !== wanted && status === wanted)) shown = result.replay;
    tally = { k: tally.k + 1, successes: tally.successes + (status === "success" ? 1 : 0) };
    reproduced = result.reproduced;
  }
  return { tally, replay: shown, failure: null, reproduced };
}
