import type { Trajectory } from "@culprit/schemas";
import type { Strategy, StrategyAnswer } from "../strategy.ts";
import { blame } from "./blame.ts";
import { featuresOf } from "./examples.ts";
import { explain } from "./explain.ts";
import { predict } from "./train.ts";
import { loadRankerWeights, type RankerWeights, toModel } from "./weights.ts";

export interface Ranker extends Strategy {
  rank(trajectory: Trajectory): StrategyAnswer;
  /** Probability of each agent step, by its index, to be the decisive one. */
  chances(trajectory: Trajectory): ReadonlyMap<number, number>;
}

/**
 * The embedded attributor: a conditional logit over the agent steps of one trajectory. No model server, no key, and
 * the ground truth is never read. Synchronous underneath: {@link rank} is the same without the promise.
 */
export function createRanker(weights: RankerWeights = loadRankerWeights()): Ranker {
  const model = toModel(weights);
  const rank = (trajectory: Trajectory): StrategyAnswer => {
    const features = featuresOf(trajectory);
    const said = blame(model, features);
    const base = { model: `ranker ${weights.version}`, input_tokens: 0, output_tokens: 0 };
    if (!said) {
      return {
        ...base,
        status: "no_agent_step",
        agent: null,
        step: null,
        confidence: 0,
        reason: "The run has no agent step.",
      };
    }
    return {
      ...base,
      status: "attributed",
      agent: said.agent,
      step: said.step,
      confidence: said.confidence,
      reason: explain(model, features, said.place),
    };
  };
  const chances = (trajectory: Trajectory): ReadonlyMap<number, number> => {
    const features = featuresOf(trajectory);
    const found = predict(model, features);
    return new Map(features.steps.map((step, place) => [step, found[place] ?? 0]));
  };
  return { name: "ranker", version: weights.version, rank, chances, attribute: async (trajectory) => rank(trajectory) };
}
