import type { Step, Trajectory } from "@culprit/schemas";
import { cutMiddle, fenced, fencedName, MARGIN } from "./fence.ts";

export interface RenderOptions {
  /** Characters the text should not exceed; step headers are kept even where they alone exceed it. */
  maxChars?: number;
}

export interface Rendered {
  text: string;
  /** Characters of contents that were left out. */
  cut: number;
  /** Where each step ends in `text`: what stands before it is the same in every rendering of this run and size. */
  ends: number[];
}

/** The line that ends the record. */
export const RECORD_END = "\n</run>";

/**
 * A trajectory as the text of a prompt: task, agents, numbered steps, between `<run>` and `</run>`. Deterministic, and
 * the same for every strategy, so that a server's prefix cache serves them all. What the run contains is data: see
 * {@link fenced}. The longest contents are cut in the middle first; no step is dropped.
 */
export function renderTrajectory(trajectory: Trajectory, options: RenderOptions = {}): Rendered {
  const task = fenced(trajectory.task);
  const headers = trajectory.steps.map(stepHeader);
  const contents = trajectory.steps.map((step) => fenced(stepText(step)));
  const roster = trajectory.agents.map((agent) => `- ${fencedName(agent)}`).join("\n");
  const frame = ["<run>", "Task:", `Agents:\n${roster}`, `Steps: ${headers.length}`, ...headers, "</run>"];
  const room = (options.maxChars ?? Number.POSITIVE_INFINITY) - frame.join("\n").length - contents.length - 1;
  const limit = commonLimit(
    [task, ...contents].map(({ length }) => length),
    room,
  );
  let cut = 0;
  const fit = (text: string): string => {
    const kept = cutMiddle(text, limit, `\n${MARGIN}`);
    cut += Math.max(0, text.length - kept.length);
    return kept;
  };
  const lines = ["<run>", "Task:", fit(task), `Agents:\n${roster}`, `Steps: ${headers.length}`];
  let text = lines.join("\n");
  const ends: number[] = [];
  for (const [at, header] of headers.entries()) {
    text += `\n${header}\n${fit(contents[at] ?? "")}`;
    ends.push(text.length);
  }
  return { text: text + RECORD_END, cut, ends };
}

/** The record as it stood after step `last`: a prefix of the whole, closed. */
export function renderedUpTo({ text, ends }: Rendered, last: number): string {
  return text.slice(0, ends[last]) + RECORD_END;
}

/** `[3] Coder (agent):` */
export function stepHeader(step: Step): string {
  return `[${step.index}] ${fencedName(step.agent)} (${step.role}):`;
}

/** What a step says: its action or observation, and the error it ended in. */
export function stepText(step: Pick<Step, "content" | "error">): string {
  const content = step.content === "" ? "(nothing recorded)" : step.content;
  return step.error === "" ? content : `${content}\n(this step ended in an error: ${step.error})`;
}

/** The largest L for which the sum of min(length, L) fits into `room`. */
function commonLimit(lengths: readonly number[], room: number): number {
  const sorted = [...lengths].sort((left, right) => left - right);
  let left = room;
  for (const [at, length] of sorted.entries()) {
    const share = left / (sorted.length - at);
    if (length > share) return Math.max(0, Math.floor(share));
    left -= length;
  }
  return Number.POSITIVE_INFINITY;
}
