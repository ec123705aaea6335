import type { Step } from "@culprit/schemas";
import { type Correction, correctionOf, messagesOf } from "../scripted-endpoint/correction.ts";
import { decide } from "../scripted-endpoint/policies/policy.ts";
import type { Role } from "../scripted-endpoint/seeding.ts";
import type { CodingTask } from "./tasks.ts";

export type { Correction } from "../scripted-endpoint/correction.ts";

const ROLES: Record<string, Role> = { Planner: "planner", Coder: "coder", Tester: "tester" };

/**
 * The oracle of a task: what the flawless policy of the acting role answers to the very messages the step was given.
 * It looks at that step alone, knows neither the seed nor the outcome, and returns null when the recorded action is
 * right already (or when the step is not one of this team's).
 */
export function oracleFor(task: CodingTask): (request: { step: Step }) => Correction | null {
  return ({ step }) => {
    const role = ROLES[step.agent];
    if (step.role !== "agent" || role === undefined || step.input.length === 0) return null;
    const { answer, functionName } = decide(null, role, messagesOf(step));
    return functionName === task.functionName ? correctionOf(step, answer) : null;
  };
}
