import type { AttributeValue } from "@culprit/schemas";
import type { Action } from "../../replay/action.ts";
import type { Fault, FaultSite, PureOperator } from "../operator.ts";
import { opened } from "../places.ts";

/** The answer no longer has the shape its reader expects. */
export const schemaBreak: PureOperator = {
  name: "schema-break",
  family: "flow",
  does: "leaves out or renames a field, cuts JSON short, or opens a code fence without closing it",
  apply: (site) => site.random.pick([...ofCalls(site.action), ...ofText(site)]) ?? null,
};

function ofCalls(action: Action): Fault[] {
  return action.tool_calls.flatMap((call, at) => {
    const { value, wrap } = opened(call.arguments);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
    return Object.keys(value).flatMap((key) => {
      const put = (changed: AttributeValue): Action => ({
        ...action,
        tool_calls: action.tool_calls.map((other, index) =>
          index === at ? { ...call, arguments: wrap(changed) } : other,
        ),
      });
      return brokenObjects(value, key).map(({ changed, how }) => ({
        action: put(changed),
        reason: `The arguments of ${call.name} ${how}.`,
      }));
    });
  });
}

function ofText({ action }: FaultSite): Fault[] {
  const faults: Fault[] = [];
  const trimmed = action.content.trim();
  const fence = /^[ \t]*(?:```|~~~)[ \t]*$/gm;
  const closing = [...action.content.matchAll(fence)].at(-1);
  if (closing !== undefined) {
    const content = `${action.content.slice(0, closing.index)}${action.content.slice(closing.index + closing[0].length)}`;
    faults.push({ action: { ...action, content }, reason: "The code block is opened and never closed." });
  }
  if (!/^[[{]/.test(trimmed)) return faults;
  faults.push({
    action: { ...action, content: trimmed.slice(0, -1) },
    reason: "The JSON answer breaks off and cannot be read.",
  });
  const { value } = opened(trimmed);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return faults;
  for (const key of Object.keys(value)) {
    for (const { changed, how } of brokenObjects(value, key)) {
      faults.push({
        action: { ...action, content: JSON.stringify(changed) },
        reason: `The fields of the JSON answer ${how}.`,
      });
    }
  }
  return faults;
}

function brokenObjects(value: Record<string, AttributeValue>, key: string): { changed: AttributeValue; how: string }[] {
  const entries = Object.entries(value);
  const renamed = /_/.test(key) ? key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) : `${key}_value`;
  return [
    { changed: Object.fromEntries(entries.filter(([name]) => name !== key)), how: `leave out ${key}` },
    {
      changed: Object.fromEntries(entries.map(([name, item]) => [name === key ? renamed : name, item])),
      how: `name ${renamed} what has to be ${key}`,
    },
  ];
}
