import { actionOf, comparableAction } from "../../replay/action.ts";
import type { PureOperator } from "../operator.ts";

const DONE = "The task is complete. No further steps are needed. TERMINATE";

/** The agent declares itself done. It ends the way this agent ended the recorded run, where it did. */
export const prematureTermination: PureOperator = {
  name: "premature-termination",
  family: "flow",
  does: "ends the run or its part too early",
  apply({ action, step, trajectory }) {
    const last = trajectory.steps.findLast(
      (other) =>
        other.role === "agent" &&
        other.agent === step.agent &&
        other.tool_calls.length === 0 &&
        other.content.trim() !== "",
    );
    const content = last === undefined || last.index <= step.index ? DONE : actionOf(last).content;
    const ended = { content, tool_calls: [] };
    if (comparableAction(ended) === comparableAction(action)) return null;
    return { action: ended, reason: `${step.agent} declares the work done before it is.` };
  },
};
