import type { Replay, Trajectory } from "@culprit/schemas";
import { actionOf, comparableAction } from "../replay/action.ts";
import { replayRun } from "../replay/replay-run.ts";
import { type Injection, type InjectOptions, type InjectResult, injectFaults } from "./inject.ts";

export interface PairResult extends InjectResult {
  /** The first fault of each pair that made a run fail: one that the system got over by itself. */
  first: Injection | null;
}

/**
 * Two faults in one run. The first is one that the system gets over; the run that holds it is then spoilt a second time.
 * Whether the second fault is decisive by itself is tried out on the run without the first: when that one survives,
 * undoing either fault saves the run, and the label goes to the earlier one.
 *
 * Label and steps are those of the run with both faults.
 */
export async function injectPair(options: InjectOptions): Promise<PairResult> {
  const alone = await injectFaults({ ...options, all: true });
  const replays = [...alone.replays];
  for (const first of alone.injections) {
    if (first.status !== "survived" || first.replay === null || first.replay.status !== "success") continue;
    const base = await options.read(first.replay.replay_trace_id);
    if (base === null || base.outcome.outcome !== "success") continue;
    const both = await injectFaults({ ...options, trajectory: base, seed: options.seed + 1, after: first.step });
    replays.push(...both.replays);
    const injections: Injection[] = [];
    for (const second of both.injections) {
      injections.push(second.label === null ? second : await decided(options, { base, first, second }, replays));
    }
    if (injections.some(({ label }) => label !== null)) return { injections, replays, first };
  }
  return { injections: [], replays, first: null };
}

interface Pair {
  base: Trajectory;
  first: Injection;
  second: Injection;
}

async function decided(options: InjectOptions, { base, first, second }: Pair, replays: Replay[]): Promise<Injection> {
  const { label } = second;
  if (label === null) return second;
  const saved = await survivesAlone(options, { base, first, second }, replays);
  if (saved === null)
    return { ...second, status: "unknown", reason: "What the second fault does alone is not known.", label: null };
  if (!saved) return second;
  const step = base.steps[first.step];
  const reason = first.reason;
  const blamed = {
    ...label,
    agent: first.agent,
    step: first.step,
    reason,
    annotation_id: `injected-${label.trace_id}-${first.step}`,
  };
  const original = options.trajectory.steps[first.step];
  return step === undefined || original === undefined
    ? second
    : { ...second, step: first.step, agent: first.agent, reason, label: { ...blamed, correction: original.content } };
}

/** Whether the run with the second fault alone succeeds; null where that can't be told. */
async function survivesAlone(
  options: InjectOptions,
  { base, second }: Pair,
  replays: Replay[],
): Promise<boolean | null> {
  const { trajectory, driver, onReplay, timeoutMs, scrubRules } = options;
  const spoilt = second.replay === null ? null : await options.read(second.replay.replay_trace_id);
  const fault = spoilt?.steps[second.label?.step ?? -1];
  const at = base.steps[second.step];
  if (fault === undefined || at === undefined) return null;
  // The same place in the run without the first fault: as many actions of the same agent before it.
  const place = base.steps.filter(
    ({ agent, role, index }) => role === "agent" && agent === at.agent && index <= at.index,
  ).length;
  const there = trajectory.steps.filter(({ agent, role }) => role === "agent" && agent === at.agent)[place - 1];
  if (there === undefined) return null;
  const { content, tool_calls } = actionOf(fault);
  if (comparableAction(actionOf(there)) === comparableAction({ content, tool_calls })) return true;
  const { replay } = await replayRun({
    trajectory,
    driver,
    intervention: {
      kind: "fault",
      step: there.index,
      agent: there.agent,
      action: content,
      tool_calls,
      oracle: second.replay?.intervention.oracle ?? "",
    },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(scrubRules === undefined ? {} : { scrubRules }),
  });
  replays.push(replay);
  await onReplay?.(replay);
  if (replay.status === "success") return true;
  return replay.status === "failure" ? false : null;
}
