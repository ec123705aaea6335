import type { Diagnosis, JudgedStep } from "../diagnosis.ts";
import { inIds, numberingOf } from "../numbering.ts";
import type { Tracebench } from "./schemas.ts";

/** Labels by stage: the stages that hold a wrong or a useless step. */
export function tracebench({
  steps,
  stages,
  incorrect,
  unuseful,
}: Pick<Diagnosis, "steps" | "stages" | "incorrect" | "unuseful">): Tracebench {
  const { idOf } = numberingOf(steps);
  return stages.flatMap(({ id, steps: within }) => {
    const own = new Set(within);
    const here = (judged: readonly JudgedStep[]) => judged.filter(({ step }) => own.has(step));
    const ids = (judged: readonly JudgedStep[]) => here(judged).flatMap(({ step }) => idOf(step) ?? []);
    const label = { stage_id: id, incorrect_step_ids: ids(incorrect), unuseful_step_ids: ids(unuseful) };
    if (label.incorrect_step_ids.length + label.unuseful_step_ids.length === 0) return [];
    const reasons = [...here(incorrect), ...here(unuseful)].map(
      ({ step, findings }) => `Step ${idOf(step)}: ${inIds(reasonOf(findings), steps)}`,
    );
    return [{ ...label, reasoning: reasons.join(" ") }];
  });
}

/** The strongest finding's reason, or that the ranking alone says so. */
export function reasonOf(findings: JudgedStep["findings"]): string {
  const [strongest] = [...findings].sort((left, right) => right.confidence - left.confidence);
  return strongest?.reason ?? "Of all steps this one most likely decided the outcome.";
}
