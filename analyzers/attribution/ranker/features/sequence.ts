import { CUE_NAMES, CUE_TOPICS, type Cue } from "./cues.ts";
import { cueShare, firstWith, type Measure, type RunView } from "./digest.ts";
import { type FeatureGroup, feature, flag, log1, reading } from "./feature.ts";
import { CUE_PLACE, cue, type StepView } from "./step-view.ts";

const FIRSTS: Cue[] = [
  "assumption",
  "fabrication",
  "recall",
  "manual",
  "inability",
  "conclusion",
  "approximation",
  "evidence",
  "calculation",
  "alternative",
  "search",
  "correction",
  "agreement",
  "failure",
  "ending",
  "uncertainty",
  "verification",
  "blocked",
  "scroll",
  "click",
  "typed",
  "satisfied",
  "loop",
];

/** The step against the other agent steps of its run: the first of a kind, or the most of it. */
export const sequence: FeatureGroup = {
  name: "sequence",
  features: [
    ...FIRSTS.map((name) =>
      reading(
        `first.${name}`,
        `is the first to speak of ${CUE_TOPICS[name]}`,
        { of: "first", cue: CUE_PLACE[name] },
        (step, run) => flag(firstWith(step, run, name)),
      ),
    ),
    ...CUE_NAMES.map((name) =>
      reading(
        `most.${name}`,
        `speaks more of ${CUE_TOPICS[name]} than the others`,
        { of: "most", cue: CUE_PLACE[name] },
        (step, run) => cueShare(step, run, name),
      ),
    ),
    feature("first.code", "holds the first code after the opening", (step, run) =>
      flag(isFirst(step, run, (one) => one.code)),
    ),
    feature("first.success", "holds the first code that ran", (step, run) =>
      flag(isFirst(step, run, (one) => one.observation !== undefined && !one.observation.failed)),
    ),
    feature("first.failure_answer", "is the first that was answered by an error", (step, run) =>
      flag(isFirst(step, run, (one) => one.observation?.failed === true)),
    ),
    feature("first.no_code", "is the first without code after the opening", (step, run) =>
      flag(isFirst(step, run, (one) => !one.code)),
    ),
    feature("first.number_to_end", "is the first to bring in a number that reaches the end", (step, run) =>
      flag(isFirst(step, run, (one) => one.newNumbersFinal > 0)),
    ),
    feature("first.name_to_end", "is the first to bring in a name that reaches the end", (step, run) =>
      flag(isFirst(step, run, (one) => one.newNamesFinal > 0)),
    ),
    feature("first.unsupported", "is the first with claims that nothing supports", (step, run) =>
      flag(isFirst(step, run, (one) => !one.code && one.unsupportedCount >= 5)),
    ),
    feature("most.length", "is longer than the others", (step, run) => share(step, run, "chars")),
    feature("most.new_numbers", "brings in more numbers than the others", (step, run) =>
      share(step, run, "newNumbers"),
    ),
    feature("most.new_names", "brings in more names than the others", (step, run) => share(step, run, "newNames")),
    feature("most.numbers_to_end", "brings in more of the final numbers than the others", (step, run) =>
      share(step, run, "newNumbersFinal"),
    ),
    feature("most.names_to_end", "brings in more of the final names than the others", (step, run) =>
      share(step, run, "newNamesFinal"),
    ),
    feature("most.unsupported", "claims more without support than the others", (step, run) =>
      share(step, run, "unsupportedCount"),
    ),
    feature("most.final_share", "holds more of the final answer than the others", (step, run) =>
      share(step, run, "finalShare"),
    ),
    feature("claim.unsupported", "states numbers and names that nothing supports", (step) => step.unsupported),
    feature("claim.unsupported_log", "states many numbers and names that nothing supports", (step) =>
      log1(step.unsupportedCount),
    ),
    feature("claim.without_code", "states unsupported facts without running anything", (step) =>
      step.code || step.ordinal === 0 ? 0 : log1(step.unsupportedCount),
    ),
    feature("claim.before_any_observation", "states facts before anything was observed", (step) =>
      flag(step.ordinal > 0 && step.successesBefore === 0 && !step.code && step.unsupportedCount >= 3),
    ),
    feature("claim.manual_evidence", "claims to have looked things up by hand", (step) =>
      flag(!step.code && cue(step, "manual") > 0 && cue(step, "evidence") + cue(step, "agreement") > 0),
    ),
    feature("claim.concludes_alone", "concludes without an observation", (step) =>
      flag(step.ordinal > 0 && step.seen === undefined && cue(step, "conclusion") > 0),
    ),
    feature("claim.from_observation", "draws facts from the observation just before it", (step) =>
      flag(
        step.before?.role === "environment" &&
          !step.before.failed &&
          !step.code &&
          step.newNumbersFinal + step.newNamesFinal + (step.finalShare > 0.3 ? 1 : 0) > 0,
      ),
    ),
    feature("opening.code", "opens the run with code", (step) => flag(step.ordinal === 0 && step.code)),
    feature("opening.failure", "opens the run with errors to repair", (step) =>
      step.ordinal === 0 ? log1(cue(step, "failure")) : 0,
    ),
    feature("opening.length", "opens the run at length", (step) => (step.ordinal === 0 ? log1(step.chars / 500) : 0)),
    feature("opening.off_task", "opens the run beside the task", (step) =>
      step.ordinal === 0 ? 1 - Math.min(1, step.tailTaskOverlap * 2) : 0,
    ),
    feature("opening.result", "opens the run with a result", (step) =>
      step.ordinal === 0 ? log1(cue(step, "evidence")) : 0,
    ),
    feature("off_task", "leaves the words of the task", (step) => 1 - Math.min(1, step.taskOverlap * 2)),
    feature("tail_task", "returns to the task at its end", (step) => step.tailTaskOverlap),
    feature("observations_before", "comes after many observations", (step) => log1(step.observationsBefore)),
    feature("successes_before", "comes after many successful observations", (step) => log1(step.successesBefore)),
  ],
};

function isFirst(step: StepView, run: RunView, test: (one: StepView) => boolean): boolean {
  if (step.ordinal === 0 || !test(step)) return false;
  for (let place = 1; place < step.ordinal; place++) {
    const one = run.agents[place];
    if (one && test(one)) return false;
  }
  return true;
}

function share(step: StepView, run: RunView, measure: Measure): number {
  const most = run.most[measure];
  return most === 0 || step.ordinal === 0 ? 0 : step[measure] / most;
}
