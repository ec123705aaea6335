import { type FeatureGroup, feature, flag, log1 } from "./feature.ts";
import { cue } from "./step-view.ts";

/** Where what reaches the end came from, and whether anything supported it. */
export const flow: FeatureGroup = {
  name: "flow",
  features: [
    feature("flow.novelty", "says much that nobody said before", (step) => step.novelty),
    feature("flow.new_numbers", "brings in new numbers", (step) => log1(step.newNumbers)),
    feature("flow.new_names", "brings in new names", (step) => log1(step.newNames)),
    feature("flow.numbers_reach_end", "brings in a number that reaches the final answer", (step) =>
      log1(step.newNumbersFinal),
    ),
    feature("flow.names_reach_end", "brings in a name that reaches the final answer", (step) =>
      log1(step.newNamesFinal),
    ),
    feature("flow.any_number_reaches_end", "brings in a number that reaches the final answer", (step) =>
      flag(step.newNumbersFinal > 0),
    ),
    feature("flow.any_name_reaches_end", "brings in a name that reaches the final answer", (step) =>
      flag(step.newNamesFinal > 0),
    ),
    feature("flow.unsupported_number", "brings in a final number without any observation before it", (step) =>
      flag(step.newNumbersFinal > 0 && step.before?.role !== "environment"),
    ),
    feature("flow.number_from_code", "its observation brings in a number that reaches the final answer", (step) =>
      log1(step.observation?.newNumbersFinal ?? 0),
    ),
    feature("flow.name_from_code", "its observation brings in a name that reaches the final answer", (step) =>
      log1(step.observation?.newNamesFinal ?? 0),
    ),
    feature(
      "flow.observation_reaches_end",
      "its observation resembles the final answer",
      (step) => step.observation?.finalOverlap ?? 0,
    ),
    feature("flow.task_overlap", "speaks the words of the task", (step) => step.taskOverlap),
    feature("flow.seen_overlap", "repeats the last observation", (step) => step.seenOverlap),
    feature("flow.self_overlap", "repeats what its agent said before", (step) => step.selfOverlap),
    feature("flow.final_overlap", "is made of words of the final answer", (step) => step.finalOverlap),
    feature("flow.final_share", "holds much of the final answer", (step) => step.finalShare),
    feature("flow.ignores_observation", "concludes without using what it was shown", (step) =>
      flag(step.seen !== undefined && step.seenOverlap < 0.15 && cue(step, "conclusion") > 0),
    ),
    feature(
      "flow.final_share_gain",
      "holds more of the final answer than the step before",
      (step) => step.finalShare - (step.agentBefore?.finalShare ?? 0),
    ),
    feature("flow.final_share_first", "is the first to hold half of the final answer", (step, run) => {
      if (step.finalShare < 0.5) return 0;
      for (let place = 0; place < step.ordinal; place++) if ((run.agents[place]?.finalShare ?? 0) >= 0.5) return 0;
      return 1;
    }),
  ],
};
