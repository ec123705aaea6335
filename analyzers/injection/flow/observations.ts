import type { Fault, FaultSite, PureOperator } from "../operator.ts";
import { quoted } from "../places.ts";

/** Lines an action repeats from what earlier steps answered, with where they stand. */
function carried({ action, step, trajectory }: FaultSite): { line: string; index: number }[] {
  const seen = new Set<string>();
  for (const earlier of trajectory.steps) {
    if (earlier.index >= step.index) break;
    for (const line of earlier.content.split("\n")) if (line.trim().length >= 8) seen.add(line.trim());
  }
  return action.content
    .split("\n")
    .map((line, index) => ({ line, index }))
    .filter(({ line }) => seen.has(line.replace(/^[\s>*-]+/, "").trim()));
}

function withLines({ action }: FaultSite, change: (lines: string[]) => void): Fault["action"] {
  const lines = action.content.split("\n");
  change(lines);
  return { ...action, content: lines.join("\n") };
}

/** What a tool would have said, or did say, is missing from what the agent goes on with. */
export const droppedObservation: PureOperator = {
  name: "dropped-observation",
  family: "flow",
  does: "goes on without calling a tool, or without passing on what one said",
  apply(site) {
    const { action, random } = site;
    const at = random.whole(Math.max(1, action.tool_calls.length));
    const call = action.tool_calls[at];
    if (call !== undefined) {
      return {
        action: { ...action, tool_calls: action.tool_calls.filter((_, index) => index !== at) },
        reason: `It goes on without calling ${call.name}.`,
      };
    }
    const lost = random.pick(carried(site));
    if (lost === undefined) return null;
    return {
      action: withLines(site, (lines) => lines.splice(lost.index, 1)),
      reason: `It does not pass on what was observed: ${quoted(lost.line)}.`,
    };
  },
};

/** Something is looked at, or passed on, twice. */
export const duplicatedObservation: PureOperator = {
  name: "duplicated-observation",
  family: "flow",
  does: "calls a tool twice, or passes on twice what one said",
  apply(site) {
    const { action, random } = site;
    const at = random.whole(Math.max(1, action.tool_calls.length));
    const call = action.tool_calls[at];
    if (call !== undefined) {
      const again = {
        ...call,
        id: call.id === "" ? "" : `${call.id.slice(0, -1)}${call.id.endsWith("0") ? "1" : "0"}`,
      };
      return {
        action: { ...action, tool_calls: action.tool_calls.toSpliced(at + 1, 0, again) },
        reason: `It calls ${call.name} twice with the same arguments.`,
      };
    }
    const twice = random.pick(carried(site));
    if (twice === undefined) return null;
    return {
      action: withLines(site, (lines) => lines.splice(twice.index, 0, twice.line)),
      reason: `It counts one observation twice: ${quoted(twice.line)}.`,
    };
  },
};
