import {
  type Annotation,
  CulpritError,
  type Replay,
  type ReplayVerdict,
  type Step,
  type Trajectory,
} from "@culprit/schemas";
import type { ScrubRule } from "./canonical.ts";
import type { Driver } from "./driver.ts";
import { fisherExact } from "./exact-test.ts";
import type { ReplayIntervention } from "./intervention.ts";
import type { Oracle } from "./oracle.ts";
import { replayRun } from "./replay-run.ts";
import { NotDeterministic, type Trial, type TrialOptions, tryStep } from "./step-trial.ts";
import { conclude } from "./verdict.ts";

export interface SearchOptions {
  /** A failed run. */
  trajectory: Trajectory;
  oracle: Oracle;
  driver: Driver;
  /**
   * `exhaustive` is Algorithm 1 of AgenTracer over the agent steps: t = 0…T, stopping at the first flip. `guided`
   * (default) tries `candidates` first and then every agent step before the best flip; it finds the same step, sooner
   * when the candidates are good.
   */
  mode?: "exhaustive" | "guided";
  /** Steps the attributor blames, likeliest first. The first one is its prediction, which a finding may refute. */
  candidates?: readonly number[];
  /** Most replays in all, placebos and repetitions included. Unbounded when not given. The oracle is still asked. */
  budget?: number;
  /** Control of a system that does not repeat itself: `k` replays a side (default 5), compared at `level` (0.05). */
  placebo?: { k?: number; level?: number };
  timeoutMs?: number;
  scrubRules?: readonly ScrubRule[];
  /** Who proposes corrections; `function:NAME` of the oracle when not given. */
  oracleName?: string;
  /** Told of each replay as soon as it is over, to store it. */
  onReplay?: (replay: Replay) => void | Promise<void>;
}

type Label = Omit<Annotation, "project">;

export interface SearchResult {
  verdict: ReplayVerdict;
  /** Every replay executed, in order, placebos included. */
  replays: Replay[];
  /** The decisive step, confirmed. */
  annotation: Label | null;
  /** The attributor's prediction, where the finding rules it out. */
  refuted: Label | null;
  /** What was found out about each step, by step. */
  trials: Trial[];
}

const DEFAULT_K = 5;
const DEFAULT_LEVEL = 0.05;

/**
 * Searches the decisive error (i*, t*): the earliest agent step whose correction turns the failure into a success
 * (AgenTracer, Eq. 5), more often than re-running it with its original action does.
 *
 * First one placebo, the original action at the first agent step with everything after it live. When it does not do
 * what was recorded before that, the system has changed: `invalid`. When it repeats the recorded run to the letter,
 * the system is taken as deterministic: one replay rules a step out, and a flip is repeated once beside a placebo at
 * its own step. When that does not come out the same, or the first placebo did not, `placebo.k` replays a side are
 * compared by an exact test.
 *
 * `not_flipped` is claimed only when every agent step was tested or needed no correction. `earliest` is `proven` when
 * every agent step before t* was.
 *
 * @throws CulpritError `not_a_failed_run`; `too_few_replays` when `k` a side could never reach `level`
 */
export async function searchDecisive(options: SearchOptions): Promise<SearchResult> {
  const { trajectory, mode = "guided", placebo = {} } = options;
  if (trajectory.outcome.outcome !== "failure") {
    throw new CulpritError("not_a_failed_run", `Run ${trajectory.trace_id} did not fail, so nothing broke it.`, {
      mend: "Search failed runs only.",
    });
  }
  const { k = DEFAULT_K, level = DEFAULT_LEVEL } = placebo;
  if (!(fisherExact(k, k, 0, k) <= level)) {
    throw new CulpritError("too_few_replays", `${k} replays a side can never differ at level ${level}.`, {
      mend: "Raise placebo.k or placebo.level.",
    });
  }
  const replays: Replay[] = [];
  const agentSteps = trajectory.steps.filter((step) => step.role === "agent");
  const finish = (trials: Trial[], problem?: Parameters<typeof conclude>[0]["problem"]) => ({
    ...conclude({ trajectory, agentSteps, trials, replays, predicted: options.candidates?.[0], problem }),
    replays,
    trials,
  });
  const [first] = agentSteps;
  if (first === undefined) return finish([], { status: "invalid", reason: "The run has no agent step." });

  const execute = executor(options, replays);
  const control = await execute(placeboAt(first));
  if (control === null) return finish([], { status: "unknown", reason: "The budget allows no replay." });
  const { status, reason } = control.replay;
  if (status === "invalid" || status === "unknown") return finish([], { status, reason });

  const trial: TrialOptions = {
    trajectory,
    oracle: options.oracle,
    oracleName: options.oracleName ?? `function:${options.oracle.name || "oracle"}`,
    execute,
    deterministic: control.reproduced && status === "failure",
    k,
    level,
  };
  const candidates = mode === "guided" ? (options.candidates ?? []) : [];
  const tried = await tryAll(agentSteps, candidates, trial).catch((error: unknown) => {
    if (!(error instanceof NotDeterministic)) throw error;
    return tryAll(agentSteps, candidates, { ...trial, deterministic: false });
  });
  return finish([...tried.values()].sort((left, right) => left.step.index - right.step.index));
}

async function tryAll(
  agentSteps: readonly Step[],
  candidates: readonly number[],
  options: TrialOptions,
): Promise<Map<number, Trial>> {
  const tried = new Map<number, Trial>();
  for (const step of order(agentSteps, candidates, tried)) tried.set(step.index, await tryStep(step, options));
  return tried;
}

/** Which step to try next, given what was found so far. */
function* order(
  agentSteps: readonly Step[],
  candidates: readonly number[],
  tried: ReadonlyMap<number, Trial>,
): Generator<Step> {
  const flipped = () => [...tried.values()].some((trial) => trial.verdict === "flipped");
  for (const candidate of new Set(candidates)) {
    const step = agentSteps.find(({ index }) => index === candidate);
    if (step !== undefined) yield step;
    if (flipped()) break;
  }
  for (const step of agentSteps) {
    const here = tried.get(step.index);
    if (here === undefined) yield step;
    if (tried.get(step.index)?.verdict === "flipped") return;
  }
}

function executor(options: SearchOptions, replays: Replay[]): TrialOptions["execute"] {
  const { trajectory, driver, timeoutMs, scrubRules, budget = Number.POSITIVE_INFINITY, onReplay } = options;
  return async (intervention) => {
    if (replays.length >= budget) return null;
    const result = await replayRun({
      trajectory,
      intervention,
      driver,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(scrubRules === undefined ? {} : { scrubRules }),
    });
    replays.push(result.replay);
    await onReplay?.(result.replay);
    return result;
  };
}

function placeboAt(step: Step): ReplayIntervention {
  return { kind: "placebo", step: step.index, agent: step.agent, action: "", oracle: "record" };
}
