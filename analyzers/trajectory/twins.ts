import { CULPRIT, GEN_AI, type Span } from "@culprit/schemas";
import { compareNodes } from "./forest.ts";
import type { StepNode } from "./roles.ts";
import { outputText, plain } from "./step.ts";

/**
 * Steps without those that are told twice: the recording gateway sees from outside what the process may tell as well.
 *
 * - A model call that passed the gateway and one of the process with the same response id are one call. The process's
 *   counts, because it knows its agent, unless only the gateway recorded the answer. Endpoints that give the same id to
 *   several answers are taken at their word in order: the first with the first.
 * - A tool's answer that the gateway found in a conversation counts where the process tells of no run of that tool.
 * - A call that failed before it answered, and that the same request followed, was tried again by its client: the agent
 *   acted once.
 *
 * @param steps in any order; a trace that no gateway saw is given back as it is
 */
export function withoutTwins(steps: readonly StepNode[]): readonly StepNode[] {
  const passed = steps.filter((step) => seenFrom(step) === "gateway").sort(compareNodes);
  const found = steps.filter((step) => seenFrom(step) === "conversation");
  if (passed.length === 0 && found.length === 0) return steps;
  const own = steps.filter((step) => seenFrom(step) === "").sort(compareNodes);
  const twins = new Set<StepNode>();
  for (const [seen, told] of pairs(passed, own))
    twins.add(outputText(told.span) || !outputText(seen.span) ? seen : told);
  const tools = new Set(own.filter(({ role }) => role === "environment").map(({ span }) => span.reading.tool));
  for (const step of found) if (tools.has(step.span.reading.tool)) twins.add(step);
  for (const step of triedAgain(passed.filter((each) => !twins.has(each)))) twins.add(step);
  return twins.size === 0 ? steps : steps.filter((step) => !twins.has(step));
}

/** Whether a step is told by who only saw its end. */
export function isFoundLater(span: Span): boolean {
  return span.attributes[CULPRIT.seenFrom] === "conversation";
}

function seenFrom({ span }: StepNode): string {
  return plain(span.attributes[CULPRIT.seenFrom]);
}

/** Where the dialects keep the id of an answer. */
const ID_KEYS: readonly string[] = [GEN_AI.responseId, "ai.response.id"];
/** Those that keep the whole answer have it near its beginning. */
const ANSWER_KEY = "output.value";
const ANSWER_ID = /"id"\s*:\s*"([^"\\]{1,200})"/;
const SEARCHED = 4096;

function responseId(span: Span): string {
  for (const key of ID_KEYS) {
    const id = plain(span.attributes[key]);
    if (id !== "") return id;
  }
  return ANSWER_ID.exec(plain(span.attributes[ANSWER_KEY]).slice(0, SEARCHED))?.[1] ?? "";
}

function* pairs(passed: readonly StepNode[], own: readonly StepNode[]): Generator<[StepNode, StepNode]> {
  const waiting = new Map<string, StepNode[]>();
  for (const step of own) {
    if (step.role !== "agent") continue;
    const id = responseId(step.span);
    const same = waiting.get(id);
    if (same !== undefined) same.push(step);
    else if (id !== "") waiting.set(id, [step]);
  }
  for (const list of waiting.values()) list.reverse();
  for (const seen of passed) {
    const told = waiting.get(responseId(seen.span))?.pop();
    if (told !== undefined) yield [seen, told];
  }
}

function* triedAgain(passed: readonly StepNode[]): Generator<StepNode> {
  const failed = new Set(passed.filter(({ span }) => span.status_code === "error" && outputText(span) === ""));
  const alike = new Set([...failed].map(shapeOf));
  const later = new Set<string>();
  for (const step of [...passed].reverse()) {
    const { agent, input } = step.span.reading;
    if (input.length === 0 || !alike.has(shapeOf(step))) continue;
    const request = JSON.stringify([agent, step.span.attributes[GEN_AI.requestModel], input]);
    if (failed.has(step) && later.has(request)) yield step;
    later.add(request);
  }
}

/** Tells most requests apart without writing them out. */
function shapeOf({ span }: StepNode): string {
  return `${span.reading.input.length} ${span.reading.agent}`;
}
