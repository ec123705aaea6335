import type { Example } from "./examples.ts";
import { foldsByTask } from "./folds.ts";
import { decide, type Fitted, scoreParts } from "./linear.ts";
import { softmax } from "./model.ts";

/** How what was fitted is put together. */
export interface Blend {
  /** How much the agents' scores count beside the steps'. */
  share: number;
  temperature: number;
  joint: boolean;
}

const FOLDS = 4;
const REPEATS = 2;
const SHARES = [0, 0.5, 1];
const TEMPERATURES = [0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.4, 1.6, 1.8, 2.1, 2.5];
/** What a label is given at least: one odd label must not decide. */
const LEAST = 1e-3;

interface Asked {
  own: Float64Array;
  agent: Float64Array;
  example: Example;
}

/**
 * Chooses the blend by cross-validation inside the training examples, grouped by task. For each share, the temperature
 * that makes the labelled steps most probable; of the shares, the one that makes the labelled steps and agents most
 * probable together; then whether the joint decision is right more often.
 */
export function chooseBlend(
  training: readonly Example[],
  fit: (examples: readonly Example[]) => Fitted,
  seed: number,
): Blend {
  const asked: Asked[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) asked.push(...heldOut(training, fit, seed + 7919 * (repeat + 1)));
  let best = { share: 0, temperature: 1, loss: Number.POSITIVE_INFINITY };
  for (const share of SHARES) {
    const losses = TEMPERATURES.map((temperature) => lossesAt(asked, share, temperature));
    const step = Math.min(...losses.map((loss) => loss.step));
    const at = losses.findIndex((loss) => loss.step === step);
    const loss = step + (losses[at]?.agent ?? 0);
    if (loss < best.loss) best = { share, temperature: TEMPERATURES[at] ?? 1, loss };
  }
  const { share, temperature } = best;
  const joint = hits(asked, share, temperature, true) > hits(asked, share, temperature, false);
  return { share, temperature, joint };
}

/** Scores of every main example by a model that did not see its task. */
function heldOut(training: readonly Example[], fit: (examples: readonly Example[]) => Fitted, seed: number): Asked[] {
  const folds = foldsByTask(
    training.map((example) => example.task_id),
    FOLDS,
    seed,
  );
  const asked: Asked[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const held = training.filter((one, place) => folds[place] === fold && !one.auxiliary && one.rows.length > 0);
    const seen = training.filter((_, place) => folds[place] !== fold);
    if (held.length === 0 || seen.length === 0) continue;
    const model = fit(seen);
    asked.push(...held.map((example) => ({ ...scoreParts(model, example), example })));
  }
  return asked;
}

function chancesOf({ own, agent }: Asked, share: number, temperature: number): Float64Array {
  return softmax(
    own.map((value, i) => value + share * (agent[i] ?? 0)),
    temperature,
  );
}

function lossesAt(asked: readonly Asked[], share: number, temperature: number): { step: number; agent: number } {
  let step = 0;
  let agent = 0;
  for (const one of asked) {
    const chances = chancesOf(one, share, temperature);
    const { agents, target, culprit } = one.example;
    step -= Math.log(Math.max(LEAST, chances[target] ?? 0));
    agent -= Math.log(
      Math.max(
        LEAST,
        chances.reduce((sum, chance, place) => (agents[place] === culprit ? sum + chance : sum), 0),
      ),
    );
  }
  return { step, agent };
}

/** Right steps and right agents. */
function hits(asked: readonly Asked[], share: number, temperature: number, joint: boolean): number {
  let count = 0;
  for (const one of asked) {
    const { agents, target, culprit } = one.example;
    const place = decide(chancesOf(one, share, temperature), agents, joint);
    count += Number(place === target) + Number(agents[place] === culprit);
  }
  return count;
}
