import type { PureOperator } from "../operator.ts";

/** The right arguments go to the wrong tool. */
export const wrongTool: PureOperator = {
  name: "wrong-tool",
  family: "call",
  does: "calls another tool of the run",
  apply({ action, trajectory, random }) {
    const known = new Set(trajectory.steps.flatMap((step) => step.tool_calls.map(({ name }) => name)));
    for (const step of trajectory.steps) if (step.role === "environment") known.add(step.agent);
    const at = random.whole(Math.max(1, action.tool_calls.length));
    const call = action.tool_calls[at];
    const name = random.pick([...known].filter((other) => other !== call?.name && other !== ""));
    if (call === undefined || name === undefined) return null;
    return {
      action: {
        ...action,
        tool_calls: action.tool_calls.map((other, index) => (index === at ? { ...call, name } : other)),
      },
      reason: `It calls ${name} where ${call.name} is right.`,
    };
  },
};
