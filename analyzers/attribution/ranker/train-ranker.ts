import { basename } from "node:path";
import { CulpritError } from "@culprit/schemas";
import { crossValidate } from "./blame.ts";
import { AUXILIARY_WEIGHT, type Example, type LabelledRun, loadLabelled, toExample } from "./examples.ts";
import { type Accuracy, accuracies } from "./report.ts";
import { trainModel } from "./train.ts";
import { type RankerWeights, toWeights } from "./weights.ts";

export interface TrainRankerOptions {
  /** Directories or files of labelled runs in any import format. */
  directories: readonly string[];
  /** Directories of labelled runs of other kinds of systems: learned from at a tenth, never counted in the accuracy. */
  auxiliary?: readonly string[];
  seed?: number;
  /** Day of training as it goes into the file (`2026-11-20`): an option, so that the file is reproducible. */
  date: string;
  /** Folds of the cross-validation whose accuracy goes into the provenance. */
  folds?: number;
  /** How often it is repeated with other folds, the mean being reported: one split of a hundred runs is noisy. */
  repeats?: number;
}

/** Labelled runs and what the ranker learns from them. */
export interface TrainingData {
  /** The runs whose accuracy counts. */
  runs: LabelledRun[];
  /** Of all runs, auxiliary ones marked, in a stable order. */
  examples: Example[];
}

const FEWEST = 10;

/**
 * Reads the labelled runs below the directories.
 *
 * @throws CulpritError `nothing_to_train_on` when fewer than 10 labelled runs are found
 */
export async function loadTrainingData(
  options: Pick<TrainRankerOptions, "directories" | "auxiliary">,
): Promise<TrainingData> {
  const runs = await loadLabelled(options.directories);
  if (runs.length < FEWEST) {
    throw new CulpritError("nothing_to_train_on", `Only ${runs.length} labelled runs were found.`, {
      mend: `Name a directory with at least ${FEWEST} labelled runs.`,
    });
  }
  const examples = runs.map(toExample);
  examples.push(...(await loadAuxiliary(options.auxiliary ?? [], examples)));
  examples.sort((left, right) => (left.id < right.id ? -1 : 1));
  return { runs, examples };
}

/** Labelled runs of other kinds of systems, one subset a directory, without those that are known already. */
export async function loadAuxiliary(directories: readonly string[], known: readonly Example[]): Promise<Example[]> {
  const ids = new Set(known.map((example) => example.id));
  const found: Example[] = [];
  for (const directory of directories) {
    for (const run of await loadLabelled([directory])) {
      const example = toExample(run);
      if (ids.has(example.id)) continue;
      ids.add(example.id);
      found.push({ ...example, subset: basename(directory), auxiliary: true });
    }
  }
  return found;
}

/**
 * Trains the ranker on labelled runs. The same data, seed and date make the same bytes.
 *
 * @throws CulpritError `nothing_to_train_on` when fewer than 10 labelled runs are found
 */
export async function trainRanker(options: TrainRankerOptions): Promise<RankerWeights> {
  return trainRankerOn(await loadTrainingData(options), options);
}

/** {@link trainRanker} on runs that were read before. */
export function trainRankerOn(
  { runs, examples }: TrainingData,
  options: Omit<TrainRankerOptions, "directories" | "auxiliary">,
): RankerWeights {
  const seed = options.seed ?? 1;
  const folds = options.folds ?? 10;
  const seeds = Array.from({ length: options.repeats ?? 3 }, (_, repeat) => seed + repeat);
  const main = examples.filter((example) => !example.auxiliary);
  const auxiliary = examples.filter((example) => example.auxiliary);
  const repeats = seeds.map((repeat) => crossValidate(examples, { folds, seed: repeat }));
  return toWeights(trainModel(examples, { seed }), {
    date: options.date,
    seed,
    sets: setsOf(main),
    data: main.map((example) => example.id),
    ...(auxiliary.length === 0
      ? {}
      : {
          auxiliary: {
            weight: AUXILIARY_WEIGHT,
            sets: setsOf(auxiliary),
            data: auxiliary.map((example) => example.id),
          },
        }),
    cross_validated: { folds, seeds, grouped_by: "task", nested: true, subsets: hitsOnly(accuracies(runs, repeats)) },
  });
}

function hitsOnly(subsets: Record<string, Accuracy>): RankerWeights["provenance"]["cross_validated"]["subsets"] {
  return Object.fromEntries(Object.entries(subsets).map(([name, { n, agent, step }]) => [name, { n, agent, step }]));
}

/** The weights file's bytes: JSON, a feature a line. */
export function weightsText(weights: RankerWeights): string {
  return `${JSON.stringify(weights, null, 1).replace(/\{\s+("name": [^{}]*?)\s+\}/g, (_, inner: string) => `{ ${inner.replace(/\s*\n\s*/g, " ")} }`)}\n`;
}

/** What the examples are, by subset. */
export function setsOf(examples: readonly Example[]): RankerWeights["provenance"]["sets"] {
  const subsets = [...new Set(examples.map((example) => example.subset))].sort();
  return subsets.map((subset) => {
    const own = examples.filter((example) => example.subset === subset);
    return { subset, runs: own.length, labelled_agent_steps: own.filter((example) => example.target >= 0).length };
  });
}
