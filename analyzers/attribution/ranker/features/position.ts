import { type FeatureGroup, feature, flag, log1 } from "./feature.ts";

/** Where the step stands in the run. */
export const position: FeatureGroup = {
  name: "position",
  features: [
    feature("position.relative", "comes late in the run", (step, run) => relative(step.ordinal, run.agents.length)),
    feature(
      "position.relative_squared",
      "stands at an end of the run",
      (step, run) => relative(step.ordinal, run.agents.length) ** 2,
    ),
    feature("position.ordinal_log", "comes after many agent steps", (step) => log1(step.ordinal)),
    feature("position.index_log", "comes after many steps", (step) => log1(step.index)),
    feature("position.first", "is the first agent step", (step) => flag(step.ordinal === 0)),
    feature("position.second", "is the second agent step", (step) => flag(step.ordinal === 1)),
    feature("position.third", "is the third agent step", (step) => flag(step.ordinal === 2)),
    feature("position.fourth", "is the fourth agent step", (step) => flag(step.ordinal === 3)),
    feature("position.index_0", "opens the run", (step) => flag(step.index === 0)),
    feature("position.last", "is the last agent step", (step) => flag(step.agentAfter === undefined)),
    feature("position.last_of_two", "is one of the last two agent steps", (step, run) =>
      flag(step.ordinal >= run.agents.length - 2),
    ),
    feature("position.remaining_log", "is followed by many agent steps", (step, run) =>
      log1(run.agents.length - 1 - step.ordinal),
    ),
    feature("position.turn_first", "is its agent's first turn", (step) => flag(step.turn === 0)),
    feature("position.turn_second", "is its agent's second turn", (step) => flag(step.turn === 1)),
    feature("position.turn_third", "is its agent's third turn", (step) => flag(step.turn === 2)),
    feature("position.turn_log", "comes after many turns of its agent", (step) => log1(step.turn)),
    feature("position.turn_last", "is its agent's last turn", (step, run) =>
      flag(step.turn === (run.turns.get(step.agent) ?? 1) - 1),
    ),
    feature("position.turn_relative", "comes late among its agent's turns", (step, run) =>
      relative(step.turn, run.turns.get(step.agent) ?? 1),
    ),
  ],
};

function relative(place: number, count: number): number {
  return count <= 1 ? 0 : place / (count - 1);
}
