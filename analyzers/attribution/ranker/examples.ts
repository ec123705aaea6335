import type { Trajectory } from "@culprit/schemas";
import { type ImportedRun, importAll } from "../../importers/import-path.ts";
import { importedTrajectory } from "../../importers/imported-trajectory.ts";
import { digest } from "./features/digest.ts";
import { type FillRow, featureRow } from "./features/groups.ts";

/** A labelled failed trajectory. */
export interface LabelledRun {
  path: string;
  format: string;
  subset: string;
  trajectory: Trajectory;
  /** The label: who, and which 0-based step. */
  agent: string;
  step: number;
}

/** One agent directs and others work, or agents take turns: the two fail in different places, so each has its weights. */
export const STYLES = ["exchange", "orchestrated"] as const;
export type Style = (typeof STYLES)[number];

/** One trajectory as the ranker learns from it: one row of raw features an agent step. */
export interface Example {
  id: string;
  style: Style;
  task_id: string;
  subset: string;
  rows: Float64Array[];
  /** Speaker and step index of each row. */
  agents: string[];
  steps: number[];
  /** Place of the labelled row, -1 when the label is no agent step. */
  target: number;
  /** The labelled agent; in a few public labels not the one who took the labelled step. */
  culprit: string;
  /** Learned from at {@link AUXILIARY_WEIGHT}, and never counted where accuracy is measured. */
  auxiliary?: boolean;
}

/** How much a run from another kind of system counts in training. */
export const AUXILIARY_WEIGHT = 0.1;

/** Every labelled run below the directories, in a stable order. */
export async function loadLabelled(paths: readonly string[]): Promise<LabelledRun[]> {
  return labelledRuns((await importAll(paths)).runs);
}

/** The imported runs that carry a label, as trajectories. */
export function labelledRuns(imported: readonly ImportedRun[]): LabelledRun[] {
  return imported.flatMap((run) => {
    const label = run.annotations[0];
    if (!label) return [];
    return [
      {
        path: run.path,
        format: run.format,
        subset: run.subset || run.format,
        trajectory: importedTrajectory(run),
        agent: label.agent,
        step: label.step,
      },
    ];
  });
}

export function toExample(run: LabelledRun): Example {
  const features = featuresOf(run.trajectory);
  return {
    id: run.trajectory.trace_id,
    task_id: run.trajectory.task_id,
    subset: run.subset,
    ...features,
    target: features.steps.indexOf(run.step),
    culprit: run.agent,
  };
}

/**
 * Raw features of the agent steps of a trajectory.
 *
 * @param rows by style, when not every feature is asked for
 */
export function featuresOf(
  trajectory: Trajectory,
  rows?: Readonly<Record<Style, FillRow>>,
): Pick<Example, "style" | "rows" | "agents" | "steps"> {
  const run = digest(trajectory);
  const style = run.orchestrated ? "orchestrated" : "exchange";
  const fill = rows?.[style] ?? featureRow;
  return {
    style,
    rows: run.agents.map((step) => fill(step, run)),
    agents: run.agents.map((step) => step.agent),
    steps: run.agents.map((step) => step.index),
  };
}
