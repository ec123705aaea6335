import type { Trajectory } from "@culprit/schemas";
import type { Driver } from "./driver.ts";
import type { Oracle } from "./oracle.ts";

/** An agent system that can be started again, and what proposes corrections for it. */
export interface ReplayTarget {
  driver: Driver;
  oracle: Oracle;
  /** The run as this system reads it, where that is more than what is stored. */
  trajectory?: Trajectory;
  /** Ends what was started for the replays. */
  close?(): Promise<void>;
}

/**
 * What a module given to `culprit replay --target` exports as `openReplayTarget`. Tracing is already started when it
 * is called.
 *
 * @throws when the run is not one of this system's
 */
export type OpenReplayTarget = (trajectory: Trajectory) => Promise<ReplayTarget>;
