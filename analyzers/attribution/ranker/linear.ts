import type { Example, Style } from "./examples.ts";
import { softmax } from "./model.ts";

/** Softmax over the agent steps of one trajectory of (the step's score + its agent's score) / temperature. */
export interface StyleModel {
  mean: Float64Array;
  /** 0 for a feature that never varied in training: it says nothing. */
  scale: Float64Array;
  /** Of the step's own scaled features. */
  weights: Float64Array;
  /** Of the same features of the step's agent: their sum over its n steps, divided by √n. */
  agentWeights: Float64Array;
  temperature: number;
  /** Who is blamed is decided by the step's probability and that of all its agent's steps together. */
  joint: boolean;
}

/** A trained ranker: one linear model a style of run. */
export type RankerModel = Record<Style, StyleModel>;

/** Scaled values beyond this many deviations are cut: one odd run must not decide. */
const CLIP = 4;

/** Probability of each agent step to be the decisive one. */
export function predict(model: RankerModel, features: Pick<Example, "style" | "rows" | "agents">): Float64Array {
  const own = model[features.style];
  return softmax(score(own, features), own.temperature);
}

/**
 * The row to blame. The blamed agent is the one who took the step, so where both count (`joint`) it is the row with the
 * most right answers to be expected: the probability of the step and that of all steps of its agent, added. Else it is
 * the likeliest.
 */
export function decide(chances: Float64Array, agents: readonly string[], joint: boolean): number {
  const ofAgent = new Map<string, number>();
  if (joint)
    for (const [i, agent] of agents.entries()) ofAgent.set(agent, (ofAgent.get(agent) ?? 0) + (chances[i] ?? 0));
  let best = 0;
  let most = -1;
  for (const [i, agent] of agents.entries()) {
    const expected = (chances[i] ?? 0) + (ofAgent.get(agent) ?? 0);
    if (expected > most) [best, most] = [i, expected];
  }
  return best;
}

/** The value with the training set's mean taken out, its deviation divided out, and the ends cut. */
export function scaledValue(model: Pick<StyleModel, "mean" | "scale">, i: number, value: number): number {
  const scale = model.scale[i] ?? 0;
  if (scale === 0) return 0;
  const scaled = (value - (model.mean[i] ?? 0)) / scale;
  return scaled > CLIP ? CLIP : scaled < -CLIP ? -CLIP : scaled;
}

/** Score of each row, before the temperature. */
export function score(model: Fitted, features: Pick<Example, "rows" | "agents">): Float64Array {
  const { own, agent } = scoreParts(model, features);
  return own.map((value, place) => value + (agent[place] ?? 0));
}

/** A model of which nothing was chosen yet. */
export type Fitted = Pick<StyleModel, "mean" | "scale" | "weights" | "agentWeights">;

/** The two parts of {@link score}: what each row says itself, and what all rows of its agent say. */
export function scoreParts(
  model: Fitted,
  { rows, agents }: Pick<Example, "rows" | "agents">,
): { own: Float64Array; agent: Float64Array } {
  const own = new Float64Array(rows.length);
  const agent = new Float64Array(rows.length);
  const sums = new Map<string, { sum: number; count: number }>();
  for (const [place, row] of rows.entries()) {
    let step = 0;
    let part = 0;
    for (let i = 0; i < model.weights.length; i++) {
      const weight = model.weights[i] ?? 0;
      const agentWeight = model.agentWeights[i] ?? 0;
      if (weight === 0 && agentWeight === 0) continue;
      const value = scaledValue(model, i, row[i] ?? 0);
      step += weight * value;
      part += agentWeight * value;
    }
    own[place] = step;
    const name = agents[place] ?? "";
    const { sum, count } = sums.get(name) ?? { sum: 0, count: 0 };
    sums.set(name, { sum: sum + part, count: count + 1 });
  }
  for (const [place, name] of agents.entries()) {
    const { sum, count } = sums.get(name) ?? { sum: 0, count: 1 };
    agent[place] = sum / Math.sqrt(count);
  }
  return { own, agent };
}
