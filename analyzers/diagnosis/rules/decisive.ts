import type { Case } from "./case.ts";
import type { Finding, RuleName } from "./finding.ts";

/**
 * How much a rule's finding speaks for its step being the decisive one. A step that the agent itself made good speaks
 * against it. Set on seeded failures of our own, see `docs/diagnose.md`.
 */
const WEIGHTS: Record<RuleName, number> = {
  undone_change: -2,
  undid_the_fix: 2.5,
  edited_copy: 3.5,
  misspelt_search: 4,
  failed_look: -0.5,
  wrong_file: -1.5,
  broke_tests: 2,
  failing_at_end: 1.8,
  broken_syntax: 0.8,
  edit_without_effect: 1.6,
  edit_after_green: 1.5,
  unverified_change: 0.6,
  blind_edit: 0.6,
  off_task_file: 1.2,
  destructive: 2,
  tampered_test: 1.4,
  silenced: 1.2,
  ignored_error: 0.5,
  ignored_failure: 0.4,
  ignored_rest: 5,
  never_rerun: 5,
  ended_without_change: 2.5,
  ended_unchecked: 0.2,
  stopped_short: 0.3,
  repeated_failure: -0.2,
  repeated_change: -1,
  repeated_look: -0.5,
  unused_look: -0.5,
  no_action: -0.2,
  model: 0,
};
/** A change that took effect. */
const CHANGE = 1.5;
/** A change that a later run of passing tests stood on. */
const PASSED = -0.6;
/** Sharpness of the chances over the steps. */
const SHARPNESS = 1.2;

export interface Suspicion {
  step: number;
  /** Chances over all action steps sum to 1. */
  chance: number;
  findings: Finding[];
  /** It changed a file of the task's result. */
  changes: boolean;
}

/** Action steps by how likely each is the decisive one, most likely first. `learnt` adds to the weights of rules. Pure. */
export function suspicions(
  { steps, changes }: Case,
  findings: readonly Finding[],
  learnt: Partial<Record<RuleName, number>> = {},
): Suspicion[] {
  const effective = new Set(
    changes
      .filter(
        ({ own, files, undone }) =>
          !own.failed && undone === undefined && files.some(({ action }) => action !== "restored"),
      )
      .map(({ own }) => own.step),
  );
  const green = steps.findLast(({ results }) => results !== null && results.failed === 0)?.step ?? -1;
  const scored = steps.map(({ step }) => {
    const own = findings.filter((finding) => finding.step === step);
    const said = own.reduce((sum, { rule, confidence }) => sum + (WEIGHTS[rule] + (learnt[rule] ?? 0)) * confidence, 0);
    return {
      step,
      findings: own,
      changes: effective.has(step),
      score: said + (effective.has(step) ? CHANGE + (step < green ? PASSED : 0) : 0),
    };
  });
  const top = Math.max(...scored.map(({ score }) => score), Number.NEGATIVE_INFINITY);
  const weighed = scored.map((own) => ({ ...own, weight: Math.exp(SHARPNESS * (own.score - top)) }));
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0);
  return weighed
    .map(({ step, findings: said, changes: changed, weight }) => ({
      step,
      findings: said,
      changes: changed,
      chance: total === 0 ? 0 : weight / total,
    }))
    .sort((left, right) => right.chance - left.chance || left.step - right.step);
}
