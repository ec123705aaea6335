import type { Ended } from "../drivers/external.ts";

/** What an evaluator decides by. */
export interface Evaluated {
  task: string;
  /** The system's answer. */
  answer: string;
  /** Empty when unknown. */
  groundTruth: string;
  signal: AbortSignal;
}

/** Ω by an answer. `success` is null where it can't be decided; nothing an answer holds makes it throw. */
export type Evaluator = (evaluated: Evaluated) => Ended | Promise<Ended>;
