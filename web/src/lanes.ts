import type { Step } from "@culprit/schemas";
import { bucketOf } from "./chunks.ts";

/** One row of the overview: an agent, or a tool or terminal that answered. */
export interface Lane {
  name: string;
  role: Step["role"] | "rest";
  /** 0 to 7 for agents, in order of appearance; null for everything else. */
  hue: number | null;
}

export interface LanePlan {
  lanes: Lane[];
  /** Row of each step, same order as the steps. */
  rows: number[];
}

const MOST_LANES = 10;
const HUES = 8;

/** One lane an actor in order of first appearance; past ten, the rest share one. */
export function planLanes(steps: readonly Step[]): LanePlan {
  const lanes: Lane[] = [];
  const rowOf = new Map<string, number>();
  let agents = 0;
  const rows = steps.map((step) => {
    const key = `${step.role} ${step.agent}`;
    const known = rowOf.get(key);
    if (known !== undefined) return known;
    if (lanes.length < MOST_LANES) {
      const hue = step.role === "agent" ? agents++ % HUES : null;
      lanes.push({ name: step.agent, role: step.role, hue });
    } else if (lanes.length === MOST_LANES) {
      lanes.push({ name: "others", role: "rest", hue: null });
    }
    rowOf.set(key, lanes.length - 1);
    return lanes.length - 1;
  });
  return { lanes, rows };
}

/** Columns the overview has at most: a longer run shares them. */
export const MOST_CELLS = 240;

/** One cell of the overview. */
export interface Cell {
  /** Index of the step that it stands for: the loudest, else the first. */
  step: number;
  column: number;
  row: number;
  /** Steps that share it. */
  steps: number;
}

/** Places steps in columns; where several of one lane share a cell, one with a mark speaks for them, a decisive one first. */
export function planCells(
  length: number,
  rows: readonly number[],
  marks: ReadonlyMap<number, readonly { decisive: boolean }[]>,
): Cell[] {
  const loudness = (step: number): number => {
    const own = marks.get(step);
    if (own === undefined) return 0;
    return own.some(({ decisive }) => decisive) ? 2 : 1;
  };
  const cells = new Map<number, Cell>();
  for (let step = 0; step < length; step++) {
    const row = rows[step] ?? 0;
    const column = bucketOf(step, length, MOST_CELLS);
    const key = column * (MOST_LANES + 1) + row;
    const known = cells.get(key);
    if (known === undefined) {
      cells.set(key, { step, column, row, steps: 1 });
      continue;
    }
    known.steps += 1;
    if (loudness(step) > loudness(known.step)) known.step = step;
  }
  return [...cells.values()];
}
