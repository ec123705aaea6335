import { CulpritError } from "@culprit/schemas";
import type { Blame } from "./blame.ts";
import { blame } from "./blame.ts";
import { type Example, type LabelledRun, STYLES, type Style, toExample } from "./examples.ts";
import { FEATURES } from "./features/groups.ts";
import { foldsByTask } from "./folds.ts";
import { predict, type RankerModel, scaledValue, score } from "./linear.ts";
import { fit } from "./model.ts";
import { setsOf } from "./train-ranker.ts";
import { type RankerWeights, toModel, toWeights } from "./weights.ts";

export interface TuneRankerOptions {
  /** The user's own labelled runs. */
  runs: readonly LabelledRun[];
  /** The weights to start from and to beat. */
  base: RankerWeights;
  /** Day of training as it goes into the file (`2026-11-20`). */
  date: string;
  seed?: number;
  folds?: number;
}

/** How one set of weights does on runs it did not see. */
export interface HeldOutScore {
  n: number;
  agent: number;
  step: number;
  /** Mean −log of the probability given to the labelled step. */
  log_loss: number;
}

export interface TunedRanker {
  weights: RankerWeights;
  folds: number;
  /** Both on the same held-out runs, every run held out once. */
  base: HeldOutScore;
  tuned: HeldOutScore;
  /** More right steps and agents together, or as many with a smaller loss. */
  better: boolean;
}

const FEWEST = 10;
/** L2 strength of the distance from the base's weights: with few runs the base is kept. */
const PENALTY = 30;

/**
 * Moves the ranker's weights towards the user's own labels: a conditional logit whose penalty pulls to the base's
 * weights instead of to zero. What it is worth is measured by cross-validation grouped by task, beside the base on the
 * same held-out runs; the base must not have been trained on them.
 *
 * @throws CulpritError `nothing_to_train_on` with fewer than 10 labelled runs or a single task
 */
export function tuneRanker(options: TuneRankerOptions): TunedRanker {
  const seed = options.seed ?? 1;
  const { data, auxiliary } = options.base.provenance;
  const seen = new Set([...data, ...(auxiliary?.data ?? [])]);
  const examples = options.runs
    .map(toExample)
    .filter((example) => !seen.has(example.id))
    .sort((left, right) => (left.id < right.id ? -1 : 1));
  const tasks = new Set(examples.map((example) => example.task_id)).size;
  if (examples.length < FEWEST || tasks < 2) {
    throw new CulpritError(
      "nothing_to_train_on",
      `There are only ${examples.length} labelled runs of ${tasks} tasks that the ranker has not learned from.`,
      {
        mend: `Annotate runs, or verify blames with \`culprit replay\`, until there are at least ${FEWEST} of 2 tasks.`,
      },
    );
  }
  const folds = Math.min(options.folds ?? 5, tasks);
  const base = toModel(options.base);
  const foldOf = foldsByTask(
    examples.map((example) => example.task_id),
    folds,
    seed,
  );
  const asBase = new Scorer(options.runs);
  const asTuned = new Scorer(options.runs);
  for (let fold = 0; fold < folds; fold++) {
    const model = tuned(
      base,
      examples.filter((_, place) => foldOf[place] !== fold),
    );
    for (const [place, example] of examples.entries()) {
      if (foldOf[place] !== fold) continue;
      asBase.add(example, base);
      asTuned.add(example, model);
    }
  }
  const [before, after] = [asBase.result(), asTuned.result()];
  const gain = after.agent + after.step - before.agent - before.step;
  const weights = toWeights(tuned(base, examples), {
    date: options.date,
    seed,
    sets: setsOf(examples),
    data: [...seen, ...examples.map((example) => example.id)],
    tuned_from: options.base.version,
    cross_validated: {
      folds,
      seeds: [seed],
      grouped_by: "task",
      nested: true,
      subsets: { own: { n: after.n, agent: after.agent, step: after.step } },
    },
  });
  const better = gain > 1e-9 || (Math.abs(gain) <= 1e-9 && after.log_loss < before.log_loss);
  return { weights, folds, base: before, tuned: after, better };
}

function tuned(base: RankerModel, examples: readonly Example[]): RankerModel {
  const model = { ...base };
  for (const style of STYLES) {
    const own = examples.filter((example) => example.style === style && example.target >= 0);
    if (own.length > 0) model[style] = { ...base[style], weights: moved(base, style, own) };
  }
  return model;
}

/** Base weights plus the small change that makes the labels likelier. */
function moved(model: RankerModel, style: Style, examples: readonly Example[]): Float64Array {
  const base = model[style];
  const change = fit(
    examples.map(({ rows, agents, target }) => ({
      rows: rows.map((row) => row.map((value, i) => scaledValue(base, i, value))),
      target,
      offsets: score(base, { rows, agents }),
    })),
    FEATURES.length,
    { penalty: PENALTY },
  );
  return base.weights.map((weight, i) => weight + (change[i] ?? 0));
}

class Scorer {
  readonly #labels: ReadonlyMap<string, LabelledRun>;
  #n = 0;
  #agent = 0;
  #step = 0;
  #loss = 0;
  #asked = 0;

  constructor(runs: readonly LabelledRun[]) {
    this.#labels = new Map(runs.map((run) => [run.trajectory.trace_id, run]));
  }

  add(example: Example, model: RankerModel): void {
    const said: Blame | null = blame(model, example);
    const label = this.#labels.get(example.id);
    this.#n++;
    if (said?.agent === label?.agent) this.#agent++;
    if (said?.step === label?.step) this.#step++;
    if (example.target < 0) return;
    this.#asked++;
    this.#loss -= Math.log(Math.max(1e-12, predict(model, example)[example.target] ?? 0));
  }

  result(): HeldOutScore {
    const share = (count: number) => count / Math.max(1, this.#n);
    return {
      n: this.#n,
      agent: share(this.#agent),
      step: share(this.#step),
      log_loss: this.#loss / Math.max(1, this.#asked),
    };
  }
}
