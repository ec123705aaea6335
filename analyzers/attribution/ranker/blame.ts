import type { Example } from "./examples.ts";
import { foldsByTask } from "./folds.ts";
import { decide, predict, type RankerModel } from "./linear.ts";
import { trainModel } from "./train.ts";

/** What the ranker says of one trajectory. */
export interface Blame {
  agent: string;
  /** 0-based. */
  step: number;
  /** Place among the agent steps. */
  place: number;
  confidence: number;
  /** Probability of the labelled step, where the label is known and is an agent step. */
  label_chance?: number;
}

/** The step that is blamed, and its speaker; `null` for a trajectory without agent steps. */
export function blame(
  model: RankerModel,
  features: Pick<Example, "style" | "rows" | "agents" | "steps"> & Partial<Pick<Example, "target">>,
): Blame | null {
  const chances = predict(model, features);
  const place = decide(chances, features.agents, model[features.style].joint);
  const agent = features.agents[place];
  const step = features.steps[place];
  if (agent === undefined || step === undefined) return null;
  const labelled = features.target === undefined ? undefined : chances[features.target];
  const known = labelled === undefined ? {} : { label_chance: labelled };
  return { agent, step, place, confidence: chances[place] ?? 0, ...known };
}

/**
 * Nested cross-validation: folds grouped by task; each fold is predicted by a model for which everything chosen from
 * data (scaling, weights, temperature) was chosen inside the other folds. Auxiliary examples are only trained
 * on, and never those of a held task.
 */
export function crossValidate(
  examples: readonly Example[],
  options: { folds: number; seed?: number; without?: readonly string[] },
): Map<string, Blame | null> {
  const seed = options.seed ?? 1;
  const main = examples.filter((example) => !example.auxiliary);
  const folds = foldsByTask(
    main.map((example) => example.task_id),
    options.folds,
    seed,
  );
  const blames = new Map<string, Blame | null>();
  for (let fold = 0; fold < options.folds; fold++) {
    const held = main.filter((_, place) => folds[place] === fold);
    if (held.length === 0) continue;
    for (const [id, said] of trainAndAsk(examples, held, { ...options, seed })) blames.set(id, said);
  }
  return blames;
}

/** What a model says of the held examples that was trained on all whose task is not held. */
export function trainAndAsk(
  examples: readonly Example[],
  held: readonly Example[],
  options: { seed: number; without?: readonly string[] },
): Map<string, Blame | null> {
  const tasks = new Set(held.map((example) => example.task_id));
  const model = trainModel(
    examples.filter((example) => !tasks.has(example.task_id)),
    options,
  );
  return new Map(held.map((example) => [example.id, blame(model, example)]));
}
