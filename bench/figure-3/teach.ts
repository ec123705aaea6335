import {
  createRanker,
  type LabelledRun,
  loadRankerWeights,
  type Ranker,
  searchDecisive,
  tuneRanker,
} from "@culprit/analyzers";
import { type CodingTask, oracleFor, runTeam, startMinds, TASKS, teamMinds } from "@culprit/examples";
import type PQueue from "p-queue";
import type { Setting } from "./play.ts";

/** Seeds whose failures the ranker is taught by; the loops have others. */
const TEACHING_SEEDS = [101, 102, 103, 104];

export interface Taught {
  /** A ranker that was taught by failures of other tasks. */
  rankerFor(task: CodingTask): Ranker;
  /** How many failures were labelled by replay, of how many. */
  labelled: number;
  failed: number;
}

const shipped = createRanker();
/** The shipped ranker, where nobody asks for another. */
export const UNTAUGHT: Taught = { rankerFor: () => shipped, labelled: 0, failed: 0 };

/**
 * What `culprit replay` and `culprit train-ranker --from-store` do, in one: failures of other seeds are replayed, the
 * decisive steps that replay proves are the labels, and the shipped ranker is tuned on those of the other half of the
 * tasks. The truth known by construction is not looked at.
 */
export async function teach(setting: Setting, queue: PQueue): Promise<Taught> {
  const found = await Promise.all(
    TEACHING_SEEDS.flatMap((seed) => TASKS.map((task) => queue.add(() => label(task, seed, setting)))),
  );
  const failures = found.filter((one) => one !== undefined);
  const runs = failures.filter((one) => one !== null);
  const half = (task: string) => TASKS.findIndex(({ id }) => id === task) % 2;
  const rankers = [0, 1].map((own) => {
    const others = runs.filter(({ trajectory }) => half(trajectory.task_id) !== own);
    return createRanker(tuneRanker({ runs: others, base: loadRankerWeights(), date: "1970-01-01" }).weights);
  });
  return {
    rankerFor: (task) => rankers[half(task.id)] ?? shipped,
    labelled: runs.length,
    failed: failures.length,
  };
}

/** A failed first attempt with the step that replay proves; null where it proves none, undefined where it succeeded. */
async function label(
  task: CodingTask,
  seed: number,
  { recorded, examiner }: Setting,
): Promise<LabelledRun | null | undefined> {
  const endpoint = await startMinds(teamMinds(seed));
  try {
    const team = { task, baseURL: endpoint.baseURL, examiner, sampling: 0 };
    const { traceId, outcome } = await runTeam(team);
    if (outcome.success !== false) return undefined;
    const trajectory = await recorded(traceId);
    const { verdict } = await searchDecisive({
      trajectory,
      oracle: oracleFor(task),
      oracleName: "function:flawless-policy",
      driver: async ({ replayId, of }) => await runTeam({ ...team, replay: { id: replayId, of } }),
    });
    if (verdict.decisive === null) return null;
    const { agent, step } = verdict.decisive;
    return { path: traceId, format: "store", subset: "counterfactual", trajectory, agent, step };
  } finally {
    await endpoint.close();
  }
}
