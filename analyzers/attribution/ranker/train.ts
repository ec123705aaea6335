import { AUXILIARY_WEIGHT, type Example, type Style } from "./examples.ts";
import { FEATURES } from "./features/groups.ts";
import { foldsByTask } from "./folds.ts";
import { type Head, headsOf, placesOf } from "./heads.ts";
import { type Choice, fit, softmax } from "./model.ts";

/** Softmax(weights · clip((row − mean) / scale) / temperature) over the agent steps of one trajectory. */
export interface StyleModel {
  mean: Float64Array;
  /** 0 for a feature that never varied in training: it says nothing. */
  scale: Float64Array;
  weights: Float64Array;
  temperature: number;
}

/** A trained ranker: one linear model a style of run. */
export type RankerModel = Record<Style, StyleModel>;

export interface TrainOptions {
  seed: number;
  /** Feature groups to leave out: what an ablation takes away. */
  without?: readonly string[];
}

const INNER_FOLDS = 4;
const TEMPERATURES = [0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.4, 1.6, 1.8, 2.1, 2.5];
/** Scaled values beyond this many deviations are cut: one odd run must not decide. */
const CLIP = 4;
/** With fewer runs of its own, a style is trained on all runs alike. */
const FEWEST_OWN = 10;

/**
 * Trains on the examples and nothing else. Whatever is fitted to data (scaling, weights, temperature) is fitted inside
 * them, the temperature by cross-validation grouped by task. So it can be called on the training part of a fold, and
 * nothing of what the held part then gets was chosen by its labels.
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
  const heads = headsOf(style, without);
  return { ...fitHeads(training, heads), temperature: temperatureOf(training, heads, seed) };
}

/** The temperature at which models that did not see a run's task make its label most probable. */
function temperatureOf(training: readonly Example[], heads: readonly Head[], seed: number): number {
  const folds = foldsByTask(
    training.map((example) => example.task_id),
    INNER_FOLDS,
    seed + 7919,
  );
  const asked: { scores: Float64Array; target: number }[] = [];
  for (let fold = 0; fold < INNER_FOLDS; fold++) {
    const held = training.filter((one, place) => folds[place] === fold && !one.auxiliary && one.target >= 0);
    const seen = training.filter((_, place) => folds[place] !== fold);
    if (held.length === 0 || seen.length === 0) continue;
    const model = fitHeads(seen, heads);
    for (const { rows, target } of held) asked.push({ scores: score(model, rows), target });
  }
  if (asked.length === 0) return 1;
  const losses = TEMPERATURES.map((temperature) => {
    let loss = 0;
    for (const { scores, target } of asked) {
      loss -= Math.log(Math.max(1e-12, softmax(scores, temperature)[target] ?? 0));
    }
    return loss;
  });
  return TEMPERATURES[losses.indexOf(Math.min(...losses))] ?? 1;
}

/** Probability of each agent step to be the decisive one. */
export function predict(model: RankerModel, features: Pick<Example, "style" | "rows">): Float64Array {
  const own = model[features.style];
  return softmax(score(own, features.rows), own.temperature);
}

/** The value with the training set's mean taken out, its deviation divided out, and the ends cut. */
export function scaledValue(model: Pick<StyleModel, "mean" | "scale">, i: number, value: number): number {
  const scale = model.scale[i] ?? 0;
  if (scale === 0) return 0;
  const scaled = (value - (model.mean[i] ?? 0)) / scale;
  return scaled > CLIP ? CLIP : scaled < -CLIP ? -CLIP : scaled;
}

/** Score of each row, before the temperature. */
export function score(model: Omit<StyleModel, "temperature">, rows: readonly Float64Array[]): Float64Array {
  return Float64Array.from(rows, (row) => {
    let sum = 0;
    for (let i = 0; i < model.weights.length; i++) {
      const weight = model.weights[i] ?? 0;
      if (weight !== 0) sum += weight * scaledValue(model, i, row[i] ?? 0);
    }
    return sum;
  });
}

/** Fits every head and averages them; a feature that a head does not see has weight 0 there. */
function fitHeads(examples: readonly Example[], heads: readonly Head[]): Omit<StyleModel, "temperature"> {
  const main = examples.filter((example) => !example.auxiliary);
  const scaling = scalingOf(main.length === 0 ? examples : main);
  const choices: Choice[] = examples.map((example) => ({
    rows: example.rows.map((row) => row.map((value, i) => scaledValue(scaling, i, value))),
    target: example.target,
    weight: example.auxiliary ? AUXILIARY_WEIGHT : 1,
  }));
  const weights = new Float64Array(FEATURES.length);
  for (const head of heads) {
    const places = placesOf(head);
    const fitted = fit(choices, FEATURES.length, { penalty: head.penalty }, places);
    for (const [i, place] of places.entries()) {
      weights[place] = (weights[place] ?? 0) + (fitted[i] ?? 0) / heads.length;
    }
  }
  return { ...scaling, weights };
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
