import type { FaultSite, PureOperator } from "../operator.ts";
import { quoted } from "../places.ts";

/** Words around an agent's name in tools that hand over, such as `transfer_to_writer`. */
const HANDOVER = /^((?:transfer|hand_?off|handover|delegate|route|send)_?(?:to)?[_-]?)(.+)$/i;

/** Another agent is made to go on. */
export const wrongHandoff: PureOperator = {
  name: "wrong-handoff",
  family: "flow",
  does: "hands over to another agent",
  apply: (site) => byCall(site) ?? byName(site),
};

function byCall({ action, trajectory, random }: FaultSite) {
  const known = new Set(
    trajectory.steps.flatMap((step) => step.tool_calls.map(({ name }) => name)).filter((name) => HANDOVER.test(name)),
  );
  const at = action.tool_calls.findIndex(({ name }) => HANDOVER.test(name));
  const call = action.tool_calls[at];
  if (call === undefined) return null;
  const [, verb = "", to = ""] = HANDOVER.exec(call.name) ?? [];
  for (const agent of trajectory.agents) known.add(`${verb}${agent.toLowerCase().replace(/\W+/g, "_")}`);
  const name = random.pick([...known].filter((other) => other !== call.name && other !== `${verb}${to.toLowerCase()}`));
  if (name === undefined) return null;
  return {
    action: {
      ...action,
      tool_calls: action.tool_calls.map((other, index) => (index === at ? { ...call, name } : other)),
    },
    reason: `It hands over with ${name} where ${call.name} is right.`,
  };
}

function byName({ action, trajectory, random }: FaultSite) {
  const named = trajectory.agents.flatMap((agent) => {
    const at = wordAt(action.content, agent);
    return at === -1 ? [] : [{ agent, at }];
  });
  const chosen = random.pick(named);
  const other = random.pick(trajectory.agents.filter((agent) => agent !== chosen?.agent && agent !== ""));
  if (chosen === undefined || other === undefined) return null;
  const { agent, at } = chosen;
  const content = `${action.content.slice(0, at)}${other}${action.content.slice(at + agent.length)}`;
  return {
    action: { ...action, content },
    reason: `It names ${other} where ${agent} has to go on: ${quoted(content.slice(Math.max(0, at - 30), at + 50))}.`,
  };
}

function wordAt(text: string, word: string): number {
  for (let at = text.indexOf(word); word !== "" && at !== -1; at = text.indexOf(word, at + 1)) {
    if (!/\w/.test(text.charAt(at - 1)) && !/\w/.test(text.charAt(at + word.length))) return at;
  }
  return -1;
}
