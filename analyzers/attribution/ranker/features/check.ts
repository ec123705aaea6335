import { type FeatureGroup, feature, flag } from "./feature.ts";
import type { StepView } from "./step-view.ts";
import { cue } from "./step-view.ts";

/** What the environment showed against what the step makes of it, and who let which work pass. */
export const check: FeatureGroup = {
  name: "check",
  features: [
    feature("check.doubts_success", "asks for changes although what it was shown succeeded", (step) =>
      flag(succeeded(step.before) && demands(step)),
    ),
    feature("check.approves_failure", "approves although what it was shown failed", (step) =>
      flag(step.seen?.failed === true && approves(step)),
    ),
    feature("check.concludes_after_failure", "concludes although what it was shown last failed", (step) =>
      flag(step.seen?.failed === true && !step.code && cue(step, "conclusion") + cue(step, "ending") > 0),
    ),
    feature("check.approves_success", "approves what was shown to succeed", (step) =>
      flag(succeeded(step.before) && approves(step)),
    ),
    feature("check.approves_unseen", "approves without having been shown anything", (step) =>
      flag(step.before?.role === "agent" && approves(step)),
    ),
    feature("check.finds_failure", "asks for changes after a failure", (step) =>
      flag(step.seen?.failed === true && demands(step)),
    ),
    feature("check.is_doubted", "is followed by a demand for changes", (step) => flag(demands(step.agentAfter))),
    feature("check.is_approved", "is followed by an approval", (step) => flag(approves(step.agentAfter))),
    feature("check.obeys", "does what was demanded of it", (step) => flag(step.code && demands(step.agentBefore))),
    feature("check.demands_last_code", "demanded the last code of the run", (step, run) =>
      flag(demands(step) && step.agentAfter !== undefined && step.agentAfter === run.lastCode),
    ),
    feature("check.last_code", "holds the last code of the run", (step, run) => flag(step === run.lastCode)),
    feature("check.only_code", "holds the only code of the run", (step, run) => flag(step.code && run.codeSteps === 1)),
    feature("check.before_only_code", "comes just before the only code of the run", (step, run) =>
      flag(run.codeSteps === 1 && step.agentAfter !== undefined && step.agentAfter === run.lastCode),
    ),
    feature("check.code_failed_and_kept", "holds code that failed and was approved", (step) =>
      flag(step.code && failedNext(step) && approves(approver(step))),
    ),
  ],
};

/** What came back for this step's work: its own observation, or the one another agent called for. */
function failedNext(step: StepView): boolean {
  return (step.observation ?? step.agentAfter?.observation)?.failed === true;
}

function approver(step: StepView): StepView | undefined {
  return step.observation ? step.agentAfter : step.agentAfter?.agentAfter;
}

function succeeded(step: StepView | undefined): boolean {
  return step?.role === "environment" && !step.failed && !step.empty;
}

function demands(step: StepView | undefined): boolean {
  return cue(step, "demand") > 0 && cue(step, "demand") >= cue(step, "approval");
}

function approves(step: StepView | undefined): boolean {
  return cue(step, "approval") > 0 && cue(step, "approval") > cue(step, "demand");
}
