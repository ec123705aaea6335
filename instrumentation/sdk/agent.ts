import { CULPRIT, GEN_AI } from "@culprit/schemas";
import { context, type SpanContext, SpanKind, trace } from "@opentelemetry/api";
import { readable } from "./content.ts";
import { recordOutput, runInSpan } from "./run-in-span.ts";
import { currentRun, type RunScope, withAgent } from "./scope.ts";
import { setContent, startStepSpan } from "./step-span.ts";

export type AnyFunction<This, Args extends unknown[], Result> = (this: This, ...args: Args) => Result;

/**
 * An agent of a multi-agent system. Every call of the returned function is one `invoke_agent NAME` span; model calls
 * and tools inside are its children and carry its name. The function keeps its signature: synchronous, promise,
 * generator and stream functions stay what they are, errors are recorded and rethrown unchanged.
 *
 * ```ts
 * const plan = agent("Planner", async (task: string) => …);            // wrapper
 * const answer = await agent.scope("Planner", async () => …);          // scope, runs now
 * class Team { @agent("Planner") async plan(task: string) { … } }      // method decorator
 * ```
 */
function agent<This, Args extends unknown[], Result>(
  name: string,
  fn: AnyFunction<This, Args, Result>,
): AnyFunction<This, Args, Result>;
function agent(
  name: string,
): <This, Args extends unknown[], Result>(
  method: AnyFunction<This, Args, Result>,
  decorated?: ClassMethodDecoratorContext,
) => AnyFunction<This, Args, Result>;
function agent(name: string, fn?: AnyFunction<unknown, unknown[], unknown>): unknown {
  if (fn === undefined) return (method: AnyFunction<unknown, unknown[], unknown>) => agent(name, method);
  return function (this: unknown, ...args: unknown[]): unknown {
    return invokeAgent(name, args.length > 1 ? args : args[0], () => fn.apply(this, args));
  };
}

/**
 * Runs `fn` now as one step of the agent `name`.
 *
 * @param options.input what the agent was given, for the person reading the run
 */
agent.scope = function scope<Result>(name: string, fn: () => Result, options: { input?: unknown } = {}): Result {
  return invokeAgent(name, options.input, fn);
};

/** One step of the agent `name`, linked to the hand-overs that wait for it. */
export function invokeAgent<Result>(name: string, input: unknown, body: () => Result): Result {
  const base = context.active();
  const run = currentRun(base);
  const span = startStepSpan({
    name: `invoke_agent ${name}`,
    kind: SpanKind.INTERNAL,
    attributes: { [GEN_AI.operationName]: "invoke_agent", [GEN_AI.agentName]: name },
    base,
    run,
    links: run === undefined || run.handoffs.size === 0 ? NONE : handedOver(name, run),
  });
  setContent(span, CULPRIT.input, input, readable);
  return runInSpan(span, trace.setSpan(withAgent(base, name), span), body, recordOutput);
}

const NONE: readonly SpanContext[] = [];

/** The hand-overs to an agent that it has not taken up yet; it takes them up now. */
function handedOver(name: string, { handoffs }: RunScope): readonly SpanContext[] {
  const waiting = handoffs.get(name);
  handoffs.delete(name);
  return waiting ?? NONE;
}

export { agent };
