import type { Step, ToolCall } from "@culprit/schemas";
import { recordedMessage } from "../scripted-endpoint/chat.ts";
import type { PolicyAnswer } from "../scripted-endpoint/policies/conversation.ts";
import { decide } from "../scripted-endpoint/policies/policy.ts";
import type { Role } from "../scripted-endpoint/seeding.ts";
import type { CodingTask } from "./tasks.ts";

/** The action a step should have taken. */
export interface Correction {
  content: string;
  tool_calls: ToolCall[];
}

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
    const { answer, functionName } = decide(null, role, step.input.map(recordedMessage));
    if (functionName !== task.functionName || sameAction(answer, step)) return null;
    return { content: answer.content, tool_calls: answer.tool_calls.map(toToolCall) };
  };
}

function sameAction(answer: PolicyAnswer, step: Step): boolean {
  if (answer.tool_calls.length !== step.tool_calls.length) return false;
  const calls = answer.tool_calls.every((call, index) => {
    const recorded = step.tool_calls[index];
    return (
      recorded?.name === call.name && JSON.stringify(recorded.arguments) === JSON.stringify(JSON.parse(call.arguments))
    );
  });
  return calls && (answer.tool_calls.length > 0 || answer.content.trim() === step.content.trim());
}

function toToolCall(call: PolicyAnswer["tool_calls"][number]): ToolCall {
  return { id: call.id, name: call.name, arguments: JSON.parse(call.arguments) as ToolCall["arguments"] };
}
