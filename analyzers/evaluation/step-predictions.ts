import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Trajectory } from "@culprit/schemas";
import { attributeTrajectory } from "../attribution/attribute.ts";
import type { Strategy } from "../attribution/strategy.ts";
import { batchRowSchema } from "../diagnosis/batch.ts";
import { type ClassifiedStep, classifySteps } from "../diagnosis/classify.ts";
import { diagnoseByRules } from "../diagnosis/diagnose-by-rules.ts";
import { rowOf, runName } from "../diagnosis/manifest.ts";
import { importPath } from "../importers/import-path.ts";
import { importedTrajectory } from "../importers/imported-trajectory.ts";
import { readStepLabels, type StepLabels } from "./codetracer-labels.ts";

/** What was said of one trajectory: 0-based positions among its action steps, and what saying it took. */
export interface StepPrediction {
  incorrect: ReadonlySet<number>;
  unuseful: ReadonlySet<number>;
  input_tokens: number;
  output_tokens: number;
  price: number | null;
  seconds: number;
}

/** A labelled trajectory that was found beside its labels. */
export interface FoundRun {
  steps: readonly ClassifiedStep[];
  trajectory: Trajectory;
}

/** The trajectories among the data, by the id of their labels. */
export async function findRuns(
  data: readonly string[],
  labels: ReadonlyMap<string, StepLabels>,
): Promise<Map<string, FoundRun>> {
  const rows = [...labels.keys()].map((traj_id) => ({ traj_id }));
  const found = new Map<string, FoundRun>();
  for await (const item of importPath(data)) {
    if (item.kind === "skip") continue;
    const id = rowOf(rows, { path: item.path, name: runName(item.path) })?.traj_id;
    const label = id === undefined ? undefined : labels.get(id);
    if (id === undefined || label === undefined || found.has(id)) continue;
    const trajectory = withOutcome(importedTrajectory(item), label.solved);
    found.set(id, { trajectory, steps: numberedAs(classifySteps(trajectory), label.step_count) });
  }
  return found;
}

/** The benchmark's word on the outcome; a run without one is taken for failed, as benchmarks of failures are. */
function withOutcome(trajectory: Trajectory, solved: boolean | null): Trajectory {
  const own = trajectory.outcome.outcome;
  const outcome = solved === null ? (own === "unknown" ? "failure" : own) : solved ? "success" : "failure";
  return { ...trajectory, outcome: { ...trajectory.outcome, outcome } };
}

/**
 * The steps as the benchmark numbered them: all actions, or, where only that gives its number of steps, shell commands
 * alone (CodeTracer's reader of OpenHands knows no others).
 */
function numberedAs(steps: readonly ClassifiedStep[], count: number | null): readonly ClassifiedStep[] {
  if (count === null || steps.length === count) return steps;
  const shell = steps.filter(({ shell: own }) => own);
  return shell.length === count ? shell : steps;
}

/** Asks a strategy about every run; the rules say whole sets, every other strategy its decisive step. */
export async function askForSteps(
  runs: ReadonlyMap<string, FoundRun>,
  strategy: Strategy | "rules",
  signal: AbortSignal | undefined,
): Promise<Map<string, StepPrediction>> {
  const said = new Map<string, StepPrediction>();
  for (const [id, { trajectory, steps }] of runs) {
    signal?.throwIfAborted();
    const began = performance.now();
    const ordinals = (own: readonly number[]) =>
      new Set(
        own.flatMap((step) => {
          const at = steps.findIndex((known) => known.step === step);
          return at < 0 ? [] : [at];
        }),
      );
    const none = { unuseful: new Set<number>(), price: null };
    if (strategy === "rules") {
      const { incorrect, unuseful } = diagnoseByRules(trajectory);
      said.set(id, {
        ...none,
        incorrect: ordinals(incorrect.map(({ step }) => step)),
        unuseful: ordinals(unuseful.map(({ step }) => step)),
        input_tokens: 0,
        output_tokens: 0,
        seconds: (performance.now() - began) / 1000,
      });
      continue;
    }
    const { step, input_tokens, output_tokens } = await attributeTrajectory(trajectory, strategy, { signal });
    said.set(id, {
      ...none,
      incorrect: ordinals(step === null ? [] : [step]),
      input_tokens,
      output_tokens,
      seconds: (performance.now() - began) / 1000,
    });
  }
  return said;
}

/** Somebody's labels; what `culprit diagnose` wrote down of their cost stands beside them. */
export async function readStepPredictions(path: string): Promise<Map<string, StepPrediction>> {
  const { labels } = await readStepLabels([path]);
  const spent = await readCosts(path);
  return new Map(
    [...labels].map(([id, { incorrect, unuseful }]) => {
      const row = spent.get(id);
      return [
        id,
        {
          incorrect,
          unuseful,
          input_tokens: row?.input_tokens ?? 0,
          output_tokens: row?.output_tokens ?? 0,
          price: row?.cost ?? null,
          seconds: row?.seconds ?? 0,
        },
      ];
    }),
  );
}

async function readCosts(path: string) {
  const directory = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  const text = directory ? await readFile(join(path, "diagnoses.jsonl"), "utf8").catch(() => "") : "";
  const rows = text.split("\n").flatMap((line) => {
    try {
      return batchRowSchema.safeParse(JSON.parse(line)).data ?? [];
    } catch {
      return [];
    }
  });
  return new Map(rows.map((row) => [row.id, row]));
}
