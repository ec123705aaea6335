import type { Diagnosis } from "../diagnosis.ts";
import { inIds, numberingOf } from "../numbering.ts";
import type { Detailed } from "./schemas.ts";
import { reasonOf, tracebench } from "./tracebench.ts";

/** The root cause chain, the decisions that mattered, and the labels. */
export function detailed(diagnosis: Diagnosis): Detailed {
  const { idOf } = numberingOf(diagnosis.steps);
  const ours = (sentence: string) => inIds(sentence, diagnosis.steps);
  const decisive = diagnosis.attribution.step;
  const points = [...diagnosis.incorrect].sort(
    (left, right) => Number(right.step === decisive) - Number(left.step === decisive) || left.step - right.step,
  );
  return {
    root_cause_chain: diagnosis.root_cause_chain.map(ours),
    critical_decision_points: points.flatMap(({ step, findings }) => {
      const id = idOf(step);
      const own = diagnosis.steps.find((known) => known.step === step);
      if (id === undefined || own === undefined) return [];
      return [{ step_id: id, decision: own.action, should_have: ours(findings[0]?.instead ?? reasonOf(findings)) }];
    }),
    correct_strategy: ours(diagnosis.correct_strategy),
    stage_labels: tracebench(diagnosis),
    summary: ours(diagnosis.summary),
  };
}
