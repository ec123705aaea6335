import type { Step, ToolCall } from "@culprit/schemas";
import { recordedMessage } from "./chat.ts";
import type { ChatMessage, PolicyAnswer } from "./policies/conversation.ts";

/** The action a step should have taken. */
export interface Correction {
  content: string;
  tool_calls: ToolCall[];
}

/** An answer as the correction of a step; null when the step did just that. */
export function correctionOf(step: Step, answer: PolicyAnswer): Correction | null {
  if (sameAction(answer, step)) return null;
  return { content: answer.content, tool_calls: answer.tool_calls.map(toToolCall) };
}

/** The messages a step was given, as a policy reads them. */
export function messagesOf({ input }: Step): ChatMessage[] {
  return input.map(recordedMessage);
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
