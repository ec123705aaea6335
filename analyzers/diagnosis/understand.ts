import type { Trajectory } from "@culprit/schemas";
import { classifySteps } from "./classify.ts";
import type { Understanding } from "./diagnosis.ts";
import { evidenceIndex } from "./evidence.ts";
import { stagesOf } from "./stages.ts";
import { buildStepTree } from "./tree.ts";

/** Classes, stages, tree and evidence of a run. Pure; what `culprit diagnose --dry-run` shows. */
export function understand(trajectory: Pick<Trajectory, "steps">): Understanding {
  const steps = classifySteps(trajectory);
  return { steps, stages: stagesOf(steps), tree: buildStepTree(steps), evidence: evidenceIndex(steps) };
}
