import type { Diagnosis, JudgedStep } from "../diagnosis.ts";
import { inIds, numberingOf } from "../numbering.ts";
import type { Severity } from "../rules/finding.ts";
import type { RlFeedback } from "./schemas.ts";
import { reasonOf } from "./tracebench.ts";

/** A verdict for every action step, with a reward: −1 the decisive error, +1 at most for a step that helped. */
export function rlFeedback(diagnosis: Diagnosis): RlFeedback {
  const { idOf } = numberingOf(diagnosis.steps);
  const ours = (sentence: string) => inIds(sentence, diagnosis.steps);
  const wrong = new Map(diagnosis.incorrect.map((judged) => [judged.step, judged]));
  const useless = new Map(diagnosis.unuseful.map((judged) => [judged.step, judged]));
  return diagnosis.steps.flatMap(({ step, class: own }) => {
    const id = idOf(step);
    if (id === undefined) return [];
    const bad = wrong.get(step);
    const idle = useless.get(step);
    if (bad !== undefined) {
      const decisive = step === diagnosis.attribution.step;
      const confidence = decisive ? Math.max(bad.confidence, diagnosis.attribution.confidence) : bad.confidence;
      return [
        entry(
          id,
          "incorrect",
          bad,
          severityOf(decisive, confidence),
          decisive ? -1 : -round(0.3 + 0.5 * confidence),
          ours,
        ),
      ];
    }
    if (idle !== undefined) return [entry(id, "unuseful", idle, "minor", -round(0.2 * idle.confidence), ours)];
    const reward = diagnosis.attribution.status === "not_failed" ? 1 : own === "change" ? 0.1 : 0.2;
    return [
      {
        step_id: id,
        verdict: "correct" as const,
        deviation_type: "none" as const,
        correct_alternative: "",
        impact_severity: "none" as const,
        reasoning: "No rule speaks against it.",
        reward_signal: reward,
      },
    ];
  });
}

function entry(
  id: number,
  verdict: "incorrect" | "unuseful",
  { findings }: JudgedStep,
  severity: Severity,
  reward: number,
  ours: (sentence: string) => string,
): RlFeedback[number] {
  const [strongest] = [...findings].sort((left, right) => right.confidence - left.confidence);
  return {
    step_id: id,
    verdict,
    deviation_type: strongest?.deviation ?? "wrong_target",
    correct_alternative: ours(strongest?.instead ?? ""),
    impact_severity: severity,
    reasoning: ours(reasonOf(findings)),
    reward_signal: reward,
  };
}

function severityOf(decisive: boolean, confidence: number): Severity {
  if (decisive) return "critical";
  return confidence >= 0.6 ? "moderate" : "minor";
}

function round(value: number): number {
  return Math.round(Math.min(1, value) * 100) / 100;
}
