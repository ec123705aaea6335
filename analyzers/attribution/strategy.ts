import type { Attribution, Trajectory } from "@culprit/schemas";
import type { Purse } from "./endpoint/cost.ts";

/** What one attribution may use of its endpoint; what is absent is left to the endpoint's own limits. */
export interface Budget {
  /** Requests of this attribution at a time. */
  concurrency?: number | undefined;
  /** Ceiling in the currency of the configured prices. */
  cost?: number | undefined;
  /** Requests in all. */
  calls?: number | undefined;
  /** Shared with other attributions; `cost` and `calls` are then its own. */
  purse?: Purse | undefined;
}

/** Sampling other than the strategy's own; embedded strategies have none. */
export interface Sampling {
  temperature?: number | undefined;
  seed?: number | undefined;
}

export interface AttributeOptions {
  /** The strategy may read `trajectory.ground_truth`. Off by default: production has none. */
  groundTruth?: boolean;
  budget?: Budget | undefined;
  sampling?: Sampling | undefined;
  signal?: AbortSignal;
}

/** What a strategy decides about one failed trajectory; the caller adds identity and time. */
export type StrategyAnswer = Pick<
  Attribution,
  "status" | "agent" | "step" | "reason" | "confidence" | "model" | "input_tokens" | "output_tokens"
>;

/**
 * One way of finding the decisive error. Never throws for what a trajectory contains or an endpoint answers:
 * that is a status. It is only asked about failed trajectories with at least one agent step.
 */
export interface Strategy {
  readonly name: string;
  /** Changes when its weights or prompt do; results are keyed by it. */
  readonly version: string;
  attribute(trajectory: Trajectory, options?: AttributeOptions): Promise<StrategyAnswer>;
}
