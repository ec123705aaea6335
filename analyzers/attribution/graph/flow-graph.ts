import { messageText, type Step, type Trajectory } from "@culprit/schemas";
import { stepText } from "../../trajectory/render.ts";
import { valuesOf } from "./values.ts";

/** An earlier step that a step draws on. */
export interface Source {
  step: number;
  /** Higher draws more. */
  weight: number;
  /** Spans say so: a parent, a link, or the action an observation answers. */
  called: boolean;
  /** It was shown that step's text. */
  shown: boolean;
  /** Values that it took over from there, rarest first. */
  values: string[];
}

/** Which step came from which: from spans, from what actors were shown, and from values that travel. */
export interface FlowGraph {
  /** The step that states the final result. */
  sink: number;
  /** Of each step, the ones it draws on, strongest first; no user steps. */
  sources: readonly (readonly Source[])[];
}

/** Words of a final step that says more than that it is done. */
const LEAST_WORDS = 4;
/** A text this long that occurs whole in another's input was shown to it. */
const QUOTE_CHARS = 40;
const CALLED = 1.5;
const SHOWN = 1;

/**
 * The information-flow graph of a run. A step draws on the latest earlier step that holds a value it holds too, unless
 * the task gave that value; a value that few steps hold weighs more. Pure, and linear in the text but for what actors
 * were shown.
 */
export function flowGraph(trajectory: Trajectory): FlowGraph {
  const given = valuesOf(trajectory.task);
  const texts = trajectory.steps.map((step) => stepText(step));
  const values = texts.map((text) => new Set([...valuesOf(text)].filter((value) => !given.has(value))));
  const holders = new Map<string, number>();
  for (const own of values) for (const value of own) holders.set(value, (holders.get(value) ?? 0) + 1);
  const last = new Map<string, number>();
  const sources = trajectory.steps.map((step, index) => {
    const found = new Map<number, Source>();
    const source = (at: number): Source => {
      const known = found.get(at) ?? { step: at, weight: 0, called: false, shown: false, values: [] };
      found.set(at, known);
      return known;
    };
    for (const value of values[index] ?? []) {
      const holder = last.get(value);
      if (holder !== undefined) {
        const from = source(holder);
        from.values.push(value);
        from.weight += 1 / ((holders.get(value) ?? 1) - 1);
      }
    }
    for (const at of [...(step.caused_by ?? []), ...answered(step, trajectory.steps)]) {
      const from = source(at);
      if (!from.called) from.weight += CALLED;
      from.called = true;
    }
    for (const at of shownTo(step, texts)) {
      const from = source(at);
      from.shown = true;
      from.weight += SHOWN;
    }
    for (const value of values[index] ?? []) last.set(value, index);
    for (const from of found.values()) from.values.sort((a, b) => (holders.get(a) ?? 0) - (holders.get(b) ?? 0));
    return [...found.values()]
      .filter((from) => trajectory.steps[from.step]?.role !== "user")
      .sort((left, right) => right.weight - left.weight || right.step - left.step);
  });
  return { sink: sinkOf(trajectory.steps), sources };
}

/** The step that states the final result: the last agent step that says more than that it is done. */
export function sinkOf(steps: readonly Step[]): number {
  const agents = steps.filter(({ role }) => role === "agent");
  const telling = agents.findLast(({ content }) => (content.match(/[\p{L}\p{N}]+/gu)?.length ?? 0) >= LEAST_WORDS);
  return (telling ?? agents.at(-1))?.index ?? 0;
}

/** An observation answers the agent step before it. */
function answered({ role, index }: Step, steps: readonly Step[]): number[] {
  if (role !== "environment") return [];
  for (let at = index - 1; at >= 0; at--) if (steps[at]?.role === "agent") return [at];
  return [];
}

/** Earlier steps whose text stands, whole or its beginning, in what the step's actor was given last. */
function shownTo({ input, index }: Step, texts: readonly string[]): number[] {
  const newest = input.at(-1);
  if (newest === undefined) return [];
  const text = messageText(newest);
  return texts.slice(0, index).flatMap((own, at) => {
    const quote = quoteOf(own);
    return quote !== null && text.includes(quote) ? [at] : [];
  });
}

/** The beginning of a text that is long enough to be known again elsewhere; null where it is not. */
export function quoteOf(text: string): string | null {
  return text.length >= QUOTE_CHARS ? text.slice(0, 4 * QUOTE_CHARS) : null;
}
