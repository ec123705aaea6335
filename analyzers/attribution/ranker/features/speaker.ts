import { type FeatureGroup, feature, flag, log1 } from "./feature.ts";
import type { StepView } from "./step-view.ts";

/** What agents are called when they do a kind of work, by parts of their names. */
const TRADES: Record<string, RegExp> = {
  verifier: /verif|valid|check|test|critic|inspect|review|judge|quality/i,
  coordinator: /orchestrat|manager|planner|lead|coordinat|supervis|director/i,
  researcher: /surfer|search|web|research|retriev|brows|librar/i,
  coder: /cod(?:e|er|ing)|program|engineer|python|debug|develop|algorithm|excel/i,
  analyst: /analy|data|statist|math|calcul|financ/i,
  assistant: /assistant|helper/i,
  files: /file/i,
  expert: /expert/i,
};

/** Who speaks. */
export const speaker: FeatureGroup = {
  name: "speaker",
  features: [
    ...Object.entries(TRADES).map(([trade, pattern]) =>
      feature(`speaker.${trade}`, `was taken by a ${trade}`, (step) => flag(pattern.test(step.agent))),
    ),
    feature("speaker.same_as_before", "continues the same agent's turn", (step) =>
      flag(step.agentBefore?.agent === step.agent),
    ),
    feature("speaker.same_as_after", "is continued by the same agent", (step) =>
      flag(step.agentAfter?.agent === step.agent),
    ),
    feature("speaker.opened_run", "was taken by the agent who opened the run", (step, run) =>
      flag(step.agent === run.first),
    ),
    feature("speaker.dominant", "was taken by the agent who speaks most", (step, run) =>
      flag(step.agent === run.dominant),
    ),
    feature(
      "speaker.share",
      "was taken by an agent with many of the steps",
      (step, run) => (run.turns.get(step.agent) ?? 0) / Math.max(1, run.agents.length),
    ),
    feature("speaker.once", "is its agent's only turn", (step, run) => flag(run.turns.get(step.agent) === 1)),
    feature("speaker.returned_to", "hands over to the agent who spoke before it", (step) => flag(isReturn(step))),
    feature("speaker.turns_log", "was taken by an agent with many turns", (step, run) =>
      log1(run.turns.get(step.agent) ?? 0),
    ),
    feature("speaker.closes_exchange", "was followed by a different agent without an observation", (step) =>
      flag(step.after?.role === "agent" && step.after.agent !== step.agent),
    ),
  ],
};

function isReturn(step: StepView): boolean {
  const after = step.agentAfter?.agent;
  return after !== undefined && after !== step.agent && after === step.agentBefore?.agent;
}
