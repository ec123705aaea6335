/** In what way a step went wrong; CodeTracer's words. */
export const DEVIATION_TYPES = [
  "wrong_tool",
  "wrong_target",
  "redundant",
  "premature_conclusion",
  "missing_exploration",
  "none",
] as const;
export type DeviationType = (typeof DEVIATION_TYPES)[number];

export const SEVERITIES = ["critical", "moderate", "minor", "none"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Every rule there is: what it says, and how much it weighs. */
export const RULES = {
  undone_change: "a change that the agent itself took back later",
  undid_the_fix: "its own changes were taken back, and nothing came in their place",
  edited_copy: "a copy was changed and the file itself was not",
  misspelt_search: "the search that found nothing misspelt what it was looking for",
  failed_look: "a look at something that is not there",
  wrong_file: "a change taken back for one in another file",
  broke_tests: "tests that passed fail after this change",
  failing_at_end: "the failure at the end names what this change touched",
  broken_syntax: "the code does not parse or build after this change",
  edit_without_effect: "an edit that failed and was never made good",
  edit_after_green: "a change after the last passing test run, never checked again",
  unverified_change: "a change that nothing checked",
  blind_edit: "an existing file was changed without having been read",
  off_task_file: "a changed file that neither the task nor anything before spoke of",
  destructive: "something that was not the agent's was deleted, overwritten or put back",
  tampered_test: "an existing test was changed or removed",
  silenced: "an error or a test was silenced instead of mended",
  ignored_error: "an error that was passed over",
  ignored_failure: "the task was handed in although tests failed",
  ignored_rest: "part of the failing tests was mended, and the rest was passed over",
  never_rerun: "tests had failed, and after the change nobody ran them again",
  ended_without_change: "the task was handed in without any change",
  ended_unchecked: "the task was handed in without checking the last change",
  stopped_short: "the run stops without being handed in",
  repeated_change: "the same change again, although nothing had come of it",
  repeated_failure: "the same thing failed in the same way before",
  repeated_look: "the same was looked at before, and nothing had changed",
  unused_look: "nothing that was found here was used",
  model: "the judgement of the model that diagnosed the run",
  no_action: "a step without an action where actions were called for",
} as const;
export type RuleName = keyof typeof RULES;

/** What one rule says of one step. */
export interface Finding {
  rule: RuleName;
  /** 0-based index in the trajectory. */
  step: number;
  kind: "incorrect" | "unuseful";
  /** How sure the rule is of the kind, 0 to 1; measured where labels are, see `docs/diagnose.md`. */
  confidence: number;
  /** Other steps that show it. */
  evidence: number[];
  /** One sentence in our words; what the run says in it is quoted and cut. */
  reason: string;
  deviation: DeviationType;
  /** What would have been right, as far as the rule knows. */
  instead: string;
}
