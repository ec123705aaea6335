import { createHash } from "node:crypto";
import type { Replay, Trajectory } from "@culprit/schemas";
import { actionText } from "./action.ts";
import { createPurse, type Purse, type ReplayBudget } from "./budget.ts";
import type { ScrubRule } from "./canonical.ts";
import type { Execute } from "./comparison.ts";
import type { Driver } from "./driver.ts";
import { checkedAction } from "./intervention.ts";
import { type ReplayRunResult, replayRun } from "./replay-run.ts";
import type { ToolPolicy } from "./replayer.ts";

/** What everything that replays one run many times is told. */
export interface ExecutorOptions {
  trajectory: Trajectory;
  driver: Driver;
  /** A number is the most replays in all. */
  budget?: number | ReplayBudget;
  timeoutMs?: number;
  scrubRules?: readonly ScrubRule[];
  /** What becomes of tools after t, and whether unchanged model calls are answered from the record. */
  tools?: ToolPolicy;
  reuse?: boolean;
  /**
   * Replays of this run that were executed before, such as by a search that was cut off. Each is used once in place of
   * executing the same intervention again; those without an outcome are not used.
   */
  known?: readonly ReplayRunResult[];
  /** Told of each replay executed as soon as it is over, to store it. */
  onReplay?: (replay: Replay) => void | Promise<void>;
}

export interface Executor {
  execute: Execute;
  /** Replays the findings rest on, in order of their end; known ones that were used are among them. */
  replays: Replay[];
  purse: Purse;
}

export function createExecutor(options: ExecutorOptions): Executor {
  const { trajectory, driver, timeoutMs, scrubRules, tools, reuse, budget = {}, known = [], onReplay } = options;
  const purse = createPurse(typeof budget === "number" ? { replays: budget } : budget);
  const replays: Replay[] = [];
  const unused = new Map<string, ReplayRunResult[]>();
  for (const result of known) {
    const { intervention, status, trace_id } = result.replay;
    if (trace_id !== trajectory.trace_id || status === "invalid" || status === "unknown") continue;
    const key = keyOf(intervention.kind, intervention.step, intervention.action);
    unused.set(key, [...(unused.get(key) ?? []), result]);
  }
  const execute: Execute = async (intervention) => {
    const action = actionText(checkedAction(trajectory, intervention));
    const earlier = unused.get(keyOf(intervention.kind, intervention.step, action))?.shift();
    if (earlier === undefined && purse.replay() !== null) return null;
    const result =
      earlier ??
      (await replayRun({
        trajectory,
        intervention,
        driver,
        purse,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(scrubRules === undefined ? {} : { scrubRules }),
        ...(tools === undefined ? {} : { tools }),
        ...(reuse === undefined ? {} : { reuse }),
      }));
    replays.push(result.replay);
    if (earlier === undefined) await onReplay?.(result.replay);
    return result;
  };
  return { execute, replays, purse };
}

/** Equal for replays of one run that serve the same action at the same step. */
function keyOf(kind: string, step: number, action: string): string {
  return `${kind}/${step}/${createHash("sha256").update(action).digest("hex")}`;
}
