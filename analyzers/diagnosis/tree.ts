import type { Trajectory } from "@culprit/schemas";
import { type ClassifiedStep, classifySteps } from "./classify.ts";
import type { StepClass } from "./words.ts";

/** A node of the tree of steps. */
export interface StepNode {
  step: number;
  ordinal: number;
  class: StepClass;
  /** The action step above; null at the top. */
  parent: number | null;
  /** 0 at the top. */
  level: number;
  /** Action steps directly below, in order. */
  children: number[];
}

export interface StepTree {
  /** In the order of the run. */
  nodes: StepNode[];
  roots: number[];
}

/**
 * The tree of a run's action steps: a change opens a level below the step before it, everything else stands beside the
 * step before it. So a level holds what was looked at and checked on one state of the files.
 */
export function buildStepTree(source: Pick<Trajectory, "steps"> | readonly ClassifiedStep[]): StepTree {
  const steps = "steps" in source ? classifySteps(source) : source;
  const nodes: StepNode[] = [];
  const byStep = new Map<number, StepNode>();
  let before: StepNode | undefined;
  for (const { step, ordinal, class: own } of steps) {
    const opens = own === "change" && before !== undefined;
    const parent: number | null = opens ? (before?.step ?? null) : (before?.parent ?? null);
    const node: StepNode = {
      step,
      ordinal,
      class: own,
      parent,
      level: parent === null ? 0 : (byStep.get(parent)?.level ?? 0) + 1,
      children: [],
    };
    if (parent !== null) byStep.get(parent)?.children.push(step);
    nodes.push(node);
    byStep.set(step, node);
    before = node;
  }
  return { nodes, roots: nodes.filter(({ parent }) => parent === null).map(({ step }) => step) };
}
