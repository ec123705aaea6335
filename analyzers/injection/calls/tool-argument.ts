import type { AttributeValue } from "@culprit/schemas";
import { codeBlocks } from "../code/blocks.ts";
import type { Fault, FaultSite, PureOperator } from "../operator.ts";
import { type ArgumentPlace, argumentPlaces, quoted } from "../places.ts";

/** A tool is given something else. */
export const toolArgument: PureOperator = {
  name: "tool-argument",
  family: "call",
  does: "calls a tool with another argument",
  apply,
};

function apply({ action, trajectory, random }: FaultSite): Fault | null {
  // Arguments that are code belong to the code operators.
  if (codeBlocks({ ...action, content: "" }).length > 0) return null;
  const place = random.pick(argumentPlaces(action));
  if (place === undefined) return null;
  const said = trajectory.steps.flatMap(({ tool_calls }) => argumentPlaces({ content: "", tool_calls }));
  const other = otherValue(place, said, random);
  const call = action.tool_calls[place.call];
  if (other === undefined || call === undefined) return null;
  return {
    action: place.put(other),
    reason: `${call.name} is called with ${place.path || "an argument"} ${shown(other)} where ${shown(place.value)} is right.`,
  };
}

function otherValue(
  { path, value }: ArgumentPlace,
  said: readonly ArgumentPlace[],
  random: FaultSite["random"],
): AttributeValue | undefined {
  if (typeof value === "boolean") return !value;
  if (typeof value === "number")
    return random.pick([value + 1, value - 1, value * 10].filter((other) => other !== value));
  if (typeof value !== "string") return undefined;
  const alike = said.filter((place) => place.path === path && typeof place.value === "string" && place.value !== value);
  const another = random.pick(alike)?.value;
  if (another !== undefined && another !== null) return another;
  const words = value.split(/(\s+)/);
  if (words.length > 2) return words.slice(0, -2).join("");
  return value.length > 1 ? value.slice(0, -1) : `${value}${value}`;
}

function shown(value: AttributeValue): string {
  return typeof value === "string" ? quoted(value) : JSON.stringify(value);
}
