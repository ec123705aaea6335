import type { Replay, Share, TraceDetail } from "@culprit/schemas";
import { ask } from "./api.ts";

/** Steps up to which both runs are compared whole. */
const WHOLE_STEPS = 500;

export interface ReplayPage {
  original: TraceDetail;
  /** Null where the original knows of no such replay. */
  replay: Replay | null;
  /** The run that the replay made; null where it made none, or it is gone. */
  made: TraceDetail | null;
  /** Steps were compared by their first characters only. */
  clipped: boolean;
}

/** A replay with its two runs. */
export async function loadReplay(traceId: string, id: string, signal: AbortSignal): Promise<ReplayPage> {
  const read = (trace_id: string, contents: "full" | "clipped") => ask("getTrace", { trace_id, contents }, signal);
  const original = await read(traceId, "clipped");
  const replay = replayOf(original.replays, id);
  const other = replay?.replay_trace_id ?? "";
  if (other === "") return { original, replay, made: null, clipped: true };
  const clipped = original.steps.length > WHOLE_STEPS;
  const contents = clipped ? "clipped" : "full";
  const [left, made] = await Promise.all([
    clipped ? original : read(traceId, "full"),
    read(other, contents).catch((error: unknown) => {
      if (error instanceof Error && "status" in error && error.status === 404) return null;
      throw error;
    }),
  ]);
  return { original: left, replay, made, clipped };
}

/** The replay of that id, or that made the run of that id. */
export function replayOf(replays: readonly Replay[], id: string): Replay | null {
  const named = replays.find((replay) => replay.replay_id === id);
  return named ?? replays.find((replay) => replay.replay_trace_id !== "" && replay.replay_trace_id === id) ?? null;
}

/** Replays of one step with its own action served again: how many of those that ran to an outcome succeeded. */
export function placebosAt(replays: readonly Replay[], step: number): Pick<Share, "k" | "n"> {
  const ran = replays.filter(
    ({ intervention, status }) =>
      intervention.kind === "placebo" && intervention.step === step && (status === "success" || status === "failure"),
  );
  return { k: ran.filter(({ status }) => status === "success").length, n: ran.length };
}
