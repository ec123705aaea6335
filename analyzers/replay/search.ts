import { type Annotation, CulpritError, type Replay, type ReplayVerdict, type Step } from "@culprit/schemas";
import PQueue from "p-queue";
import type { Spent } from "./budget.ts";
import { NotDeterministic } from "./comparison.ts";
import { fisherExact } from "./exact-test.ts";
import { createExecutor, type ExecutorOptions } from "./executor.ts";
import type { ReplayIntervention } from "./intervention.ts";
import type { Oracle } from "./oracle.ts";
import { type Trial, type TrialOptions, tryStep } from "./step-trial.ts";
import { conclude } from "./verdict.ts";

export interface SearchOptions extends ExecutorOptions {
  oracle: Oracle;
  /**
   * `exhaustive` is Algorithm 1 of AgenTracer over the agent steps: t = 0…T, stopping at the first flip. `guided`
   * (default) tries `candidates` first and then every agent step before the best flip; it finds the same step, sooner
   * when the candidates are good.
   */
  mode?: "exhaustive" | "guided";
  /** Steps the attributor blames, likeliest first. The first one is its prediction, which a finding may refute. */
  candidates?: readonly number[];
  /** Only these steps are tried; what is said then rests on them alone. */
  only?: readonly number[];
  /** A step of which replays before have proven that no earlier one decides; it stays proven when `only` it is tried. */
  provenEarliest?: number;
  /** Steps tried at a time. Default 1. The system must stand being run that often at once. */
  parallel?: number;
  /** Control of a system that does not repeat itself: `k` replays a side (default 5), compared at `level` (0.05). */
  placebo?: { k?: number; level?: number };
  /** Who proposes corrections; `function:NAME` of the oracle when not given. */
  oracleName?: string;
}

type Label = Omit<Annotation, "project">;

export interface SearchResult {
  verdict: ReplayVerdict;
  /** The replays this rests on, in order of their end, placebos and known ones included. */
  replays: Replay[];
  /** The decisive step, confirmed. */
  annotation: Label | null;
  /** The attributor's prediction, where the finding rules it out. */
  refuted: Label | null;
  /** What was found out about each step, by step. */
  trials: Trial[];
  /** What it took; known replays took nothing. */
  spent: Spent;
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
 * `not_flipped` is claimed only when every agent step (of `only`, where that is given) was tested or needed no correction.
 * `earliest` is `proven` when every agent step before t* was.
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
  const { execute, replays, purse } = createExecutor(options);
  const agentSteps = trajectory.steps.filter((step) => step.role === "agent");
  const finish = (trials: Trial[], problem?: Parameters<typeof conclude>[0]["problem"]) => ({
    ...conclude({
      ...{ trajectory, agentSteps, trials, replays, problem },
      predicted: options.candidates?.[0],
      provenEarliest: options.provenEarliest,
    }),
    replays,
    trials,
    spent: purse.spent(),
  });
  const [first] = agentSteps;
  if (first === undefined) return finish([], { status: "invalid", reason: "The run has no agent step." });

  const control = await execute(placeboAt(first));
  if (control === null) return finish([], { status: "unknown", reason: "The budget allows no replay." });
  const { status, reason } = control.replay;
  if (status === "invalid" || status === "unknown") return finish([], { status, reason });

  const trial = {
    parallel: options.parallel ?? 1,
    trajectory,
    oracle: options.oracle,
    oracleName: options.oracleName ?? `function:${options.oracle.name || "oracle"}`,
    execute,
    deterministic: control.reproduced && status === "failure",
    k,
    level,
  };
  const { only } = options;
  const tested = only === undefined ? agentSteps : agentSteps.filter(({ index }) => only.includes(index));
  const candidates = mode === "guided" ? (options.candidates ?? []).filter((at) => only?.includes(at) ?? true) : [];
  const tried = await tryAll(tested, candidates, trial).catch((error: unknown) => {
    if (!(error instanceof NotDeterministic)) throw error;
    return tryAll(tested, candidates, { ...trial, deterministic: false });
  });
  return finish([...tried.values()].sort((left, right) => left.step.index - right.step.index));
}

/**
 * Tries the candidates, then every agent step before the best flip so far, in order, up to `parallel` at a time. Steps
 * after a flip are not started; those that were already running are waited for and change nothing.
 */
async function tryAll(
  agentSteps: readonly Step[],
  candidates: readonly number[],
  { parallel, ...options }: TrialOptions & { parallel: number },
): Promise<Map<number, Trial>> {
  const tried = new Map<number, Trial>();
  const queue = new PQueue({ concurrency: parallel });
  let best = Number.POSITIVE_INFINITY;
  let failed: { error: unknown } | null = null;
  const attempt = async (step: Step) => {
    if (failed !== null || step.index >= best || tried.has(step.index)) return;
    try {
      const trial = await tryStep(step, options);
      tried.set(step.index, trial);
      if (trial.verdict === "flipped") best = Math.min(best, step.index);
    } catch (error) {
      failed ??= { error };
    }
  };
  const named = [...new Set(candidates)].flatMap(
    (candidate) => agentSteps.find(({ index }) => index === candidate) ?? [],
  );
  for (const steps of [named, agentSteps]) await queue.addAll(steps.map((step) => () => attempt(step)));
  if (failed !== null) throw (failed as { error: unknown }).error;
  return tried;
}

function placeboAt(step: Step): ReplayIntervention {
  return { kind: "placebo", step: step.index, agent: step.agent, action: "", oracle: "record" };
}
