import type { Example } from "./examples.ts";
import { FEATURES } from "./features/groups.ts";
import { type RankerModel, scaled } from "./train.ts";

/** How much one feature speaks for a step against the run's other agent steps, in units of the score. */
export interface Contribution {
  feature: string;
  meaning: string;
  weight: number;
  /** The step has more of the feature than the run's average, so `meaning` can be said of it. */
  present: boolean;
}

/** What moved the decision towards the step at `place`, strongest first: its features against the run's average. */
export function contributions(
  model: RankerModel,
  features: Pick<Example, "style" | "rows">,
  place: number,
): Contribution[] {
  const own = model[features.style];
  const all = scaled(own, features.rows);
  const chosen = all[place];
  if (!chosen) return [];
  return FEATURES.map(({ name, meaning }, i) => {
    const average = all.reduce((sum, row) => sum + (row[i] ?? 0), 0) / all.length;
    const excess = (chosen[i] ?? 0) - average;
    return { feature: name, meaning, weight: excess * (own.weights[i] ?? 0), present: excess > 0 };
  }).sort((left, right) => right.weight - left.weight);
}

/** The decision in one sentence: at most `count` different reasons, none that speaks against the step. */
export function explain(
  model: RankerModel,
  features: Pick<Example, "style" | "rows" | "agents" | "steps">,
  place: number,
  count = 4,
): string {
  const head = `Step ${features.steps[place]} by ${features.agents[place]}`;
  if (features.rows.length === 1) return `${head} is the only agent step of the run.`;
  const reasons: string[] = [];
  for (const { meaning, weight, present } of contributions(model, features, place)) {
    if (weight <= 0 || reasons.length === count) break;
    if (present && !reasons.includes(meaning)) reasons.push(meaning);
  }
  return reasons.length === 0 ? `${head} is the likeliest by position.` : `${head} ${reasons.join("; ")}.`;
}
