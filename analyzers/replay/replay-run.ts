import { randomUUID } from "node:crypto";
import { withInterceptor } from "@culprit/instrumentation";
import { describeError, type Replay, type Trajectory } from "@culprit/schemas";
import { actionText } from "./action.ts";
import type { Purse } from "./budget.ts";
import type { ScrubRule } from "./canonical.ts";
import { DriftError } from "./drift.ts";
import type { Driver, DriverResult } from "./driver.ts";
import { checkedAction, type ReplayIntervention } from "./intervention.ts";
import { Replayer, type ToolPolicy } from "./replayer.ts";
import { firstUnusable } from "./tape.ts";

export interface ReplayRunOptions {
  trajectory: Trajectory;
  intervention: ReplayIntervention;
  driver: Driver;
  /** Wall-clock time of the whole run; a longer one is `unknown`. Default 60,000. */
  timeoutMs?: number;
  /** What is scrubbed before requests are compared; `SCRUB_RULES` when not given. */
  scrubRules?: readonly ScrubRule[];
  /** Pays for live calls; a call it refuses ends the replay as `unknown`. */
  purse?: Purse;
  /** What becomes of tools after t; where the driver is behind a gateway, they run as they do. Default `live`. */
  tools?: ToolPolicy;
  /**
   * After t, model calls that ask what the recorded run asked are answered from the record: less chance in the answer,
   * and less to pay. The replay's reason says so. Default false.
   */
  reuse?: boolean;
}

export interface ReplayRunResult {
  replay: Replay;
  /** The run did exactly what the recorded one did. */
  reproduced: boolean;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const REUSED = "calls that asked what was recorded were answered from the record";

/**
 * One counterfactual replay R(τ, t, a') in this process (AgenTracer, section 3): steps before t are answered from the
 * record, the intervention is served as step t, everything after it goes live.
 *
 * The status is the new run's outcome; `invalid` when the system departed from the record before t or the record
 * cannot be served; `unknown` when the driver failed, ran out of time, or could not decide. Only what a driver does
 * ends up in a status.
 *
 * @throws RefusedIntervention for an intervention that would prove nothing
 */
export async function replayRun(options: ReplayRunOptions): Promise<ReplayRunResult> {
  const { trajectory, intervention, driver, timeoutMs = DEFAULT_TIMEOUT_MS, scrubRules, purse, tools, reuse } = options;
  const action = checkedAction(trajectory, intervention);
  const { kind, step, agent, oracle } = intervention;
  const startedAt = performance.now();
  const replayId = randomUUID();
  const finish = (status: Replay["status"], reason: string, result?: DriverResult): Replay => ({
    project: trajectory.project,
    replay_id: replayId,
    trace_id: trajectory.trace_id,
    replay_trace_id: result?.traceId ?? "",
    intervention: { kind, step, agent, action: actionText(action), oracle },
    status,
    score: result?.outcome.score ?? null,
    reason,
    duration_ms: performance.now() - startedAt,
    created_at: new Date().toISOString(),
  });
  const unusable = firstUnusable(trajectory, step);
  if (unusable !== null) return { replay: finish("invalid", unusable.reason), reproduced: false };

  const replayer = new Replayer({
    trajectory,
    target: step,
    intervention: action,
    rules: scrubRules,
    purse,
    sees: driver.sees,
    tools,
    reuse,
  });
  const ended = await drive(replayer, driver, timeoutMs, {
    task: trajectory.task,
    step,
    taskId: trajectory.task_id,
    replayId,
    of: trajectory.trace_id,
  });
  const invalid = ended.kind === "result" ? replayer.invalid() : ended.kind === "crash" ? replayer.drifted() : null;
  if (invalid !== null) return { replay: finish("invalid", invalid, resultOf(ended)), reproduced: false };
  if (ended.kind === "drift") return { replay: finish("invalid", ended.reason), reproduced: false };
  const refused = replayer.refused();
  if (refused !== null) return { replay: finish("unknown", refused, resultOf(ended)), reproduced: false };
  if (ended.kind !== "result") return { replay: finish("unknown", ended.reason), reproduced: false };
  const { success, feedback = "" } = ended.result.outcome;
  const status = success === null ? "unknown" : success ? "success" : "failure";
  const reason = reuse === true ? `${feedback} (${REUSED})`.trim() : feedback;
  return { replay: finish(status, reason, ended.result), reproduced: replayer.reproduced() };
}

type Ended = { kind: "result"; result: DriverResult } | { kind: "crash" | "drift" | "timeout"; reason: string };

function resultOf(ended: Ended): DriverResult | undefined {
  return ended.kind === "result" ? ended.result : undefined;
}

async function drive(
  replayer: Replayer,
  driver: Driver,
  timeoutMs: number,
  context: Omit<Parameters<Driver>[0], "signal">,
): Promise<Ended> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<Ended>((resolve) => {
    timer = setTimeout(() => {
      const reason = `The replay ran longer than ${timeoutMs} ms.`;
      replayer.stop(reason);
      abort.abort(new Error(reason));
      resolve({ kind: "timeout", reason });
    }, timeoutMs);
  });
  const running = withInterceptor(replayer, async () => driver({ ...context, signal: abort.signal })).then(
    (result): Ended => ({ kind: "result", result }),
    (error: unknown): Ended =>
      error instanceof DriftError
        ? { kind: "drift", reason: error.message }
        : { kind: "crash", reason: `The driver failed: ${describeError(error)}` },
  );
  try {
    return await Promise.race([running, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
