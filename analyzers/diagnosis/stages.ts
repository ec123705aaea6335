import type { ClassifiedStep } from "./classify.ts";

/** What a stretch of a run is for. */
export const STAGE_KINDS = ["setup", "exploration", "change", "verification", "communication"] as const;
export type StageKind = (typeof STAGE_KINDS)[number];

export interface Stage {
  /** 1-based, as CodeTracer numbers stages. */
  id: number;
  kind: StageKind;
  /** First and last action step, as indices of the trajectory. */
  from: number;
  to: number;
  /** Its action steps. */
  steps: number[];
}

/**
 * The stages of a run: stretches of action steps of one kind. A single look in the middle of a stretch does not end it.
 */
export function stagesOf(steps: readonly ClassifiedStep[]): Stage[] {
  const kinds = steps.map(kindOf);
  for (let at = 1; at + 1 < kinds.length; at++) {
    const around = kinds[at - 1];
    if (kinds[at] === "exploration" && around === kinds[at + 1] && around !== undefined) kinds[at] = around;
  }
  const stages: Stage[] = [];
  for (const [at, { step }] of steps.entries()) {
    const kind = kinds[at] ?? "exploration";
    const last = stages.at(-1);
    if (last?.kind === kind) {
      last.to = step;
      last.steps.push(step);
    } else stages.push({ id: stages.length + 1, kind, from: step, to: step, steps: [step] });
  }
  return stages;
}

function kindOf(step: ClassifiedStep): StageKind {
  if (step.installs) return "setup";
  if (step.class === "change") return "change";
  if (step.class === "verify") return "verification";
  return step.class === "explore" ? "exploration" : "communication";
}
