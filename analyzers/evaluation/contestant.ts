import { basename, dirname } from "node:path";
import { CulpritError } from "@culprit/schemas";
import { crossValidate } from "../attribution/ranker/blame.ts";
import { type LabelledRun, loadLabelled, toExample } from "../attribution/ranker/examples.ts";
import { createRanker } from "../attribution/ranker/ranker.ts";
import { trainRanker } from "../attribution/ranker/train-ranker.ts";
import { loadRankerWeights, type RankerWeights } from "../attribution/ranker/weights.ts";
import type { Strategy } from "../attribution/strategy.ts";
import { type AskOptions, askAll } from "./ask-all.ts";
import { matchPredictions, publishedOf, readPredictions } from "./predictions.ts";
import { readPublishedLog, scorePublished, writePublishedLog } from "./published.ts";
import type { Setting } from "./report.ts";
import { type Said, stated } from "./said.ts";
import { bySubset } from "./score.ts";
import type { Rate } from "./wilson.ts";
import { wilson } from "./wilson.ts";

/** Who is scored: a strategy, the ranker in one of its settings, or somebody's file. */
export type Contestant =
  | { strategy: Strategy }
  | { strategy: "ranker"; folds?: number | undefined; trainOn?: readonly string[] | undefined }
  | { predictions: string };

export interface ContestantOptions extends AskOptions {
  seed: number;
  weights?: RankerWeights | undefined;
  /** Directories under which predictions may name files. */
  roots: readonly string[];
}

/** What a contestant said of every run, and what kind of evidence its score is. */
export interface Entered {
  name: string;
  version: string;
  setting: Setting;
  said: Map<string, Said | null>;
  /** Evaluated runs that the weights had seen. */
  trainedOn: number;
  warnings: string[];
  durationMs: number;
  /** A published log's own text. */
  log?: string;
}

export async function enter(
  contestant: Contestant,
  runs: readonly LabelledRun[],
  options: ContestantOptions,
): Promise<Entered> {
  const started = performance.now();
  const entered = await answers(contestant, runs, options);
  return { ...entered, durationMs: performance.now() - started };
}

async function answers(
  contestant: Contestant,
  runs: readonly LabelledRun[],
  options: ContestantOptions,
): Promise<Omit<Entered, "durationMs">> {
  if ("predictions" in contestant) return await fromFile(contestant.predictions, runs, options.roots);
  if (contestant.strategy !== "ranker") {
    const { strategy } = contestant;
    const said = await askAll(runs, strategy, options);
    return {
      name: strategy.name,
      version: strategy.version,
      setting: "zero-shot",
      said,
      trainedOn: 0,
      warnings: failures(said),
    };
  }
  if (contestant.folds !== undefined) return crossValidated(runs, contestant.folds, options.seed);
  if (contestant.trainOn !== undefined) return await transferred(runs, contestant.trainOn, options);
  const weights = options.weights ?? loadRankerWeights();
  const seen = new Set([...weights.provenance.data, ...(weights.provenance.auxiliary?.data ?? [])]);
  const trainedOn = runs.filter((run) => seen.has(run.trajectory.trace_id)).length;
  const warning = `${trainedOn} of ${runs.length} runs were in the training data of these weights: this accuracy says nothing about new runs. Use --folds.`;
  return {
    name: "ranker",
    version: weights.version,
    setting: trainedOn > 0 ? "seen" : "transfer",
    said: await askAll(runs, createRanker(weights), { ...options, concurrency: 1 }),
    trainedOn,
    warnings: trainedOn > 0 ? [warning] : [],
  };
}

function crossValidated(runs: readonly LabelledRun[], folds: number, seed: number): Omit<Entered, "durationMs"> {
  const tasks = new Set(runs.map((run) => run.trajectory.task_id)).size;
  if (!Number.isInteger(folds) || folds < 2 || folds > tasks) {
    throw new CulpritError("folds_invalid", `${folds} folds can't be made of ${tasks} tasks.`, {
      mend: `Give --folds a whole number from 2 to ${tasks}.`,
    });
  }
  const started = performance.now();
  const blames = crossValidate(runs.map(toExample), { folds, seed });
  const each = (performance.now() - started) / runs.length;
  const said = new Map<string, Said | null>();
  for (const [id, blame] of blames) {
    const own = blame === null ? null : stated(blame.agent, blame.step, blame.confidence);
    said.set(id, own === null ? null : { ...own, duration_ms: each });
  }
  return {
    name: "ranker",
    version: "trained in each fold",
    setting: "in-distribution",
    said,
    trainedOn: 0,
    warnings: [],
  };
}

async function transferred(
  runs: readonly LabelledRun[],
  directories: readonly string[],
  options: ContestantOptions,
): Promise<Omit<Entered, "durationMs">> {
  const ids = new Set(runs.map((run) => run.trajectory.trace_id));
  const tasks = new Set(runs.map((run) => run.trajectory.task_id));
  const training = await loadLabelled(directories);
  const shared = training.filter(({ trajectory: { trace_id, task_id } }) => ids.has(trace_id) || tasks.has(task_id));
  if (shared.length > 0) {
    throw new CulpritError(
      "transfer_overlap",
      `${shared.length} of ${training.length} training runs are evaluated runs or share a task with one, such as ${shared[0]?.path}.`,
      { mend: "Leave them out of --train-on: transfer is to runs and tasks that were not trained on." },
    );
  }
  const weights = await trainRanker({ directories, date: "1970-01-01", seed: options.seed, folds: 2, repeats: 1 });
  return {
    name: "ranker",
    version: weights.version,
    setting: "transfer",
    said: await askAll(runs, createRanker(weights), { ...options, concurrency: 1 }),
    trainedOn: 0,
    warnings: [],
  };
}

async function fromFile(
  path: string,
  runs: readonly LabelledRun[],
  roots: readonly string[],
): Promise<Omit<Entered, "durationMs">> {
  const file = await readPredictions(path);
  const { said, unmatched } = matchPredictions(file, runs, roots);
  const silent = runs.length - said.size;
  return {
    name: basename(path),
    version: "",
    setting: "predictions",
    said,
    trainedOn: 0,
    warnings: [
      ...(file.unreadable > 0 ? [`${file.unreadable} predictions name no run, agent or step that can be read.`] : []),
      ...(unmatched > 0 ? [`${unmatched} predictions are of runs that are not in the data.`] : []),
      ...(silent > 0 ? [`${silent} of ${runs.length} runs have no prediction; they count as wrong.`] : []),
    ],
    ...(file.log === undefined ? {} : { log: file.log }),
  };
}

/** Agent and step rate of each subset by the official evaluator's rules. */
export async function publishedRates(
  entered: Entered,
  runs: readonly LabelledRun[],
): Promise<Record<string, { agent: Rate; step: Rate; total: number; unparsed: number }>> {
  const rates: Record<string, { agent: Rate; step: Rate; total: number; unparsed: number }> = {};
  const groups = Object.entries(bySubset(runs, (own) => own));
  for (const [subset, own] of groups) {
    const directories = new Set(own.map((run) => dirname(run.path)));
    const [directory] = directories;
    if (directory === undefined || directories.size > 1) {
      throw new CulpritError("scoring_impossible", `The files of ${subset} lie in ${directories.size} directories.`, {
        mend: "The published scoring counts the files of one directory a subset; point --data at it.",
      });
    }
    const log =
      entered.log === undefined
        ? readPublishedLog(writePublishedLog(own.flatMap((run) => logged(run, entered.said))))
        : publishedOf(
            entered.log,
            subset,
            groups.map(([name]) => name),
          );
    const score = await scorePublished(log.predictions, directory);
    rates[subset] = {
      agent: wilson(score.agent, score.total),
      step: wilson(score.step, score.total),
      total: score.total,
      unparsed: log.unparsed.length,
    };
  }
  return rates;
}

function logged(run: LabelledRun, said: ReadonlyMap<string, Said | null>) {
  const own = said.get(run.trajectory.trace_id);
  if (!own || own.agent === null || own.step === null) return [];
  return [{ file: basename(run.path), agent: own.agent, step: String(own.step) }];
}

/** How often the strategy itself failed, for a reader who would take it for a wrong answer. */
function failures(said: ReadonlyMap<string, Said>): string[] {
  const counts = new Map<string, number>();
  for (const { status } of said.values()) {
    if (status !== "attributed") counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return [...counts].map(([status, count]) => `${count} of ${said.size} runs ended as ${status}.`);
}
