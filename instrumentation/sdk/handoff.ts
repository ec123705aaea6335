import { CULPRIT, GEN_AI, type Message } from "@culprit/schemas";
import { SpanKind } from "@opentelemetry/api";
import { type AnyFunction, invokeAgent } from "./agent.ts";
import { jsonContent } from "./content.ts";
import { toPlain } from "./plain.ts";
import { currentRun } from "./scope.ts";
import { endStep, setContent, startStepSpan } from "./step-span.ts";

export interface HandoffOptions {
  /** What is handed over, for the person reading the run. */
  input?: unknown;
}

/** Hand-overs that nobody takes up must not pile up. */
const MOST_WAITING = 100;

/**
 * One agent hands over to another. It is a step of `from`, which can be blamed for it, and the next step of the agent
 * `to` in the run is linked to it.
 *
 * ```ts
 * handoff("Planner", "Coder", { input: plan });                                   // notes it; agent("Coder") follows
 * const code = handoff("Planner", "Coder", async (plan: string) => …);            // wrapper: hands over and runs Coder
 * const answer = await handoff.scope("Planner", "Coder", async () => …);          // scope, runs now
 * ```
 *
 * Where a model decides by a tool call such as `transfer_to_coder`, its answer says so already and needs no `handoff`.
 */
function handoff(from: string, to: string, options?: HandoffOptions): void;
function handoff<This, Args extends unknown[], Result>(
  from: string,
  to: string,
  fn: AnyFunction<This, Args, Result>,
): AnyFunction<This, Args, Result>;
function handoff(
  from: string,
  to: string,
  given: HandoffOptions | AnyFunction<unknown, unknown[], unknown> = {},
): unknown {
  if (typeof given !== "function") return note(from, to, given.input);
  return function (this: unknown, ...args: unknown[]): unknown {
    const input = args.length > 1 ? args : args[0];
    note(from, to, input);
    return invokeAgent(to, input, () => given.apply(this, args));
  };
}

/** Hands over from `from` to `to` and runs `fn` now as a step of `to`. */
handoff.scope = function scope<Result>(
  from: string,
  to: string,
  fn: () => Result,
  options: HandoffOptions = {},
): Result {
  note(from, to, options.input);
  return invokeAgent(to, options.input, fn);
};

function note(from: string, to: string, input: unknown): void {
  const span = startStepSpan({
    name: `handoff ${from} to ${to}`,
    kind: SpanKind.INTERNAL,
    attributes: {
      [CULPRIT.stepRole]: "agent",
      [GEN_AI.agentName]: from,
      [CULPRIT.handoffFrom]: from,
      [CULPRIT.handoffTo]: to,
    },
  });
  // As the frameworks record it in which a model hands over: a call of a tool of this name.
  setContent(span, GEN_AI.outputMessages, [transfer(to, input)], jsonContent);
  endStep(span);
  const handoffs = currentRun()?.handoffs;
  if (handoffs === undefined || handoffs.size >= MOST_WAITING) return;
  const waiting = handoffs.get(to) ?? [];
  if (waiting.length < MOST_WAITING) handoffs.set(to, [...waiting, span.spanContext()]);
}

function transfer(to: string, input: unknown): Message {
  const given = input === undefined ? {} : { arguments: toPlain(input) };
  return { role: "assistant", parts: [{ type: "tool_call", name: `transfer_to_${to}`, ...given }] };
}

export { handoff };
