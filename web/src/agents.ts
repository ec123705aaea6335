import type { AgentFigure, RouteOutput } from "@culprit/schemas";

export type BlamePart = RouteOutput<"blameFigures">["blame"][number];

/** Bars an agent's course has at most, and at least where the window has no beginning of its own. */
const MOST_BARS = 48;
const LEAST_BARS = 12;

export interface Course {
  /** When the first part begins, and the last one ends; milliseconds. */
  from: number;
  to: number;
  /** Failures in each part by agent, oldest first. */
  byAgent: Map<string, number[]>;
}

/**
 * Blame over time in equal parts.
 *
 * @param part length of the API's own parts, milliseconds; a bar is never finer
 * @param window how far back of `now`, milliseconds; null takes what the blame covers
 */
export function courseOf(blame: readonly BlamePart[], part: number, window: number | null, now: number): Course {
  const to = Math.ceil((now + 1) / part) * part;
  const oldest = blame.reduce((least, { at }) => Math.min(least, Date.parse(at) || least), to);
  const parts = Math.ceil((window === null ? to - oldest : window) / part);
  const length = Math.max(parts, window === null ? LEAST_BARS : 1) * part;
  const from = Math.min(to - length, oldest);
  const bars = Math.min(MOST_BARS, Math.max(1, Math.round((to - from) / part)));
  const byAgent = new Map<string, number[]>();
  for (const { at, agent, failures } of blame) {
    const bar = Math.min(bars - 1, Math.floor(((Date.parse(at) - from) * bars) / (to - from)));
    if (!(bar >= 0)) continue;
    const own = byAgent.get(agent) ?? new Array<number>(bars).fill(0);
    own[bar] = (own[bar] ?? 0) + failures;
    byAgent.set(agent, own);
  }
  return { from, to, byAgent };
}

/** The largest count of any cell, for a scale that all agents share; at least 1. */
export function hottest(agents: readonly AgentFigure[]): number {
  return agents.reduce((most, { positions }) => Math.max(most, ...positions), 1);
}

/** Which tenth of a run a place of the heat map is, in words. */
export function tenth(place: number): string {
  return place === 0 ? "first tenth" : place === 9 ? "last tenth" : `${place * 10} to ${place * 10 + 10} %`;
}
