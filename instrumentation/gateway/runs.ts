import type { GatewayOutcome } from "@culprit/schemas";
import type { HrTime } from "@opentelemetry/api";
import { now } from "../sdk/clock.ts";
import { rootSpanIdOf } from "./run-id.ts";
import { ToolSteps } from "./tool-steps.ts";

/** What the gateway knows of one run of a project. */
export interface GatewayRun {
  readonly traceId: string;
  readonly rootId: string;
  /** As the caller named it; empty when it did not. */
  readonly name: string;
  /** The caller traces this run itself, so its own root says what the task is. */
  readonly foreign: boolean;
  readonly startedAt: HrTime;
  readonly tools: ToolSteps;
  /** Credentials of its callers. */
  readonly credentials: Set<string>;
  task: string;
  outcome: GatewayOutcome | undefined;
  /** Calls under way. */
  calls: number;
  /** When the last call or report ended: on the clock, and in the time of `performance.now()`. */
  endedAt: HrTime;
  quietSince: number;
  /** Its root has been sent, and no call was made since. */
  over: boolean;
}

export interface RunsOptions {
  idleMs: number;
  /** Sends a run's root. */
  send: (run: GatewayRun) => void;
}

/** Runs kept to be opened again; the ones not used longest go first. */
const MOST_RUNS = 10_000;

/**
 * The runs of one project. A run opens with its first call and is over when it has been quiet for a while, or when its
 * outcome is reported; then its root is sent. A later call opens it again, and its root is sent anew with the same id.
 */
export class Runs {
  readonly #options: RunsOptions;
  readonly #runs = new Map<string, GatewayRun>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: RunsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.sweep(performance.now()), Math.min(1000, options.idleMs));
    this.#timer.unref();
  }

  /** The run of a trace, opened if need be. */
  open(traceId: string, name: string, foreign: boolean): GatewayRun {
    const known = this.#runs.get(traceId);
    const at = now();
    const run: GatewayRun = known ?? {
      traceId,
      rootId: rootSpanIdOf(traceId),
      name,
      foreign,
      startedAt: at,
      tools: new ToolSteps(),
      credentials: new Set(),
      task: "",
      outcome: undefined,
      calls: 0,
      endedAt: at,
      quietSince: performance.now(),
      over: false,
    };
    run.over = false;
    // Last used, last to go.
    this.#runs.delete(traceId);
    this.#runs.set(traceId, run);
    this.#forgetOldest();
    return run;
  }

  get(traceId: string): GatewayRun | undefined {
    return this.#runs.get(traceId);
  }

  /** Ends what has been quiet for long enough. @param at in the time of `performance.now()` */
  sweep(at: number): void {
    for (const run of this.#runs.values()) {
      if (!run.over && run.calls === 0 && at - run.quietSince >= this.#options.idleMs) this.end(run);
    }
  }

  /** A call of the run is over. */
  callEnded(run: GatewayRun): void {
    run.calls--;
    run.endedAt = now();
    run.quietSince = performance.now();
  }

  end(run: GatewayRun): void {
    if (run.over) return;
    run.over = true;
    this.#options.send(run);
  }

  /** Ends all of them. */
  close(): void {
    clearInterval(this.#timer);
    for (const run of this.#runs.values()) this.end(run);
  }

  get openRuns(): number {
    let open = 0;
    for (const run of this.#runs.values()) if (!run.over) open++;
    return open;
  }

  #forgetOldest(): void {
    if (this.#runs.size <= MOST_RUNS) return;
    for (const [traceId, run] of this.#runs) {
      if (run.calls > 0) continue;
      this.end(run);
      this.#runs.delete(traceId);
      return;
    }
  }
}
