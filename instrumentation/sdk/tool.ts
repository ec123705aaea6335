import { type AttributeValue, CULPRIT, GEN_AI } from "@culprit/schemas";
import { context, type Span, SpanKind } from "@opentelemetry/api";
import { jsonContent, recorded } from "./content.ts";
import { currentInterceptor, type Interceptor, type ToolExecution } from "./interceptor.ts";
import { runInSpan } from "./run-in-span.ts";
import { currentAgent, withSpan } from "./scope.ts";
import { setContent, startStepSpan } from "./step-span.ts";

type Streaming = AsyncGenerator<unknown, unknown, unknown>;

/**
 * A wrapped tool's own function type. A tool answers later even when `fn` is synchronous, because a replay may
 * answer in its place; an async generator stays one.
 */
export type Tool<This, Args extends unknown[], Result> = (
  this: This,
  ...args: Args
) => Result extends Streaming ? Result : Promise<Awaited<Result>>;

/**
 * A tool agents use. Every call is one `execute_tool NAME` span with its arguments and result as JSON, carrying the
 * name of the agent that uses it. One argument is recorded as itself, several as a list. Errors are recorded and
 * rethrown unchanged. Inside a replay the answer may come from the record and `fn` is then not called.
 *
 * `fn` may be synchronous, a promise function or an `async function*`, and may give a stream; without `fn` it is a method
 * decorator. {@link tool.scope} runs a block now.
 */
function tool<This, Args extends unknown[], Result>(
  name: string,
  fn: (this: This, ...args: Args) => Result,
): Tool<This, Args, Result>;
function tool(
  name: string,
): <This, Args extends unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
  decorated?: ClassMethodDecoratorContext,
) => Tool<This, Args, Result>;
function tool(name: string, fn?: (this: unknown, ...args: unknown[]) => unknown): unknown {
  if (fn === undefined) return (method: (this: unknown, ...args: unknown[]) => unknown) => tool(name, method);
  const streaming = Object.prototype.toString.call(fn) === "[object AsyncGeneratorFunction]";
  return function (this: unknown, ...args: unknown[]): unknown {
    const call = begin(name, args);
    const live = () => fn.apply(this, args);
    return streaming ? executeStreaming(call, live as () => Streaming) : execute(call, live);
  };
}

/** Runs `fn` now as one execution of the tool `name` with `given` as its arguments. */
tool.scope = function scope<Result>(name: string, given: unknown, fn: () => Result): Promise<Awaited<Result>> {
  return execute(begin(name, [given]), fn) as Promise<Awaited<Result>>;
};

interface Begun {
  span: Span;
  execution: ToolExecution;
  interceptor: Interceptor | undefined;
}

function begin(name: string, args: unknown[]): Begun {
  const agent = currentAgent();
  const given = args.length > 1 ? args : args[0];
  const span = startStepSpan({
    name: `execute_tool ${name}`,
    kind: SpanKind.INTERNAL,
    attributes: {
      [GEN_AI.operationName]: "execute_tool",
      [GEN_AI.toolName]: name,
      [GEN_AI.toolType]: "function",
      ...(agent === "" ? {} : { [GEN_AI.agentName]: agent }),
    },
  });
  setContent(span, GEN_AI.toolCallArguments, given, jsonContent);
  const interceptor = currentInterceptor();
  const recordable = interceptor === undefined ? null : recorded(GEN_AI.toolCallArguments, given);
  return { span, execution: { kind: "tool", agent, name, arguments: recordable }, interceptor };
}

function execute({ span, execution, interceptor }: Begun, live: () => unknown): Promise<unknown> {
  let wentLive = false;
  const answer = async (): Promise<unknown> => {
    const served = await consult(span, interceptor, execution);
    wentLive = served === undefined;
    return served === undefined ? live() : served.result;
  };
  return runInSpan(span, withSpan(context.active(), span), answer, (_span, result) => {
    recordResult(span, result);
    if (wentLive) interceptor?.observed?.(execution, { result: recorded(GEN_AI.toolCallResult, result) });
  });
}

function executeStreaming({ span, execution, interceptor }: Begun, live: () => Streaming): Streaming {
  let wentLive = false;
  async function* answer(): Streaming {
    const served = await consult(span, interceptor, execution);
    if (served !== undefined) {
      if (Array.isArray(served.result)) yield* served.result;
      else yield served.result;
      return;
    }
    wentLive = true;
    return yield* live();
  }
  return runInSpan(span, withSpan(context.active(), span), answer, (_span, yielded) => {
    recordResult(span, yielded);
    if (wentLive) interceptor?.observed?.(execution, { result: recorded(GEN_AI.toolCallResult, yielded) });
  });
}

async function consult(
  span: Span,
  interceptor: Interceptor | undefined,
  execution: ToolExecution,
): Promise<{ result: AttributeValue } | undefined> {
  if (interceptor === undefined) return undefined;
  const served = await interceptor.intercept(execution);
  if (served !== undefined && served.kind !== "tool") {
    throw new TypeError(`The interceptor answered the tool ${execution.name} with a ${served.kind} answer.`);
  }
  span.setAttribute(CULPRIT.replaySource, served?.source ?? "live");
  return served;
}

function recordResult(span: Span, result: unknown): void {
  setContent(span, GEN_AI.toolCallResult, result, jsonContent);
}

export { tool };
