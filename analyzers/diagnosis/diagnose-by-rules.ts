import type { Trajectory } from "@culprit/schemas";
import type { StrategyAnswer } from "../attribution/strategy.ts";
import type { Diagnosis, JudgedStep, Understanding } from "./diagnosis.ts";
import { type Case, caseOf, quoted } from "./rules/case.ts";
import { type Suspicion, suspicions } from "./rules/decisive.ts";
import type { Finding, RuleName } from "./rules/finding.ts";
import { findingsOf } from "./rules/rules.ts";
import { understand } from "./understand.ts";

/** A step is called wrong, or useless, from here. */
const INCORRECT_FROM = 0.5;
const UNUSEFUL_FROM = 0.5;

export interface RuleOptions {
  /** What {@link understand} gave, where it was asked before. */
  known?: Understanding | undefined;
  /** What verified runs of such agents taught: added to the rules' weights. */
  learnt?: Partial<Record<RuleName, number>> | undefined;
}

/**
 * A diagnosis without a model: rules over the evidence index. Pure, and the same every time; a run that did not fail,
 * or whose outcome is unknown, gets its findings and no blame.
 */
export function diagnoseByRules(trajectory: Trajectory, options: RuleOptions = {}): Diagnosis {
  const known = options.known ?? understand(trajectory);
  const given = caseOf(trajectory, known.steps, known.evidence);
  const findings = findingsOf(given);
  const ranking = suspicions(given, findings, options.learnt);
  const attribution = attributed(trajectory, ranking);
  const incorrect = judged(findings, "incorrect", INCORRECT_FROM, attribution.step);
  const wrong = new Set(incorrect.map(({ step }) => step));
  const unuseful = judged(findings, "unuseful", UNUSEFUL_FROM, null).filter(({ step }) => !wrong.has(step));
  return {
    ...known,
    findings,
    incorrect,
    unuseful,
    attribution,
    ...told(given, attribution, ranking[0]?.findings ?? [], incorrect.length, unuseful.length),
  };
}

/** Findings of one kind by step; several make each other likelier. The decisive step always counts as wrong. */
function judged(
  findings: readonly Finding[],
  kind: Finding["kind"],
  least: number,
  always: number | null,
): JudgedStep[] {
  const bySteps = new Map<number, Finding[]>();
  for (const finding of findings) {
    if (finding.kind !== kind) continue;
    bySteps.set(finding.step, [...(bySteps.get(finding.step) ?? []), finding]);
  }
  if (always !== null && !bySteps.has(always)) bySteps.set(always, []);
  return [...bySteps]
    .map(([step, own]) => ({
      step,
      findings: own,
      confidence: 1 - own.reduce((left, { confidence }) => left * (1 - confidence), 1),
    }))
    .filter(({ step, confidence }) => confidence >= least || step === always)
    .sort((left, right) => left.step - right.step);
}

function attributed(trajectory: Trajectory, [first]: readonly Suspicion[]): StrategyAnswer {
  const none = { agent: null, step: null, confidence: 0, model: "", input_tokens: 0, output_tokens: 0 };
  const { outcome } = trajectory.outcome;
  if (outcome === "success") return { ...none, status: "not_failed", reason: "The run succeeded." };
  if (outcome === "unknown") {
    return { ...none, status: "outcome_unknown", reason: "Nobody has said whether the run succeeded." };
  }
  const agent = first === undefined ? undefined : trajectory.steps[first.step]?.agent;
  if (first === undefined || agent === undefined) {
    return { ...none, status: "no_agent_step", reason: "The run has no agent step that could be blamed." };
  }
  const [strongest] = first.findings
    .filter(({ kind }) => kind === "incorrect")
    .sort((left, right) => right.confidence - left.confidence);
  if (strongest === undefined && !first.changes) {
    return { ...none, status: "abstained", reason: "No rule speaks against any step, and none changed a file." };
  }
  return {
    ...none,
    status: "attributed",
    agent,
    step: first.step,
    confidence: first.chance,
    reason: strongest?.reason ?? "Of all steps this one changed most of what the task is about; no rule says more.",
  };
}

function told(
  { steps, evidence }: Case,
  attribution: StrategyAnswer,
  findings: readonly Finding[],
  incorrect: number,
  unuseful: number,
): Pick<Diagnosis, "root_cause_chain" | "correct_strategy" | "summary"> {
  const last = evidence.test_runs.at(-1);
  const [strongest] = [...findings].sort((left, right) => right.confidence - left.confidence);
  const failed = attribution.status === "attributed";
  const chain = [
    ...(failed
      ? [last !== undefined && last.failed > 0 ? `The tests fail at step ${last.step}.` : "The task's own check fails."]
      : []),
    ...findings.filter(({ kind }) => kind === "incorrect").map(({ reason }) => reason),
    ...(attribution.step === null
      ? []
      : [`Step ${attribution.step}: ${quoted(steps.find(({ step }) => step === attribution.step)?.action ?? "")}`]),
  ];
  return {
    root_cause_chain: chain,
    correct_strategy: strongest?.instead ?? "",
    summary: `${steps.length} action steps, ${incorrect} called incorrect and ${unuseful} unuseful by rules. ${attribution.reason}`,
  };
}
