import { randomBytes } from "node:crypto";
import {
  CulpritError,
  describeError,
  type ReplayJob,
  type ReplayRequest,
  type ReplayRunner,
  type ReplayTask,
} from "@culprit/schemas";
import type { ReplayJobStore } from "@culprit/store";
import PQueue from "p-queue";
import type { Log } from "../log.ts";
import type { Privacy } from "../privacy/privacy.ts";

/** A job that waits or runs is written down as often as this, so that others see that somebody still has it. */
const ALIVE_MS = 10_000;
/** One that was not for so long has nobody. */
const LOST_MS = 60_000;

export interface ReplayJobsOptions {
  store: ReplayJobStore;
  /** None where no replay target is configured: every start is refused. */
  runner?: ReplayRunner | undefined;
  privacy: Pick<Privacy, "content">;
  log: Log;
  now?: (() => number) | undefined;
}

/** Replays that were asked for over the API: each waits for its turn, runs, and is written down at every step. */
export class ReplayJobs {
  readonly #options: ReplayJobsOptions;
  readonly #queue: PQueue;
  /** The task is as it was asked for; what is kept and shown of it has no secrets. */
  readonly #own = new Map<string, { job: ReplayJob; task: ReplayTask }>();
  readonly #stop = new AbortController();
  readonly #now: () => number;
  #saving: Promise<void> = Promise.resolve();
  #alive: NodeJS.Timeout | undefined;

  constructor(options: ReplayJobsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#queue = new PQueue({ concurrency: options.runner?.concurrency ?? 1 });
  }

  /** What can be asked for in a project. */
  offers(project: string): { available: boolean; proposes: boolean } {
    const { runner } = this.#options;
    const available = runner !== undefined && runner.project === project;
    return { available, proposes: available && runner.proposes };
  }

  /**
   * Refuses what could not be run.
   *
   * @throws CulpritError `replay_not_configured`, `correction_required`, `replay_queue_full`
   */
  require(project: string, request: ReplayRequest): ReplayRunner {
    const { runner } = this.#options;
    if (runner === undefined)
      throw notConfigured("This collector does not know how to start the recorded system again.");
    if (runner.project !== project) throw notConfigured("The replay target of this collector is of another project.");
    if (!isGiven(request) && !runner.proposes) {
      throw new CulpritError("correction_required", "Nobody proposes a correction here, so the request has to.", {
        mend: "Send correction, or set oracle_model of replay_target.",
      });
    }
    if (this.#queue.size >= runner.queue) {
      throw new CulpritError("replay_queue_full", `${this.#queue.size} replays wait already.`, {
        mend: "Try again when some are done, or raise queue of replay_target.",
      });
    }
    return runner;
  }

  /** Takes a replay on; resolves once that is written down. Throws what {@link require} does. */
  async start(project: string, traceId: string, request: ReplayRequest, askedBy: string): Promise<ReplayJob> {
    const runner = this.require(project, request);
    const at = new Date(this.#now()).toISOString();
    const { privacy, store } = this.#options;
    const task: ReplayTask = {
      project,
      trace_id: traceId,
      step: request.step,
      correction: isGiven(request) ? (request.correction ?? "") : null,
      tool_calls: request.tool_calls ?? [],
      k: request.k ?? null,
    };
    const text = (value: unknown) =>
      privacy.content(project, typeof value === "string" ? value : JSON.stringify(value));
    const job: ReplayJob = {
      job_id: randomBytes(16).toString("hex"),
      trace_id: traceId,
      step: task.step,
      correction: task.correction === null ? null : text(task.correction),
      tool_calls: task.tool_calls.map((call) => ({ ...call, arguments: text(call.arguments) })),
      k: task.k,
      state: "queued",
      replays: 0,
      most_replays: runner.mostReplays,
      verdict: null,
      error: null,
      asked_by: askedBy,
      created_at: at,
      updated_at: at,
    };
    await store.save(project, job);
    this.#own.set(job.job_id, { job, task });
    this.#alive ??= setInterval(() => void this.#sayAlive(), ALIVE_MS).unref();
    void this.#queue.add(() => this.#run(runner, job.job_id));
    return job;
  }

  async find(project: string, jobId: string): Promise<ReplayJob | null> {
    const own = this.#own.get(jobId);
    if (own !== undefined) return own.task.project === project ? own.job : null;
    const job = await this.#options.store.find(project, jobId);
    return job === null ? null : this.#withLoss(job);
  }

  async list(filter: Parameters<ReplayJobStore["list"]>[0]): Promise<ReplayJob[]> {
    return (await this.#options.store.list(filter)).map((job) => this.#withLoss(job));
  }

  /** Ends what runs and gives up what waits; both are written down. */
  async stop(): Promise<void> {
    clearInterval(this.#alive);
    this.#stop.abort();
    this.#queue.clear();
    for (const id of this.#own.keys()) this.#change(id, { state: "lost", error: STOPPED });
    await this.#queue.onIdle();
    await this.#saving;
  }

  async #run(runner: ReplayRunner, id: string): Promise<void> {
    const own = this.#own.get(id);
    if (own === undefined) return;
    this.#change(id, { state: "running" });
    const { task } = own;
    let replays = 0;
    try {
      const onReplay = () => this.#change(id, { replays: ++replays });
      const verdict = await runner.run(task, { signal: this.#stop.signal, onReplay });
      this.#change(id, { state: "done", verdict });
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#options.log("warn", "a replay failed", {
        job_id: id,
        trace_id: task.trace_id,
        error: describeError(error),
      });
      const { code, message, mend = "" } = error instanceof CulpritError ? error : unforeseen(error);
      this.#change(id, { state: "failed", error: { code, message, mend } });
    }
    await this.#saving;
    this.#own.delete(id);
  }

  /** Keeps a change, and writes it down after those before it. */
  #change(id: string, change: Partial<ReplayJob>): void {
    const own = this.#own.get(id);
    if (own === undefined) return;
    own.job = { ...own.job, ...change, updated_at: new Date(this.#now()).toISOString() };
    const { job } = own;
    this.#saving = this.#saving
      .then(() => this.#options.store.save(own.task.project, job))
      .catch((error: unknown) => {
        this.#options.log("warn", "a replay's progress was not saved", { job_id: id, error: describeError(error) });
      });
  }

  async #sayAlive(): Promise<void> {
    for (const id of this.#own.keys()) this.#change(id, {});
    await this.#saving;
  }

  /** A job of another process that is gone stays as it was written down last: who reads it says what that means. */
  #withLoss(job: ReplayJob): ReplayJob {
    const own = this.#own.get(job.job_id);
    if (own !== undefined) return own.job;
    const open = job.state === "queued" || job.state === "running";
    if (!open || Date.parse(job.updated_at) > this.#now() - LOST_MS) return job;
    return { ...job, state: "lost", error: STOPPED };
  }
}

const STOPPED = {
  code: "lost",
  message: "The process that had it has stopped.",
  mend: "Ask for it again; replays it had made are used.",
};

function isGiven({ correction, tool_calls }: ReplayRequest): boolean {
  return correction !== undefined || tool_calls !== undefined;
}

function notConfigured(message: string): CulpritError {
  return new CulpritError("replay_not_configured", message, {
    mend: "Set replay_target (a module, a command or a hook) in culprit.yaml or CULPRIT_REPLAY_TARGET and start it again, or use `culprit replay`.",
  });
}

function unforeseen(error: unknown): { code: string; message: string; mend?: string } {
  return { code: "replay_failed", message: describeError(error).slice(0, 2000) };
}
