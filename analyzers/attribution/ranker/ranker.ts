import type { Trajectory } from "@culprit/schemas";
import type { Strategy, StrategyAnswer } from "../strategy.ts";
import { blame } from "./blame.ts";
import { featuresOf } from "./examples.ts";
import { type Evidence, evidence, explain } from "./explain.ts";
import { rowFiller } from "./features/groups.ts";
import { predict, type StyleModel } from "./linear.ts";
import { loadRankerWeights, type RankerWeights, toModel } from "./weights.ts";

export interface Ranker extends Strategy {
  rank(trajectory: Trajectory): StrategyAnswer;
  /** Probability of each agent step, by its index, to be the decisive one. */
  chances(trajectory: Trajectory): ReadonlyMap<number, number>;
  /** What moved {@link rank}'s decision, strongest first, with the steps and spans it points to. */
  evidence(trajectory: Trajectory, count?: number): Evidence[];
}

export interface RankerOptions {
  /** Confidence below which nobody is blamed: the answer is `abstained`. 0 blames always. */
  abstainBelow?: number | undefined;
}

/**
 * The embedded attributor: a conditional logit over the agent steps of one trajectory. No model server, no key, and
 * the ground truth is never read. Synchronous underneath: {@link rank} is the same without the promise.
 */
export function createRanker(
  weights: RankerWeights = loadRankerWeights(),
  { abstainBelow = 0 }: RankerOptions = {},
): Ranker {
  const model = toModel(weights);
  const weighed = {
    exchange: rowFiller((place) => counts(model.exchange, place)),
    orchestrated: rowFiller((place) => counts(model.orchestrated, place)),
  };
  const rank = (trajectory: Trajectory): StrategyAnswer => {
    const features = featuresOf(trajectory, weighed);
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
    const reason = explain(features, said.place, evidence(model, features, said.place, trajectory));
    if (said.confidence < abstainBelow) {
      const sure = `${Math.round(100 * said.confidence)} %, below the ${Math.round(100 * abstainBelow)} % asked for`;
      return {
        ...base,
        status: "abstained",
        agent: null,
        step: null,
        confidence: 0,
        reason: `The likeliest step is only ${sure}. ${reason}`,
      };
    }
    return {
      ...base,
      status: "attributed",
      agent: said.agent,
      step: said.step,
      confidence: said.confidence,
      reason,
    };
  };
  const chances = (trajectory: Trajectory): ReadonlyMap<number, number> => {
    const features = featuresOf(trajectory, weighed);
    const found = predict(model, features);
    return new Map(features.steps.map((step, place) => [step, found[place] ?? 0]));
  };
  const evidenceOf = (trajectory: Trajectory, count?: number): Evidence[] => {
    const features = featuresOf(trajectory, weighed);
    const said = blame(model, features);
    return said ? evidence(model, features, said.place, trajectory, count) : [];
  };
  const version = abstainBelow > 0 ? `${weights.version}+abstain-${abstainBelow}` : weights.version;
  return {
    name: "ranker",
    version,
    rank,
    chances,
    evidence: evidenceOf,
    attribute: async (trajectory) => rank(trajectory),
  };
}

function counts({ weights, agentWeights }: StyleModel, place: number): boolean {
  return weights[place] !== 0 || agentWeights[place] !== 0;
}
