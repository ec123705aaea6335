import type { HandoffFigure, TeamMember } from "@culprit/schemas";

/** Agents the picture holds; the table beneath holds all. */
export const MOST_AGENTS = 10;
/** Room an agent takes at least, and at most. */
const PITCH = 116;
const WIDEST_PITCH = 230;
/** How much higher an arc is for each agent it passes over. */
const RISE = 30;
const MARGIN = 22;
/** Room for a name and two lines below it. */
const NAMES = 64;
const WIDEST = 9;
const THINNEST = 1.25;

export interface TeamNode {
  member: TeamMember;
  x: number;
}

export interface TeamArc {
  link: HandoffFigure;
  /** Whole, and of that what failures may have gone along; pixels. */
  width: number;
  carried: number;
  path: string;
  /** Where it begins and ends. */
  ends: { from: number; to: number; y: number };
  /** Its highest or lowest point, where its words stand. */
  apex: { x: number; y: number };
  /** Against the order of the agents. */
  back: boolean;
}

export interface TeamPlan {
  width: number;
  height: number;
  /** Where the agents' discs stand. */
  base: number;
  nodes: TeamNode[];
  arcs: TeamArc[];
  /** Agents that are not in the picture. */
  left: number;
}

/**
 * The hand-off graph as arcs over a line of agents, in the order in which they usually begin: work that goes on arches
 * above, work that comes back below, so no two arcs share a peak.
 *
 * @param room width that there is, pixels; a large team takes more
 */
export function planTeam(agents: readonly TeamMember[], handoffs: readonly HandoffFigure[], room: number): TeamPlan {
  const shown = [...agents]
    .sort((left, right) => right.failed.n - left.failed.n)
    .slice(0, MOST_AGENTS)
    .sort((left, right) => left.place - right.place);
  const pitch = Math.min(WIDEST_PITCH, Math.max(PITCH, room / Math.max(1, shown.length)));
  const at = new Map(shown.map(({ agent }, index) => [agent, index]));
  const links = handoffs.flatMap((link) => {
    const [from, to] = [at.get(link.from), at.get(link.to)];
    return from === undefined || to === undefined || from === to ? [] : [{ link, from, to }];
  });
  const rise = (back: boolean): number =>
    links.reduce((most, { from, to }) => (from > to === back ? Math.max(most, Math.abs(to - from)) : most), 0) * RISE;
  const base = MARGIN + rise(false);
  const most = links.reduce((top, { link }) => Math.max(top, link.failed.n), 1);
  const scaled = (runs: number): number => (runs === 0 ? 0 : Math.max(THINNEST, (runs / most) * WIDEST));
  const arcs = links.map(({ link, from, to }): TeamArc => {
    const back = from > to;
    const [x, end] = [(from + 0.5) * pitch, (to + 0.5) * pitch];
    const y = back ? base + NAMES : base;
    const height = Math.abs(to - from) * RISE;
    return {
      link,
      width: scaled(link.failed.n),
      carried: scaled(link.carried),
      path: `M${x} ${y}A${Math.abs(end - x) / 2} ${height} 0 0 1 ${end} ${y}`,
      ends: { from: x, to: end, y },
      apex: { x: (x + end) / 2, y: back ? y + height : y - height },
      back,
    };
  });
  return {
    width: Math.max(1, shown.length) * pitch,
    height: base + NAMES + rise(true) + MARGIN,
    base,
    nodes: shown.map((member, index) => ({ member, x: (index + 0.5) * pitch })),
    arcs: arcs.sort((left, right) => right.width - left.width),
    left: agents.length - shown.length,
  };
}
