import type { Step } from "@culprit/schemas";
import { type Correction, correctionOf, messagesOf } from "../scripted-endpoint/correction.ts";
import { ledgerAnswer } from "./policies/decide.ts";
import { LEDGER_AGENTS, LEDGER_ROLES } from "./prompts.ts";

/**
 * What the flawless policy of the acting role answers to the very messages the step was given; null when the recorded
 * action is right already, or when the step is not one of this team's. It knows neither the seed nor the outcome.
 */
export function ledgerOracle({ step }: { step: Step }): Correction | null {
  const role = LEDGER_ROLES.find((candidate) => LEDGER_AGENTS[candidate] === step.agent);
  if (step.role !== "agent" || role === undefined || step.input.length === 0) return null;
  return correctionOf(step, ledgerAnswer(null, role, messagesOf(step)));
}
