import { CulpritError } from "@culprit/schemas";
import type { Known } from "@culprit/store";
import { type FeedbackState, feedbackState } from "./feedback-state.ts";

export interface WaitersOptions {
  /** Those of some runs that have a summary. */
  known(project: string, traceIds: readonly string[]): Promise<Map<string, Known>>;
  /** Whether the collector is stopping: nobody waits then. */
  draining?: (() => boolean) | undefined;
  /** How often the store is asked while somebody waits. Default 200. */
  pollMs?: number;
  /** Requests that may wait at once, and of one project. */
  most?: number;
  mostOfProject?: number;
}

export interface Waiters {
  /**
   * What is known of a run as soon as that is an answer, and after `ms` at the latest.
   *
   * @throws CulpritError `busy` where too many wait already, and what the store throws
   */
  wait(project: string, traceId: string, ms: number, signal?: AbortSignal): Promise<FeedbackState>;
  /** How many wait now. */
  size(): number;
}

interface Waiter {
  project: string;
  traceId: string;
  /** By `performance.now()`. */
  until: number;
  last: FeedbackState;
  settle(result: FeedbackState | Error): void;
}

const MOST = 1024;
const MOST_OF_PROJECT = 256;

/**
 * Requests that wait for the feedback on runs. However many they are, the store is asked once a round and project: it is
 * the only thing that collectors and analyzers in different processes share.
 */
export function createWaiters(options: WaitersOptions): Waiters {
  const { known, draining = () => false, pollMs = 200, most = MOST, mostOfProject = MOST_OF_PROJECT } = options;
  const waiting = new Set<Waiter>();
  let polling = false;

  async function poll(): Promise<void> {
    if (polling) return;
    polling = true;
    try {
      while (waiting.size > 0) {
        await new Promise((resolve) => setTimeout(resolve, pollMs));
        await Promise.all([...byProject(waiting)].map(([project, own]) => look(project, own)));
      }
    } finally {
      polling = false;
    }
  }

  async function look(project: string, own: readonly Waiter[]): Promise<void> {
    let found: Map<string, Known>;
    try {
      found = await known(project, [...new Set(own.map(({ traceId }) => traceId))]);
    } catch (error) {
      for (const waiter of own) waiter.settle(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    const now = performance.now();
    for (const waiter of own) {
      waiter.last = feedbackState(waiter.traceId, found.get(waiter.traceId));
      if (waiter.last.state !== "pending" || waiter.until <= now || draining()) waiter.settle(waiter.last);
    }
  }

  return {
    size: () => waiting.size,
    async wait(project, traceId, ms, signal) {
      const first = feedbackState(traceId, (await known(project, [traceId])).get(traceId));
      if (first.state !== "pending" || ms <= 0 || draining() || signal?.aborted) return first;
      const own = [...waiting].filter((waiter) => waiter.project === project).length;
      if (waiting.size >= most || own >= mostOfProject) {
        throw new CulpritError("busy", `${waiting.size} requests wait for feedback already.`, {
          mend: "Ask again in a moment, or without `wait`.",
        });
      }
      return await new Promise((resolve, reject) => {
        const waiter: Waiter = {
          project,
          traceId,
          until: performance.now() + ms,
          last: first,
          settle(result) {
            waiting.delete(waiter);
            clearTimeout(timer);
            signal?.removeEventListener("abort", leave);
            if (result instanceof Error) reject(result);
            else resolve(result);
          },
        };
        const leave = () => waiter.settle(waiter.last);
        const timer = setTimeout(leave, ms);
        signal?.addEventListener("abort", leave, { once: true });
        waiting.add(waiter);
        void poll();
      });
    },
  };
}

function byProject(waiting: ReadonlySet<Waiter>): Map<string, Waiter[]> {
  const projects = new Map<string, Waiter[]>();
  for (const waiter of waiting) projects.set(waiter.project, [...(projects.get(waiter.project) ?? []), waiter]);
  return projects;
}
