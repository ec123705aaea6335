import { check } from "./check.ts";
import { content } from "./content.ts";
import { delegation } from "./delegation.ts";
import type { RunView } from "./digest.ts";
import { type CueReading, type Feature, type FeatureGroup, log1 } from "./feature.ts";
import { flow } from "./flow.ts";
import { observation } from "./observation.ts";
import { position } from "./position.ts";
import { sequence } from "./sequence.ts";
import { speaker } from "./speaker.ts";
import type { StepView } from "./step-view.ts";

export const FEATURE_GROUPS: readonly FeatureGroup[] = [
  position,
  speaker,
  content,
  observation,
  flow,
  sequence,
  delegation,
  check,
];

/** Every feature, in the order of the weights file. */
export const FEATURES: readonly Feature[] = FEATURE_GROUPS.flatMap((group) => group.features);

/** Fills a step's row of features, in the order of {@link FEATURES}. */
export type FillRow = (step: StepView, run: RunView) => Float64Array;

/** @param wanted by place; the other features stay 0 */
export function rowFiller(wanted: (place: number) => boolean = () => true): FillRow {
  const readings = (["step", "next", "previous", "first", "most"] as const).map((of) => {
    // Place in the row and place of the cue, in turns.
    const pairs = FEATURES.flatMap(({ reads }, place) => (reads?.of === of && wanted(place) ? [place, reads.cue] : []));
    return { of, pairs: Int32Array.from(pairs) };
  });
  const computed = FEATURES.flatMap(({ reads, value }, place) => (reads || !wanted(place) ? [] : [{ value, place }]));
  return (step, run) => {
    const row = new Float64Array(FEATURES.length);
    for (const { of, pairs } of readings) readCues(row, of, pairs, step, run);
    for (const { value, place } of computed) row[place] = value(step, run);
    return row;
  };
}

/** Every feature of the step. */
export const featureRow: FillRow = rowFiller();

function readCues(row: Float64Array, of: CueReading["of"], pairs: Int32Array, step: StepView, run: RunView): void {
  if (of === "first") {
    for (let i = 0; i < pairs.length; i += 2) {
      row[pairs[i] ?? 0] = run.firstWith[pairs[i + 1] ?? 0] === step.ordinal ? 1 : 0;
    }
    return;
  }
  const source = of === "next" ? step.agentAfter : of === "previous" ? step.agentBefore : step;
  if (!source || (of === "most" && step.ordinal === 0)) return;
  for (let i = 0; i < pairs.length; i += 2) {
    const cue = pairs[i + 1] ?? 0;
    const count = source.cues[cue] ?? 0;
    if (count > 0) row[pairs[i] ?? 0] = of === "most" ? count / (run.mostOf[cue] ?? 1) : log1(count);
  }
}
