import { type BenchmarkFigure, shareOf } from "@culprit/schemas";
import type { RankerWeights } from "./weights.ts";

/** What the ranker's weights say of themselves: each subset held out in turn when they were made. */
export function measuredAtTraining({
  version,
  provenance,
}: Pick<RankerWeights, "version" | "provenance">): BenchmarkFigure[] {
  const { folds, seeds, subsets } = provenance.cross_validated;
  return Object.entries(subsets).map(([subset, { n, agent, step }]) => ({
    strategy: "ranker",
    version,
    subset,
    // A mean over repeats: rounded to whole runs for its interval.
    agent: shareOf(Math.round(agent * n), n),
    step: shareOf(Math.round(step * n), n),
    about: `${folds}-fold cross-validation grouped by task, mean of ${seeds.length} ${seeds.length === 1 ? "seed" : "seeds"}`,
    measured_on: provenance.date,
  }));
}
