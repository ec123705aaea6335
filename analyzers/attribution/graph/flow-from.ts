import { type Flow, type FlowLink, messageText, type Step, type TraceFlow } from "@culprit/schemas";
import { stepText } from "../../trajectory/render.ts";
import { quoteOf, sinkOf } from "./flow-graph.ts";
import { readPart, valuesOf } from "./values.ts";

/** A line that says something of its own, so that its coming back is no chance. */
const LEAST_LINE = 16;
const MOST_LINE = 400;
/** What is followed of a step, links that are given, values that a link names, and how much of each. */
const MOST_FOLLOWED = 400;
const MOST_LINKS = 300;
const MOST_VALUES = 5;
const VALUE_CHARS = 120;
/** Earlier steps whose text is looked for in what an actor was shown: the one it began at, and the newest. */
const MOST_QUOTED = 16;

/**
 * Where what a step brought in went: values (numbers, names, addresses, identifiers) and lines that neither the task nor
 * any earlier step had, followed from each step that has them to the next. What answers the step's own calls counts as
 * brought in by it. Pure, and linear in the text.
 */
export const flowFrom: TraceFlow = (trajectory, start): Flow => {
  const { steps, task } = trajectory;
  const texts = steps.map((step) => readPart(stepText(step)));
  const brought = broughtIn(texts, task, start, answersTo(steps, start));
  const holders = new Map<string, number>();
  const carriers = new Set([start]);
  const links: FlowLink[] = [];
  for (let to = start + 1; to < steps.length; to++) {
    const step = steps[to] as Step;
    const text = texts[to] ?? "";
    const found = new Map<number, FlowLink>();
    const link = (from: number): FlowLink => {
      const known = found.get(from) ?? { from, to, values: [], shown: false, called: false, onward: false };
      found.set(from, known);
      return known;
    };
    for (const [value, since] of brought) {
      if (to < since || !text.includes(value)) continue;
      const holder = holders.get(value) ?? since;
      if (holder !== to) link(holder).values.push(value);
      holders.set(value, to);
    }
    for (const from of calledBy(step, steps, start)) if (carriers.has(from)) link(from).called = true;
    for (const from of quoted(step, texts, start, carriers)) link(from).shown = true;
    if (found.size === 0) continue;
    carriers.add(to);
    links.push(...[...found.values()].sort((left, right) => left.from - right.from));
  }
  const sink = sinkOf(steps);
  const answer = sink > start ? sink : null;
  const reaches = answer !== null && markOnward(links, answer);
  // Where there are too many, what leads to the answer is kept.
  const kept = links.length <= MOST_LINKS ? links : [...links].sort(onwardFirst).slice(0, MOST_LINKS);
  return {
    step: start,
    answer,
    reaches,
    links: kept.map(shortened).sort((left, right) => left.to - right.to || left.from - right.from),
    more: links.length > kept.length,
  };
};

/** What the step and the answers to its calls have that nobody had before, with the step that had it first. */
function broughtIn(
  texts: readonly string[],
  task: string,
  start: number,
  answers: readonly number[],
): Map<string, number> {
  const before = [task, ...texts.slice(0, start)].join("\n");
  const brought = new Map<string, number>();
  for (const at of [start, ...answers]) {
    const text = texts[at] ?? "";
    for (const value of [...valuesOf(text), ...linesOf(text)]) {
      if (brought.size >= MOST_FOLLOWED) return brought;
      if (!brought.has(value) && text.includes(value) && !before.includes(value)) brought.set(value, at);
    }
  }
  return brought;
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.length >= LEAST_LINE && line.length <= MOST_LINE);
}

/** The environment's steps right after an agent's. */
function answersTo(steps: readonly Step[], start: number): number[] {
  const answers: number[] = [];
  for (let at = start + 1; steps[at]?.role === "environment"; at++) answers.push(at);
  return answers;
}

/** The step that an observation answers; and the first step, where a span says that it caused this one. */
function calledBy({ role, index, caused_by }: Step, steps: readonly Step[], start: number): number[] {
  const callers = caused_by?.includes(start) ? [start] : [];
  if (role !== "environment") return callers;
  const acting = steps.slice(0, index).findLast((step) => step.role === "agent")?.index;
  return acting === undefined ? callers : [acting, ...callers];
}

/** Carriers whose text stands in what the step's actor was given last. */
function quoted(
  { input, index }: Step,
  texts: readonly string[],
  start: number,
  carriers: ReadonlySet<number>,
): number[] {
  const newest = input.at(-1);
  if (newest === undefined) return [];
  const text = messageText(newest);
  const asked = [start, ...[...carriers].filter((at) => at !== start && at < index).slice(-MOST_QUOTED)];
  return asked.filter((at) => {
    const quote = quoteOf(texts[at] ?? "");
    return quote !== null && text.includes(quote);
  });
}

/** Marks the links that lie on a way to the answer; whether there is one from the start. */
function markOnward(links: FlowLink[], answer: number): boolean {
  const leads = new Set([answer]);
  let reaches = false;
  for (const link of [...links].sort((left, right) => right.to - left.to)) {
    if (!leads.has(link.to)) continue;
    link.onward = true;
    leads.add(link.from);
    reaches = true;
  }
  return reaches;
}

function onwardFirst(left: FlowLink, right: FlowLink): number {
  return Number(right.onward) - Number(left.onward) || left.to - right.to;
}

function shortened(link: FlowLink): FlowLink {
  const values = link.values
    .slice(0, MOST_VALUES)
    .map((value) => (value.length > VALUE_CHARS ? `${value.slice(0, VALUE_CHARS)}…` : value));
  return { ...link, values };
}
