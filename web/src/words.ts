import type {
  Annotation,
  AttributionStatus,
  BlamedKind,
  GroupState,
  Outcome,
  Replay,
  ReplayJobState,
  ReplayVerdict,
  RunStatus,
} from "@culprit/schemas";
import type { MarkKind } from "./blame.ts";

/** How firmly a blame is known, in the page's words. */
export const STATUS_WORDS: Record<RunStatus, { short: string; long: string }> = {
  none: { short: "Not attributed", long: "No strategy has named an agent yet." },
  predicted: { short: "Predicted", long: "A strategy's guess. No replay has tested it yet." },
  verified: {
    short: "Verified",
    long: "Proven: correcting this step turned the run into a success, or the fault was placed here.",
  },
  refuted: { short: "Refuted", long: "Tested, and it did not hold: the cause is elsewhere." },
  human: { short: "Confirmed by a person", long: "A person read the run and named this step." },
};

export const MARK_WORDS: Record<MarkKind, string> = {
  predicted: "Predicted",
  verified: "Verified by replay",
  refuted: "Refuted",
  human: "Confirmed by a person",
  injected: "Verified: fault placed here",
};

/** Why an attribution names nobody. */
export const ATTRIBUTION_WORDS: Record<AttributionStatus, string> = {
  attributed: "Attributed",
  degraded: "Answered by the fallback",
  abstained: "Declined to blame anyone",
  not_failed: "The run did not fail",
  outcome_unknown: "The outcome is unknown",
  no_agent_step: "No agent step to blame",
  unparsable_answer: "The tracer's answer could not be read",
  unknown_agent: "The tracer named an agent that is not in the run",
  unknown_step: "The tracer named a step that is not in the run",
  tracer_unavailable: "The tracer did not answer",
  too_long: "The run does not fit the tracer",
};

export const REPLAY_WORDS: Record<Replay["status"], string> = {
  success: "Succeeded",
  failure: "Failed",
  invalid: "Invalid: drifted before the step",
  unknown: "Unknown: timed out or crashed",
};

/** What a blamed step was. */
export const KIND_WORDS: Record<BlamedKind, string> = {
  tool_call: "Tool call",
  handoff: "Hand-off",
  answer: "Final answer",
  message: "Message",
  unknown: "Step",
};

/** A group's states, what leads to each, and how it is said afterwards. */
export const STATE_WORDS: Record<GroupState, { name: string; act: string; done: string }> = {
  open: { name: "Open", act: "Reopen", done: "Opened again" },
  resolved: { name: "Resolved", act: "Resolve", done: "Resolved" },
  ignored: { name: "Ignored", act: "Ignore", done: "Ignored" },
};
export const GROUP_STATE_ORDER: readonly GroupState[] = ["open", "resolved", "ignored"];

export const OUTCOME_WORDS: Record<Outcome["outcome"], string> = {
  success: "Succeeded",
  failure: "Failed",
  unknown: "Outcome unknown",
};

/** What a replay serves in place of the step. */
export const INTERVENTION_WORDS: Record<Replay["intervention"]["kind"], { name: string; about: string }> = {
  correction: { name: "Correction", about: "The step was corrected, the rest ran live." },
  fault: { name: "Fault", about: "The step was broken on purpose, the rest ran live." },
  placebo: { name: "Placebo", about: "The step was served unchanged, the rest ran live: what chance alone does." },
};

/** What a label of a training set rests on. */
export const EVIDENCE_WORDS: Record<Annotation["evidence"], string> = {
  counterfactual: "A replay flipped the outcome",
  injected: "The fault was put there",
  human: "A person said so",
};

/** How a replay that was asked for is getting on. */
export const JOB_WORDS: Record<ReplayJobState, string> = {
  queued: "Waits for its turn",
  running: "Running",
  done: "Done",
  failed: "Could not be run",
  lost: "Lost: whoever ran it is gone",
};

/** What it found. */
export const VERDICT_WORDS: Record<ReplayVerdict["status"], string> = {
  flipped: "The outcome flipped",
  not_flipped: "The outcome stayed",
  invalid: "Invalid: drifted before the step",
  unknown: "No answer: it timed out or crashed",
};
