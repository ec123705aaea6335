import type { Trajectory } from "@culprit/schemas";
import type { StrategyAnswer } from "../../attribution/strategy.ts";
import type { Diagnosis, JudgedStep } from "../diagnosis.ts";
import type { Finding } from "../rules/finding.ts";
import type { Verdict } from "./protocol.ts";

/** Why a verdict can't be taken as it is: steps that were not read, or are none. Empty: it can. */
export function objections({ labels, decisive }: Verdict, rules: Diagnosis, inspected: ReadonlySet<number>): string[] {
  const known = new Set(rules.steps.map(({ step }) => step));
  const named = [...new Set([...labels.map(({ step }) => step), ...(decisive === null ? [] : [decisive])])];
  const foreign = named.filter((step) => !known.has(step));
  const unread = named.filter((step) => known.has(step) && !inspected.has(step));
  return [
    ...(foreign.length > 0 ? [`${listed(foreign)}: no action step has this number.`] : []),
    ...(unread.length > 0 ? [`${listed(unread)}: read a step before you label it.`] : []),
  ];
}

/** The verdict without what there are objections to. */
export function withoutObjectionable(verdict: Verdict, rules: Diagnosis, inspected: ReadonlySet<number>): Verdict {
  const known = new Set(rules.steps.map(({ step }) => step).filter((step) => inspected.has(step)));
  return {
    ...verdict,
    labels: verdict.labels.filter(({ step }) => known.has(step)),
    decisive: verdict.decisive !== null && known.has(verdict.decisive) ? verdict.decisive : null,
  };
}

/** A model's verdict as a diagnosis: what the model says, on what the rules understood. */
export function diagnosisOf(
  verdict: Verdict,
  trajectory: Trajectory,
  rules: Diagnosis,
  spent: Pick<StrategyAnswer, "model" | "input_tokens" | "output_tokens">,
): Diagnosis {
  const judged = (kind: Finding["kind"]): JudgedStep[] =>
    verdict.labels
      .filter(({ label }, at, all) => label === kind && all.findIndex((other) => other.step === all[at]?.step) === at)
      .map(({ step, confidence, reason, deviation, instead }) => ({
        step,
        confidence: confidence / 100,
        findings: [
          {
            rule: "model" as const,
            step,
            kind,
            confidence: confidence / 100,
            evidence: [],
            reason,
            deviation,
            instead,
          },
        ],
      }))
      .sort((left, right) => left.step - right.step);
  const [incorrect, unuseful] = [judged("incorrect"), judged("unuseful")];
  return {
    ...rules,
    findings: [...rules.findings, ...[...incorrect, ...unuseful].flatMap(({ findings }) => findings)],
    incorrect,
    unuseful,
    attribution: { ...attributionOf(verdict, trajectory), ...spent },
    root_cause_chain: verdict.root_cause_chain,
    correct_strategy: verdict.correct_strategy,
    summary: verdict.summary,
  };
}

function attributionOf(
  verdict: Verdict,
  trajectory: Trajectory,
): Pick<StrategyAnswer, "status" | "agent" | "step" | "reason" | "confidence"> {
  const none = { agent: null, step: null, confidence: 0 };
  const { outcome } = trajectory.outcome;
  if (outcome === "success") return { ...none, status: "not_failed", reason: "The run succeeded." };
  if (outcome === "unknown")
    return { ...none, status: "outcome_unknown", reason: "Nobody has said whether the run succeeded." };
  const agent = verdict.decisive === null ? undefined : trajectory.steps[verdict.decisive]?.agent;
  if (verdict.decisive === null || agent === undefined) {
    return { ...none, status: "abstained", reason: verdict.summary || "The model names no decisive step." };
  }
  const said = verdict.labels.find(({ step }) => step === verdict.decisive)?.reason;
  return {
    status: "attributed",
    agent,
    step: verdict.decisive,
    reason: said ?? verdict.summary,
    confidence: verdict.confidence / 100,
  };
}

function listed(steps: readonly number[]): string {
  return steps.map((step) => `[${step}]`).join(", ");
}
