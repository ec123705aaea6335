import type { Sees } from "./tape.ts";

/** What a driver is told about the run it should start again. */
export interface DriverContext {
  /** The task of the recorded run, in words. */
  task: string;
  taskId: string;
  /** t: every call before this step is answered from the record. */
  step: number;
  /** Pass both on to `run({ replay: { id: replayId, of } })`, so that the new run is linked to its origin. */
  replayId: string;
  of: string;
  /** Aborted when the replay has run out of time. */
  signal: AbortSignal;
}

/** How the new run ended. */
export interface DriverResult {
  /** The trace of the new run; empty when it is not stored. */
  traceId: string;
  outcome: {
    /** `null` when it could not be decided. */
    success: boolean | null;
    score?: number | null;
    feedback?: string;
  };
}

/** Starts the recorded system again on the same task, and decides the outcome. */
export interface Driver {
  (context: DriverContext): Promise<DriverResult>;
  /** `models` for a system behind a gateway, of which only the model calls are seen. Default `everything`. */
  readonly sees?: Sees;
}
