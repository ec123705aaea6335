import PQueue from "p-queue";
import { attributeTrajectory, isTransient } from "../attribution/attribute.ts";
import type { LabelledRun } from "../attribution/ranker/examples.ts";
import type { Strategy } from "../attribution/strategy.ts";
import type { AnswerCache } from "./answer-cache.ts";
import type { Said } from "./said.ts";

export interface AskOptions {
  groundTruth?: boolean | undefined;
  /** Runs in flight. */
  concurrency?: number | undefined;
  cache?: AnswerCache | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

const DEFAULT_CONCURRENCY = 8;

/**
 * Puts every run to a strategy, some at a time. A label reaches it by no road: the trajectory carries none, and the
 * ground truth is emptied unless the setting shows it. Answers in the cache are not asked for again; answers that
 * say only that the endpoint was away are not kept there.
 *
 * @throws the signal's reason when `signal` aborts
 */
export async function askAll(
  runs: readonly LabelledRun[],
  strategy: Strategy,
  options: AskOptions = {},
): Promise<Map<string, Said>> {
  const groundTruth = options.groundTruth === true;
  const version = groundTruth ? `${strategy.version}+ground-truth` : strategy.version;
  const said = new Map<string, Said>();
  const queue = new PQueue({ concurrency: options.concurrency ?? DEFAULT_CONCURRENCY });
  const ask = async ({ trajectory }: LabelledRun): Promise<void> => {
    options.signal?.throwIfAborted();
    const key = { trace_id: trajectory.trace_id, strategy: strategy.name, version };
    let answer = options.cache?.get(key);
    if (answer === undefined) {
      const shown = {
        ...trajectory,
        ground_truth: groundTruth ? trajectory.ground_truth : "",
        // The label says that it failed, whatever its source knew.
        outcome: { ...trajectory.outcome, outcome: "failure" as const },
      };
      const made = await attributeTrajectory(shown, strategy, { groundTruth, signal: options.signal });
      const { agent, step, confidence, status, input_tokens, output_tokens, duration_ms } = made;
      answer = { agent, step, confidence, status, input_tokens, output_tokens, duration_ms };
      if (!isTransient(made)) await options.cache?.set(key, answer);
    }
    said.set(trajectory.trace_id, answer);
    options.onProgress?.(said.size, runs.length);
  };
  try {
    await Promise.all(runs.map((run) => queue.add(() => ask(run))));
  } finally {
    queue.clear();
  }
  return said;
}
