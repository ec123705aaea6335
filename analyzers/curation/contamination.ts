import { CulpritError, type DatasetRecord } from "@culprit/schemas";
import { importPath } from "../importers/import-path.ts";
import { importedTrajectory } from "../importers/imported-trajectory.ts";
import { shinglesOf, wordsOf } from "./shingles.ts";

/** Words of a run of words that two texts hardly share by accident. */
const LONG = 8;
/** Share of a question's runs of words that a record may not hold. */
const SHARE = 0.5;
/** Shorter questions occur by themselves. */
const FEWEST_WORDS = 5;

/** Questions of benchmarks, ready to be looked for. */
export interface Benchmarks {
  /** Where they came from. */
  names: string[];
  questions: number;
  /** Whether a record holds one of them. */
  holds(record: DatasetRecord): boolean;
}

/**
 * The questions of benchmarks in a format that `culprit import` reads.
 *
 * @throws CulpritError `no_benchmark` for a path that holds no question
 */
export async function readBenchmarks(paths: readonly string[]): Promise<Benchmarks> {
  const questions = new Set<string>();
  for (const path of paths) {
    const before = questions.size;
    for await (const run of importPath(path)) {
      if (run.kind === "run") questions.add(importedTrajectory(run).task.trim());
    }
    questions.delete("");
    if (questions.size === before) {
      throw new CulpritError("no_benchmark", `${path} holds no question of a benchmark.`, {
        mend: "Name a folder of runs that `culprit import` reads.",
      });
    }
  }
  return { names: paths.map((path) => path.replace(/[\\/]+$/, "").replace(/^.*[\\/]/, "")), ...finder([...questions]) };
}

/** Looks for questions in records: by runs of words in common, short ones word for word. */
export function finder(questions: readonly string[]): Pick<Benchmarks, "questions" | "holds"> {
  const long = new Map<number, number[]>();
  const sizes: number[] = [];
  const short: string[] = [];
  for (const question of questions) {
    const words = wordsOf(question);
    if (words.length < FEWEST_WORDS) continue;
    if (words.length < LONG) {
      short.push(` ${words.join(" ")} `);
      continue;
    }
    const shingles = shinglesOf(question, LONG);
    const place = sizes.push(shingles.length) - 1;
    for (const shingle of shingles) long.set(shingle, [...(long.get(shingle) ?? []), place]);
  }
  return {
    questions: questions.length,
    holds(record) {
      const text = textOf(record);
      const hits = new Map<number, number>();
      for (const shingle of shinglesOf(text, LONG)) {
        for (const place of long.get(shingle) ?? []) hits.set(place, (hits.get(place) ?? 0) + 1);
      }
      if ([...hits].some(([place, count]) => count >= SHARE * (sizes[place] ?? 0))) return true;
      if (short.length === 0) return false;
      const plain = ` ${wordsOf(text).join(" ")} `;
      return short.some((question) => plain.includes(question));
    },
  };
}

/** All a tracer reads of a record. */
export function textOf({ question, history }: Pick<DatasetRecord, "question" | "history">): string {
  return [question, ...history.map(({ name, content }) => `${name}: ${content}`)].join("\n");
}
