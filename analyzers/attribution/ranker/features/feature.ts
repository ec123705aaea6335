import type { RunView } from "./digest.ts";
import type { StepView } from "./step-view.ts";

/** One hand-made feature of an agent step: a number, 0 where it says nothing. */
export interface Feature {
  name: string;
  /** What a high value says, as the end of "this step …". */
  meaning: string;
  value(step: StepView, run: RunView): number;
  /** Set where the value is a plain reading of one cue, so that rows can be filled without a call a feature. */
  reads?: CueReading;
}

/** One cue of the step itself or of an agent step beside it, or how the step stands among the others by that cue. */
export interface CueReading {
  of: "step" | "next" | "previous" | "first" | "most";
  /** Place of the cue. */
  cue: number;
}

export interface FeatureGroup {
  name: string;
  features: Feature[];
}

export function flag(condition: boolean): number {
  return condition ? 1 : 0;
}

const LOGS = Float64Array.from({ length: 1024 }, (_, count) => Math.log1p(count));

/** log(1 + x): counts and lengths without their long tail. */
export function log1(count: number): number {
  return count >= 0 && count < LOGS.length && (count | 0) === count
    ? (LOGS[count] ?? 0)
    : Math.log1p(Math.max(0, count));
}

export function feature(name: string, meaning: string, value: Feature["value"]): Feature {
  return { name, meaning, value };
}

/** A feature that is a plain reading of one cue. */
export function reading(name: string, meaning: string, reads: CueReading, value: Feature["value"]): Feature {
  return { name, meaning, reads, value };
}
