import { type Annotation, CulpritError, type Trajectory } from "@culprit/schemas";

type Blame = Pick<Annotation, "agent" | "step">;

/**
 * Refuses a blame that the run does not bear out: `step` has to be an agent's, and `agent` the one that took it,
 * letter for letter.
 *
 * Labels that came with imported runs, by people or by injection, are kept as they were published: of those, `step`
 * has to be a step and `agent` somebody who acts in the run. What leaves for training checks them again.
 *
 * @throws CulpritError `no_such_step`
 */
export function requireBlame(run: Trajectory, blame: Blame, evidence?: Annotation["evidence"]): void {
  const step = run.steps[blame.step];
  if (step === undefined) throw noSuchStep(run, `Run ${run.trace_id} has no step ${blame.step}`);
  if (run.source !== "" && (evidence === "human" || evidence === "injected")) {
    if (run.steps.some(({ agent }) => agent === blame.agent)) return;
    throw noSuchStep(run, `Nobody of the name given acts in run ${run.trace_id}`);
  }
  if (step.role !== "agent") throw noSuchStep(run, `Step ${blame.step} of run ${run.trace_id} is no agent's`);
  if (step.agent !== blame.agent) {
    throw noSuchStep(run, `Step ${blame.step} of run ${run.trace_id} was taken by another agent than the one named`);
  }
}

function noSuchStep(run: Trajectory, what: string): CulpritError {
  return new CulpritError("no_such_step", `${what}.`, {
    mend: `\`culprit show ${run.trace_id}\` lists the steps, counted from 0, and who took each.`,
  });
}
