import type { Step, ToolCall } from "@culprit/schemas";
import { actionOf } from "../action.ts";
import type { Correction, Oracle } from "../oracle.ts";
import { shellAction } from "./shell-actions.ts";

/**
 * What somebody wrote as a correction, in the form in which the corrected agent gives commands: the command alone, or
 * a text with the command in a fenced block. One that has tool calls already stays as it is.
 */
export function shellCorrections(oracle: Oracle): Oracle {
  return async (request) => {
    const correction = await oracle(request);
    return correction === null ? null : inItsForm(correction, request.step);
  };
}

function inItsForm(correction: Correction, step: Step): Correction {
  const { content, tool_calls = [] } = typeof correction === "string" ? { content: correction } : correction;
  if (tool_calls.length > 0 || content.trim() === "") return correction;
  const written = shellAction({ content, tool_calls: [] });
  const command = written.kind === "command" ? written.command : content;
  const recorded = shellAction(actionOf(step));
  if (recorded.kind !== "command" || recorded.call === null) {
    return written.kind === "command" ? content : `\`\`\`bash\n${command}\n\`\`\``;
  }
  const call: ToolCall = { ...recorded.call, arguments: { command } };
  const thought = written.kind === "command" ? content.replace(/```[\s\S]*?```/, "").trim() : "";
  return { content: thought, tool_calls: [call] };
}
