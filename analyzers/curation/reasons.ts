import type { LeftOutRow } from "@culprit/schemas";
import { LEFT_OUT_REASONS } from "./annotate.ts";

/** Why a run or a record is not in a curated dataset, beyond what a label alone can say. */
export const CURATION_REASONS = {
  ...LEFT_OUT_REASONS,
  drifted: "the replay departed from the record before the step that was tried",
  no_outcome: "a replay timed out, crashed or could not be decided",
  not_flipped: "no correction turned the failure into a success",
  nothing_to_change: "no fault operator had anything to work on",
  fault_survived: "every fault that was put in was got over",
  fault_not_found: "the run with the fault is not stored, or the fault is not in it",
  not_replayable: "the system of this run can't be started again",
  unknown_outcome: "it is not known whether the run succeeded",
  succeeded: "the run succeeded, and no faults were to be put in",
  no_margin: "it is not stored how the original action did beside the changed one",
  low_margin: "the changed action did not do enough better than the original one",
  near_duplicate: "it says almost the same as another record",
  contaminated: "it shares text with a question of a benchmark",
  over_cap: "there were enough records like it",
  unmatched: "it has no counterpart of the other kind of evidence",
} as const;
export type CurationReason = keyof typeof CURATION_REASONS;

/** What whoever curates can do about it. */
export const CURATION_MENDS: Partial<Record<CurationReason, string>> = {
  no_confirmed_label: "replay the run, or confirm its blame on the page",
  contradictory_labels: "decide on the page which of the labels stands, and refute the other",
  earliest_not_proven: "replay it again with a larger budget",
  no_content: "record contents where the run is made, and run it again",
  run_did_not_fail: "report the outcome again, or take the label back",
  drifted: "the system changed since: record the run again",
  no_outcome: "raise --timeout, or curate again: it is tried again",
  not_flipped: "a better oracle may find what to correct",
  not_replayable: "name the system this run is of with --target",
  unknown_outcome: "report the outcome of the run",
  no_margin: "replay it here, or give --without-placebo",
};

/** How many were left out, by reason. */
export type LeftOut = Partial<Record<CurationReason, number>>;

export function leaveOut(left: LeftOut, reason: CurationReason, count = 1): void {
  if (count > 0) left[reason] = (left[reason] ?? 0) + count;
}

/** Counts with the words for them, most first. */
export function leftOutRows(left: LeftOut): LeftOutRow[] {
  return (Object.entries(left) as [CurationReason, number][])
    .map(([reason, count]) => ({ reason, about: CURATION_REASONS[reason], count }))
    .sort((one, other) => other.count - one.count || (one.reason < other.reason ? -1 : 1));
}
