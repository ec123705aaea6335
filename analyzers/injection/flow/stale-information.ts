import { actionOf, comparableAction } from "../../replay/action.ts";
import type { PureOperator } from "../operator.ts";

/** The agent says again what it said before it learned more. */
export const staleInformation: PureOperator = {
  name: "stale-information",
  family: "flow",
  does: "repeats an earlier action of the same agent",
  apply({ action, step, trajectory, random }) {
    const kind = (calls: readonly { name: string }[]) => calls.map(({ name }) => name).join(" ");
    const earlier = trajectory.steps.filter((other) => {
      if (other.index >= step.index || other.role !== "agent" || other.agent !== step.agent) return false;
      const before = actionOf(other);
      return (
        kind(before.tool_calls) === kind(action.tool_calls) && comparableAction(before) !== comparableAction(action)
      );
    });
    const chosen = random.pick(earlier);
    if (chosen === undefined) return null;
    const { content, tool_calls } = actionOf(chosen);
    // The ids of this step's own calls stay, so that their answers find them.
    const calls = tool_calls.map((call, index) => ({ ...call, id: action.tool_calls[index]?.id ?? call.id }));
    return {
      action: { content, tool_calls: calls },
      reason: `It repeats what ${step.agent} said at step ${chosen.index} and ignores what was learned since.`,
    };
  },
};
