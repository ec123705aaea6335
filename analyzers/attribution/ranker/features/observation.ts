import { CUE_TOPICS, type Cue } from "./cues.ts";
import { type FeatureGroup, feature, flag, log1, reading } from "./feature.ts";
import type { StepView } from "./step-view.ts";
import { CUE_PLACE, cue } from "./step-view.ts";

const REACTIONS: Cue[] = [
  "failure",
  "apology",
  "agreement",
  "alternative",
  "correction",
  "conclusion",
  "inability",
  "evidence",
  "ending",
  "uncertainty",
  "verification",
  "assumption",
  "fabrication",
  "unsatisfied",
  "satisfied",
  "loop",
  "replan",
  "request",
  "manual",
];
const SOURCES: Cue[] = [
  "failure",
  "blocked",
  "inability",
  "apology",
  "fabrication",
  "assumption",
  "agreement",
  "conclusion",
  "request",
  "replan",
  "manual",
  "unsatisfied",
  "satisfied",
  "loop",
];

/** What the environment and the others answered, and what the step had been shown. */
export const observation: FeatureGroup = {
  name: "observation",
  features: [
    feature("observation.none", "was not answered by the environment", (step) => flag(!step.observation)),
    feature("observation.failed", "was answered by an error", (step) => flag(step.observation?.failed === true)),
    feature("observation.succeeded", "ran without an error", (step) =>
      flag(step.observation !== undefined && !step.observation.failed),
    ),
    feature("observation.empty", "was answered by nothing", (step) => flag(step.observation?.empty === true)),
    feature("observation.short", "was answered in few words", (step) =>
      flag(step.observation !== undefined && step.observation.chars < 120),
    ),
    feature("observation.long", "was answered at length", (step) => flag((step.observation?.chars ?? 0) > 1500)),
    feature("observation.undefined_name", "was answered by an undefined name", (step) =>
      flag(/NameError|is not defined|ReferenceError/.test(step.observation?.text ?? "")),
    ),
    feature("observation.no_code", "was answered that there is nothing to run", (step) =>
      flag(/no code (?:from|block)/i.test(step.observation?.text ?? "")),
    ),
    feature("observation.blocked", "was refused", (step) => log1(cue(step.observation, "blocked"))),
    feature("observation.code_failed", "holds code that failed", (step) =>
      flag(step.code && step.observation?.failed === true),
    ),
    feature("observation.code_ran", "holds code that ran", (step) =>
      flag(step.code && step.observation !== undefined && !step.observation.failed),
    ),
    feature("observation.code_not_run", "holds code that was not run", (step) => flag(step.code && !step.observation)),
    feature("observation.code_ran_empty", "holds code that printed nothing", (step) =>
      flag(step.code && step.observation?.empty === true),
    ),
    feature("observation.after_failure", "follows an error", (step) => flag(step.before?.failed === true)),
    feature("observation.after_empty", "follows an empty answer", (step) => flag(step.before?.empty === true)),
    feature("observation.after_success", "follows a successful observation", (step) =>
      flag(step.before?.role === "environment" && !step.before.failed),
    ),
    feature("observation.after_long", "follows a long observation", (step) =>
      flag(step.before?.role === "environment" && step.before.chars > 1500),
    ),
    feature("observation.first_failure", "is followed by the first error of the run", (step) =>
      flag(step.observation?.failed === true && step.failuresBefore === 0),
    ),
    feature("observation.failures_before", "follows many errors", (step) => log1(step.failuresBefore)),
    feature("observation.failures_after", "is followed by many errors", (step, run) =>
      log1(run.failures - step.failuresBefore),
    ),
    feature("observation.ignored_failure", "goes on after an error without speaking of it", (step) =>
      flag(step.seen?.failed === true && cue(step, "failure") === 0 && cue(step, "apology") === 0),
    ),
    feature("observation.repeats_failure", "fails after a failure", (step) =>
      flag(step.observation?.failed === true && step.seen !== undefined && step.seen.failed),
    ),
    feature("observation.recovers", "runs after a failure", (step) =>
      flag(step.observation !== undefined && !step.observation.failed && step.seen?.failed === true),
    ),
    feature("observation.last_success", "is the last that ran", (step, run) => flag(isLastRun(step, run.agents))),
    ...REACTIONS.map((name) =>
      reading(
        `next.${name}`,
        `is followed by an agent speaking of ${CUE_TOPICS[name]}`,
        { of: "next", cue: CUE_PLACE[name] },
        (step) => log1(cue(step.agentAfter, name)),
      ),
    ),
    ...SOURCES.map((name) =>
      reading(
        `previous.${name}`,
        `follows an agent speaking of ${CUE_TOPICS[name]}`,
        { of: "previous", cue: CUE_PLACE[name] },
        (step) => log1(cue(step.agentBefore, name)),
      ),
    ),
    feature("next.code", "is followed by an agent step with code", (step) => flag(step.agentAfter?.code === true)),
    feature("previous.code", "follows an agent step with code", (step) => flag(step.agentBefore?.code === true)),
    feature("next.length", "is followed by a long agent step", (step) => log1((step.agentAfter?.chars ?? 0) / 100)),
    feature("previous.length", "follows a long agent step", (step) => log1((step.agentBefore?.chars ?? 0) / 100)),
    feature("next.failed", "is followed by an agent step that fails", (step) =>
      flag(step.agentAfter?.observation?.failed === true),
    ),
  ],
};

function isLastRun(step: StepView, agents: readonly StepView[]): boolean {
  if (!step.observation || step.observation.failed) return false;
  for (let place = step.ordinal + 1; place < agents.length; place++) if (agents[place]?.observation) return false;
  return true;
}
