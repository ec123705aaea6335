import { chooseBlend } from "./blend.ts";
import { AUXILIARY_WEIGHT, type Example, type Style } from "./examples.ts";
import { FEATURES } from "./features/groups.ts";
import { agentHeadOf, type Head, headsOf, placesOf } from "./heads.ts";
import { type Fitted, type RankerModel, type StyleModel, scaledValue } from "./linear.ts";
import { type Choice, fit } from "./model.ts";

export interface TrainOptions {
  seed: number;
  /** Feature groups to leave out: what an ablation takes away. */
  without?: readonly string[];
}

/** With fewer runs of its own, a style is trained on all runs alike. */
const FEWEST_OWN = 10;

/**
 * Trains on the examples and nothing else. Whatever is fitted to data (scaling, weights) or chosen by it (the blend)
 * is so inside them, the latter by cross-validation grouped by task. So it
 * can be called on the training part of a fold, and nothing of what the held part then gets was chosen by its labels.
 */
export function trainModel(examples: readonly Example[], options: TrainOptions): RankerModel {
  return {
    exchange: trainStyle(examples, "exchange", options),
    orchestrated: trainStyle(examples, "orchestrated", options),
  };
}

function trainStyle(examples: readonly Example[], style: Style, { seed, without }: TrainOptions): StyleModel {
  const own = examples.filter((example) => example.style === style);
  const training = own.filter((example) => !example.auxiliary).length >= FEWEST_OWN ? own : examples;
  const fitted = (seen: readonly Example[]) => fitHeads(seen, headsOf(style, without), agentHeadOf(style, without));
  const { share, temperature, joint } = chooseBlend(training, fitted, seed);
  const model = fitted(training);
  return { ...model, agentWeights: model.agentWeights.map((weight) => share * weight), temperature, joint };
}

/** Fits every head and averages them; a feature that a head does not see has weight 0 there. */
function fitHeads(examples: readonly Example[], heads: readonly Head[], agentHead: Head): Fitted {
  const main = examples.filter((example) => !example.auxiliary);
  const scaling = scalingOf(main.length === 0 ? examples : main);
  const choices: Choice[] = examples.map((example) => ({
    rows: example.rows.map((row) => row.map((value, i) => scaledValue(scaling, i, value))),
    target: example.target,
    weight: example.auxiliary ? AUXILIARY_WEIGHT : 1,
  }));
  const amongAgents = choices.map((choice, i) => agentChoice(choice, examples[i]?.agents ?? [], examples[i]?.culprit));
  return { ...scaling, weights: averaged(choices, heads), agentWeights: averaged(amongAgents, [agentHead]) };
}

function averaged(choices: readonly Choice[], heads: readonly Head[]): Float64Array {
  const weights = new Float64Array(FEATURES.length);
  for (const head of heads) {
    const places = placesOf(head);
    const fitted = fit(choices, FEATURES.length, { penalty: head.penalty }, places);
    for (const [i, place] of places.entries()) {
      weights[place] = (weights[place] ?? 0) + (fitted[i] ?? 0) / heads.length;
    }
  }
  return weights;
}

/**
 * The same run as a choice among its agents: a row is the sum over the n steps of one, divided by √n. Features are
 * scaled to mean 0 and deviation 1, so this is how far its steps lie from the usual in standard errors.
 */
function agentChoice({ rows, weight }: Choice, agents: readonly string[], culprit: string | undefined): Choice {
  const names = [...new Set(agents)];
  const sums = names.map((name) => {
    const own = rows.filter((_, place) => agents[place] === name);
    const sum = new Float64Array(FEATURES.length);
    for (const row of own) for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (row[i] ?? 0);
    return sum.map((value) => value / Math.sqrt(own.length));
  });
  return { rows: sums, target: names.indexOf(culprit ?? ""), weight: weight ?? 1 };
}

/** Mean and deviation of each feature, every trajectory counting the same whatever its length. */
function scalingOf(examples: readonly Example[]): Pick<StyleModel, "mean" | "scale"> {
  const mean = average(examples, (value) => value);
  const variance = average(examples, (value, i) => (value - (mean[i] ?? 0)) ** 2);
  return { mean, scale: variance.map((value) => (value < 1e-18 ? 0 : Math.sqrt(value))) };
}

function average(examples: readonly Example[], of: (value: number, i: number) => number): Float64Array {
  const sum = new Float64Array(FEATURES.length);
  const filled = examples.filter(({ rows }) => rows.length > 0);
  for (const { rows } of filled) {
    for (const row of rows) {
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + of(row[i] ?? 0, i) / rows.length;
    }
  }
  return sum.map((value) => value / Math.max(1, filled.length));
}
