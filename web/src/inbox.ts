import type { FailureGroup, RunFigure, RunSummary } from "@culprit/schemas";
import { ask } from "./api.ts";
import type { InboxRoute } from "./routes.ts";

/** Groups one answer holds; the rest is the command's. */
const GROUPS_SHOWN = 500;
const RUNS_SHOWN = 200;

/** Failure groups blamed on one agent. */
export interface AgentGroups {
  agent: string;
  groups: FailureGroup[];
  /** Runs in the window. */
  failures: number;
  /** Of those, proven by a replay or an injected fault, or said by a person. */
  verified: number;
  human: number;
}

export interface Inbox {
  figures: RunFigure;
  /** Most failures first; every agent that a group of this state blames. */
  agents: AgentGroups[];
  /** There are more groups than are shown. */
  more: boolean;
  /** The failed runs that are in no group, when they are asked for. */
  ungrouped: { runs: RunSummary[]; more: boolean } | null;
}

/** Asks the collector for what the inbox shows at this address: one list of groups, and the window's totals. */
export async function loadInbox(route: InboxRoute, signal: AbortSignal): Promise<Inbox> {
  const { since, state, ungrouped } = route;
  const window = { since, state, limit: GROUPS_SHOWN };
  const [list, figures, traces] = await Promise.all([
    ask("listGroups", window, signal),
    ask("runFigures", { since }, signal),
    ungrouped === null
      ? null
      : ask("listTraces", { since, outcome: "failure", status: ungrouped, limit: RUNS_SHOWN }, signal),
  ]);
  const cut = list.next_cursor !== null;
  const own = cut && route.agent !== null ? await ask("listGroups", { ...window, agent: route.agent }, signal) : null;
  return {
    figures,
    agents: byAgent(own === null ? list.groups : joined(list.groups, own.groups)),
    more: own === null ? cut : own.next_cursor !== null,
    ungrouped: traces === null ? null : { runs: traces.traces, more: traces.next_cursor !== null },
  };
}

/** Groups under their agents, most failures first; the order within an agent is kept. */
export function byAgent(groups: readonly FailureGroup[]): AgentGroups[] {
  const held = new Map<string, AgentGroups>();
  for (const group of groups) {
    const { agent, count, verified, human } = group;
    const known = held.get(agent);
    if (known) {
      known.groups.push(group);
      known.failures += count;
      known.verified += verified;
      known.human += human;
    } else {
      held.set(agent, { agent, groups: [group], failures: count, verified, human });
    }
  }
  return [...held.values()].sort((left, right) => right.failures - left.failures);
}

function joined(all: readonly FailureGroup[], own: readonly FailureGroup[]): FailureGroup[] {
  const known = new Set(all.map(({ group_id }) => group_id));
  return [...all, ...own.filter(({ group_id }) => !known.has(group_id))];
}
