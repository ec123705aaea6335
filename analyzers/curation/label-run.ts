import { createHash } from "node:crypto";
import type { Annotation, Replay, TraceDetail, Trajectory } from "@culprit/schemas";
import { hasBlame } from "@culprit/schemas";
import { type InjectResult, injectFaults } from "../injection/inject.ts";
import type { FaultOperator } from "../injection/operator.ts";
import type { ReplayBudget, Spent } from "../replay/budget.ts";
import { searchDecisive } from "../replay/search.ts";
import type { ReplayTarget } from "../replay/target.ts";
import { chooseLabel } from "./annotate.ts";
import { type CurationReason, type LeftOut, leaveOut } from "./reasons.ts";

/** A stored run and the system that made it, ready to be run again. */
export interface OpenRun {
  detail: TraceDetail;
  trajectory: Trajectory;
  target: ReplayTarget;
  /** Stores one replay. */
  save(replay: Replay): Promise<void>;
  /** Stores the run that a replay made. */
  keep(traceId: string): Promise<void>;
  read(traceId: string): Promise<Trajectory | null>;
}

export interface LabelRunOptions {
  /** D+: faults for successful runs; none are put in without. */
  operators: readonly FaultOperator[];
  seed: number;
  /** K: agent steps that are sampled in a successful run. */
  steps: number;
  /** D+: go on after the first fault that made the run fail. */
  all?: boolean;
  timeoutMs: number;
  budget: ReplayBudget;
  /** Control of a system that does not repeat itself: replays a side. */
  placeboK?: number;
  annotate(label: Omit<Annotation, "project">): Promise<void>;
}

/** What labelling one run gave. */
export interface LabelledRun {
  /** Runs that now have a label. */
  labelled: string[];
  left_out: CurationReason | null;
  faults: LeftOut;
  spent: Spent;
}

const NOTHING: Spent = { replays: 0, calls: 0, tokens: 0, cost: 0, wallMs: 0 };

/**
 * Algorithm 1 of AgenTracer on one run. A failed one is replayed with corrections until the earliest decisive step is
 * found (D-, lines 1 to 8); faults are put into a successful one until it fails (D+, lines 9 to 17). A run that carries
 * a usable label already is left as it is.
 *
 * @throws CulpritError what the API and a fault operator throw; whatever goes wrong in the system is a reason
 */
export async function labelRun(run: OpenRun, options: LabelRunOptions): Promise<LabelledRun> {
  const { outcome } = run.trajectory.outcome;
  if (outcome === "unknown") return leftOut("unknown_outcome");
  return outcome === "failure" ? await findDecisive(run, options) : await putFaults(run, options);
}

/** Whether a run needs no replay: it has a label that stands. */
export function hasLabel(detail: Pick<TraceDetail, "annotations">): boolean {
  return "label" in chooseLabel(detail.annotations);
}

async function findDecisive(run: OpenRun, options: LabelRunOptions): Promise<LabelledRun> {
  const { detail, trajectory, target } = run;
  if (hasLabel(detail)) return { labelled: [trajectory.trace_id], left_out: null, faults: {}, spent: NOTHING };
  const found = await searchDecisive({
    trajectory,
    driver: target.driver,
    oracle: target.oracle,
    candidates: detail.attributions.filter(hasBlame).map(({ step }) => step),
    ...shared(options),
  });
  for (const label of [found.annotation, found.refuted]) {
    if (label === null) continue;
    await saveEvidence(run, label, found.replays);
    await options.annotate(label);
  }
  const { spent, verdict } = found;
  if (verdict.decisive === null) {
    const reasons = { not_flipped: "not_flipped", invalid: "drifted", unknown: "no_outcome", flipped: null } as const;
    return { ...leftOut(reasons[verdict.status] ?? "not_flipped"), spent };
  }
  // Without the proof the label is stored, and no record is made of it.
  const left_out = verdict.decisive.earliest === "proven" ? null : "earliest_not_proven";
  return { labelled: left_out === null ? [trajectory.trace_id] : [], left_out, faults: {}, spent };
}

async function putFaults(run: OpenRun, options: LabelRunOptions): Promise<LabelledRun> {
  const { operators, seed, steps, all = false } = options;
  const { trajectory, target } = run;
  if (operators.length === 0) return leftOut("succeeded");
  const result = await injectFaults({
    trajectory,
    driver: target.driver,
    read: run.read,
    operators,
    seed: seedOf(seed, trajectory.trace_id),
    steps,
    all,
    ...shared(options),
  });
  const labelled: string[] = [];
  for (const { label } of result.injections) {
    if (label === null) continue;
    await run.keep(label.trace_id);
    await saveEvidence(run, label, result.replays);
    await options.annotate(label);
    labelled.push(label.trace_id);
  }
  const faults = faultsLeftOut(result);
  const left_out = labelled.length > 0 ? null : (mostOf(faults) ?? "nothing_to_change");
  return { labelled, left_out, faults, spent: result.spent ?? NOTHING };
}

/** The replays a label rests on: those at its step, with its action and with the original one. */
async function saveEvidence(
  run: OpenRun,
  label: Pick<Annotation, "replay_id">,
  replays: readonly Replay[],
): Promise<void> {
  const shown = replays.find(({ replay_id }) => replay_id === label.replay_id);
  if (shown === undefined) return;
  const { step, action } = shown.intervention;
  const resting = replays.filter(
    ({ intervention }) =>
      intervention.step === step && (intervention.kind === "placebo" || intervention.action === action),
  );
  await Promise.all(resting.map((replay) => run.save(replay)));
}

function shared({ budget, timeoutMs, placeboK }: LabelRunOptions) {
  return {
    budget,
    timeoutMs,
    ...(placeboK === undefined ? {} : { placebo: { k: placeboK } }),
  };
}

const OF_FAULT = {
  kept: null,
  survived: "fault_survived",
  not_found: "fault_not_found",
  invalid: "drifted",
  unknown: "no_outcome",
} as const satisfies Record<string, CurationReason | null>;

function faultsLeftOut({ injections }: InjectResult): LeftOut {
  const faults: LeftOut = {};
  for (const { status } of injections) {
    const reason = OF_FAULT[status];
    if (reason !== null) leaveOut(faults, reason);
  }
  return faults;
}

function mostOf(faults: LeftOut): CurationReason | null {
  const [most] = (Object.entries(faults) as [CurationReason, number][]).sort(([, left], [, right]) => right - left);
  return most?.[0] ?? null;
}

function leftOut(reason: CurationReason): LabelledRun {
  return { labelled: [], left_out: reason, faults: {}, spent: NOTHING };
}

/** Of a run whose system can't be opened. */
export function notReplayable(): LabelledRun {
  return leftOut("not_replayable");
}

/** Another one for each run: with one seed for all, runs of one length would all be spoilt at the same steps. */
function seedOf(seed: number, traceId: string): number {
  return createHash("sha256").update(`${seed}/${traceId}`).digest().readUInt32BE(0);
}
