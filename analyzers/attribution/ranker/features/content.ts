import { CUE_NAMES, CUE_TOPICS } from "./cues.ts";
import { type FeatureGroup, feature, flag, log1, reading } from "./feature.ts";
import { cue } from "./step-view.ts";

/** What the step says. */
export const content: FeatureGroup = {
  name: "content",
  features: [
    feature("content.length", "is long", (step) => log1(step.chars / 100)),
    feature("content.length_share", "holds much of the run's text", (step, run) =>
      Math.min(1, (step.chars * run.agents.length) / Math.max(1, run.chars)),
    ),
    feature("content.tiny", "says almost nothing", (step) => flag(step.chars < 60)),
    feature("content.short", "is short", (step) => flag(step.chars < 300)),
    feature("content.holds_code", "holds code", (step) => flag(step.code)),
    feature("content.first_code", "holds the first code of the run", (step) =>
      flag(step.code && !step.agentBefore?.code && step.ordinal < 3),
    ),
    feature("content.json", "is a JSON document", (step) => flag(step.json)),
    feature("content.question", "ends with a question", (step) => flag(step.question)),
    feature("content.lists", "holds lists", (step) => log1(step.lists)),
    feature("content.urls", "names web addresses", (step) => log1(step.urls)),
    feature("content.tools", "calls tools", (step) => log1(step.tools)),
    ...CUE_NAMES.map((name, place) =>
      reading(`content.${name}`, `speaks of ${CUE_TOPICS[name]}`, { of: "step", cue: place }, (step) =>
        log1(cue(step, name)),
      ),
    ),
  ],
};
