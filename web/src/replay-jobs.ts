import type { Annotation, Replay, ReplayJob, TraceDetail } from "@culprit/schemas";
import { useState } from "react";
import { type ApiFailure, ask } from "./api.ts";
import { asFailure, type Polled, usePolled } from "./polling.ts";

export const FEWEST_K = 4;
export const MOST_K = 50;

/** Jobs that are still going to change. */
export function isOpen({ state }: Pick<ReplayJob, "state">): boolean {
  return state === "queued" || state === "running";
}

/** Replays of a run that were asked for over the API, newest first. */
export function useReplayJobs(traceId: string): Polled<ReplayJob[]> {
  const pause = (jobs: ReplayJob[] | undefined): number => (jobs?.some(isOpen) ? 1000 : 30_000);
  return usePolled(
    `replay jobs ${traceId}`,
    pause,
    async (signal) => (await ask("listReplayJobs", { trace_id: traceId, limit: 20 }, signal)).jobs,
    (event) => event.type === "refresh" || (event.type === "replay_job" && event.trace_id === traceId),
  );
}

export interface ReplayWish {
  step: number;
  /** Empty leaves it to the target's oracle. */
  correction: string;
  /** Replays a side; null leaves it to the collector. */
  k: number | null;
}

export interface Starter {
  busy: boolean;
  failure: ApiFailure | null;
  start: (wish: ReplayWish) => Promise<void>;
}

/** Asks for a replay. */
export function useStarter(traceId: string, started: () => void): Starter {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  return {
    busy,
    failure,
    start: async ({ step, correction, k }) => {
      setBusy(true);
      const body = { step, ...(correction.trim() === "" ? {} : { correction }), ...(k === null ? {} : { k }) };
      try {
        await ask("startReplay", { trace_id: traceId, body });
        setFailure(null);
        started();
      } catch (error) {
        setFailure(asFailure(error));
      } finally {
        setBusy(false);
      }
    },
  };
}

/** What a step should have been, as far as it is known: by a label, else by the newest correction that was tried. */
export function knownCorrection(run: Pick<TraceDetail, "annotations" | "replays">, step: number): string {
  const newest = <Item extends { created_at: string }>(items: readonly Item[]): Item | undefined =>
    [...items].sort((left, right) => right.created_at.localeCompare(left.created_at))[0];
  const label: Annotation | undefined = newest(
    run.annotations.filter((note) => note.step === step && note.verdict === "confirmed" && note.correction !== ""),
  );
  const tried: Replay | undefined = newest(
    run.replays.filter(({ intervention }) => intervention.kind === "correction" && intervention.step === step),
  );
  return label?.correction ?? tried?.intervention.action ?? "";
}

/** The correction's replay that a job made, or found made already, to be laid beside the original. */
export function replayOfJob(replays: readonly Replay[], job: ReplayJob): Replay | undefined {
  const same = replays.filter(
    ({ intervention }) => intervention.kind === "correction" && intervention.step === job.step,
  );
  const made = same.filter(({ created_at }) => created_at >= job.created_at);
  const own = made.length > 0 ? made : same.filter(({ intervention }) => intervention.action === job.correction);
  return own.find(({ status }) => status === "success") ?? own[0];
}
