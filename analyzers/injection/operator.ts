import type { Step, Trajectory } from "@culprit/schemas";
import type { Action } from "../replay/action.ts";
import type { Random } from "./random.ts";

/** Where a fault is to be put: one agent step of a successful run. */
export interface FaultSite {
  trajectory: Trajectory;
  step: Step;
  /** a_t, as recorded. */
  action: Action;
  /** The operator's only source of chance. */
  random: Random;
  signal?: AbortSignal | undefined;
}

/** ã_t = Π(a_t), AgenTracer Eq. 8. */
export interface Fault {
  action: Action;
  /** What is wrong with it now, in the words of a label: one sentence that does not say how the mistake came about. */
  reason: string;
}

export const FAULT_FAMILIES = ["code", "text", "call", "flow", "model"] as const;

/** A perturbation operator Π. */
export interface FaultOperator<Answer = Fault | null | Promise<Fault | null>> {
  name: string;
  family: (typeof FAULT_FAMILIES)[number];
  /** One line for people. */
  does: string;
  /**
   * The corrupted action, or null where the operator has nothing to work on. The same site and seed give the same
   * fault; only a `model` operator may depend on anything else.
   */
  apply(site: FaultSite): Answer;
}

/** An operator that needs nothing but the recorded run. */
export type PureOperator = FaultOperator<Fault | null>;
