import { type Flow, type FlowLink, messageText, type Step, type TraceFlow } from "@culprit/schemas";
import { stepText } from "../../trajectory/render.ts";
import { quoteOf, sinkOf } from "./flow-graph.ts";
import { readPart, valuesOf } from "./values.ts";

/** A line that says something of its own, so that its coming back is no chance. */
const LEAST_LINE = 16;
const MOST_LINE = 400;
/** What is followed of one step, and of how many. */
const MOST_OF_ONE = 120;
const MOST_SEARCHED = 48;
/** What is followed in all, links that are given, values that a link names, and how much of each. */
const MOST_FOLLOWED = 400;
const MOST_LINKS = 300;
const MOST_VALUES = 5;
const VALUE_CHARS = 120;
/** Earlier steps whose text is looked for in what an actor was shown: the one it began at, and the newest. */
const MOST_QUOTED = 16;

/**
 * Where what a step brought in went: values (numbers, names, addresses, identifiers) and lines that neither the task nor
 * any earlier step had, followed from each step that has them to the next. What was said in view of them, by somebody who
 * was shown them or in answer to them, is followed in the same way. Pure, and linear in the text.
 */
export const flowFrom: TraceFlow = (trajectory, start): Flow => {
  const { steps } = trajectory;
  const texts = steps.map((step) => readPart(stepText(step)));
  const news = newsOf(trajectory.task, texts);
  /** What is followed, and the step that had it last. */
  const holders = new Map(news(start).map((value) => [value, start]));
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
    for (const [value, holder] of holders) {
      if (!text.includes(value)) continue;
      link(holder).values.push(value);
      holders.set(value, to);
    }
    for (const from of calledBy(step, steps, start)) if (carriers.has(from)) link(from).called = true;
    for (const from of shownTo(step, steps, texts, start, carriers)) link(from).shown = true;
    if (found.size === 0) continue;
    carriers.add(to);
    links.push(...[...found.values()].sort((left, right) => left.from - right.from));
    if ([...found.values()].some(({ shown, called }) => shown || called)) {
      for (const value of news(to)) if (holders.size < MOST_FOLLOWED && !holders.has(value)) holders.set(value, to);
    }
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

/** What a step has that nobody had before; of a bounded number of steps, since each looks through all before it. */
function newsOf(task: string, texts: readonly string[]): (at: number) => string[] {
  let asked = 0;
  return (at) => {
    if (asked++ >= MOST_SEARCHED) return [];
    const text = texts[at] ?? "";
    const before = [task, ...texts.slice(0, at)].join("\n");
    const found = new Set([...valuesOf(text), ...linesOf(text)]);
    return [...found].filter((value) => text.includes(value) && !before.includes(value)).slice(0, MOST_OF_ONE);
  };
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.length >= LEAST_LINE && line.length <= MOST_LINE);
}

/** The step that an observation answers; and the first step, where a span says that it caused this one. */
function calledBy({ role, index, caused_by }: Step, steps: readonly Step[], start: number): number[] {
  const callers = caused_by?.includes(start) ? [start] : [];
  if (role !== "environment") return callers;
  const acting = steps.slice(0, index).findLast((step) => step.role === "agent")?.index;
  return acting === undefined ? callers : [acting, ...callers];
}

/** Carriers whose text stands in what the step's actor was given last; of the observation right before, however short. */
function shownTo(
  { input, index }: Step,
  steps: readonly Step[],
  texts: readonly string[],
  start: number,
  carriers: ReadonlySet<number>,
): number[] {
  const newest = input.at(-1);
  if (newest === undefined) return [];
  const text = messageText(newest);
  const asked = [start, ...[...carriers].filter((at) => at !== start && at < index).slice(-MOST_QUOTED)];
  return asked.filter((at) => {
    const own = texts[at] ?? "";
    const answered = at === index - 1 && steps[at]?.role === "environment" && own.trim() !== "";
    const quote = answered ? own.trim().slice(0, MOST_LINE) : quoteOf(own);
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
