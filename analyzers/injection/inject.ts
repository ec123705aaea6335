import { type Annotation, CulpritError, type Replay, type Step, type Trajectory } from "@culprit/schemas";
import { actionOf, actionText, comparableAction } from "../replay/action.ts";
import type { Spent } from "../replay/budget.ts";
import { type Comparison, comparePlacebo, type Execute, NotDeterministic, type Tally } from "../replay/comparison.ts";
import { createExecutor, type ExecutorOptions } from "../replay/executor.ts";
import type { Fault, FaultOperator } from "./operator.ts";
import { seededRandom } from "./random.ts";

export interface InjectOptions extends ExecutorOptions {
  /** At each step the seed chooses one of those that have something to work on there. */
  operators: readonly FaultOperator[];
  seed: number;
  /** K: how many agent steps are sampled, of those where an operator has something to work on. Default 3. */
  steps?: number;
  /** Only steps after this one. */
  after?: number;
  /** Go on after the first fault that made the run fail; Algorithm 1 stops there. */
  all?: boolean;
  /** Reads the stored run of a replay, to look for the fault in it; null when it is not stored. */
  read: (traceId: string) => Promise<Trajectory | null>;
  /** Control of a system that does not repeat itself: `k` replays a side (default 5), compared at `level` (0.05). */
  placebo?: { k?: number; level?: number };
  signal?: AbortSignal;
}

/** One fault that was tried. */
export interface Injection {
  operator: string;
  /** 0-based, in the run that the fault was put into. */
  step: number;
  agent: string;
  /**
   * - `kept`: served, and it made the run fail
   * - `survived`: served, and the run succeeded, or failed no more often than without it
   * - `not_found`: the failed run is not stored, or the fault is not in it
   * - `invalid`, `unknown`: as of a replay
   */
  status: "kept" | "survived" | "not_found" | "invalid" | "unknown";
  reason: string;
  replay: Replay | null;
  /** Of the failed run. */
  label: Omit<Annotation, "project"> | null;
}

export interface InjectResult {
  injections: Injection[];
  /** Every replay executed, in order, placebos included. */
  replays: Replay[];
  /** What it took; known replays took nothing. */
  spent?: Spent;
}

const DEFAULT_STEPS = 3;
const DEFAULT_K = 5;
const DEFAULT_LEVEL = 0.05;

/**
 * Programmatic fault injection (AgenTracer, Eq. 8 and 9; Algorithm 1, lines 9 to 17): K sampled steps of a successful
 * run, the action of one replaced by ã_t = Π(a_t), the rest run live. A run that fails then, more often than with its
 * own action, is labelled with that step by construction. Everything follows from the seed.
 *
 * @throws CulpritError `not_a_successful_run`; `model_unavailable` from a model operator
 */
export async function injectFaults(options: InjectOptions): Promise<InjectResult> {
  const { trajectory, seed, all = false, after = -1 } = options;
  if (trajectory.outcome.outcome !== "success") {
    throw new CulpritError("not_a_successful_run", `Run ${trajectory.trace_id} did not succeed.`, {
      mend: "Put faults into successful runs only.",
    });
  }
  const { execute, replays, purse } = createExecutor(options);
  const injections: Injection[] = [];
  const agentSteps = trajectory.steps.filter((step) => step.role === "agent");
  const places = agentSteps.filter((step) => step.index > after);
  let deterministic: boolean | null = null;
  for (const step of seededRandom(seed, "steps").shuffled(places)) {
    if (injections.length >= (options.steps ?? DEFAULT_STEPS)) break;
    options.signal?.throwIfAborted();
    const chosen = await choose(step, options);
    if (chosen === null) continue;
    deterministic ??= await repeatsItself(agentSteps[0] ?? step, execute);
    const injection = await tryFault(step, chosen, options, execute, deterministic).catch(async (error: unknown) => {
      if (!(error instanceof NotDeterministic)) throw error;
      deterministic = false;
      return tryFault(step, chosen, options, execute, false);
    });
    injections.push(injection);
    if (injection.status === "kept" && !all) break;
  }
  return { injections, replays, spent: purse.spent() };
}

interface Chosen {
  operator: FaultOperator;
  fault: Fault;
}

/** The fault that the seed puts at a step; null when no operator has anything to work on there. */
async function choose(step: Step, { trajectory, operators, seed, signal }: InjectOptions): Promise<Chosen | null> {
  const action = actionOf(step);
  for (const operator of seededRandom(seed, "operators", step.index).shuffled(operators)) {
    const random = seededRandom(seed, operator.name, step.index);
    const fault = await operator.apply({ trajectory, step, action, random, signal });
    if (fault !== null && comparableAction(fault.action) !== comparableAction(action)) return { operator, fault };
  }
  return null;
}

/** The original action served at the first step: everything after it comes out as recorded. */
async function repeatsItself(first: Step, execute: Execute): Promise<boolean> {
  const intervention = {
    kind: "placebo",
    step: first.index,
    agent: first.agent,
    action: "",
    oracle: "record",
  } as const;
  const control = await execute(intervention);
  return control?.reproduced === true && control.replay.status === "success";
}

async function tryFault(
  step: Step,
  { operator, fault }: Chosen,
  options: InjectOptions,
  execute: Execute,
  deterministic: boolean,
): Promise<Injection> {
  const { k = DEFAULT_K, level = DEFAULT_LEVEL } = options.placebo ?? {};
  const intervention = {
    kind: "fault",
    step: step.index,
    agent: step.agent,
    action: fault.action.content,
    tool_calls: fault.action.tool_calls,
    oracle: `operator:${operator.name}`,
  } as const;
  const compared = await comparePlacebo(intervention, { execute, deterministic, k, level, wanted: "failure" });
  const base = { operator: operator.name, step: step.index, agent: step.agent, replay: compared.replay, label: null };
  if (compared.verdict === "untested") return { ...base, status: compared.cause, reason: compared.reason };
  if (compared.verdict === "held") return { ...base, status: "survived", reason: fault.reason };
  const found = await findFault(step, fault, compared, options.read);
  if (found === null) {
    return {
      ...base,
      status: "not_found",
      reason: "The failed run is not stored, or the changed action is not in it.",
    };
  }
  return { ...base, status: "kept", reason: fault.reason, label: label(found, step, fault, compared) };
}

interface Found {
  trajectory: Trajectory;
  step: Step;
}

/** The step of the failed run that holds the fault. Parallel agents may have moved it. */
async function findFault(
  step: Step,
  fault: Fault,
  { replay }: Comparison,
  read: InjectOptions["read"],
): Promise<Found | null> {
  const trajectory = replay === null || replay.replay_trace_id === "" ? null : await read(replay.replay_trace_id);
  if (trajectory === null) return null;
  const wanted = comparableAction(fault.action);
  const holding = trajectory.steps.filter(
    (other) => other.role === "agent" && other.agent === step.agent && comparableAction(actionOf(other)) === wanted,
  );
  const nearest = holding.sort(
    (left, right) => Math.abs(left.index - step.index) - Math.abs(right.index - step.index),
  )[0];
  return nearest === undefined ? null : { trajectory, step: nearest };
}

function label(
  { trajectory, step }: Found,
  original: Step,
  fault: Fault,
  { replay, placebo }: { replay: Replay | null; placebo: Tally },
): Omit<Annotation, "project"> {
  return {
    annotation_id: `injected-${trajectory.trace_id}-${step.index}`,
    trace_id: trajectory.trace_id,
    agent: step.agent,
    step: step.index,
    evidence: "injected",
    verdict: "confirmed",
    reason: fault.reason,
    replay_id: replay?.replay_id ?? "",
    correction: actionText(actionOf(original)),
    earliest: "proven",
    placebo_k: placebo.k,
    placebo_successes: placebo.successes,
    created_at: new Date().toISOString(),
  };
}
