import { CULPRIT, GEN_AI } from "@culprit/schemas";
import {
  type Attributes,
  type Context,
  context,
  type Span,
  type SpanContext,
  SpanKind,
  trace,
} from "@opentelemetry/api";
import type { AnyFunction } from "./agent.ts";
import { textContent } from "./content.ts";
import { recordOutput, runInSpan } from "./run-in-span.ts";
import { currentRound, type RunScope, withRun } from "./scope.ts";
import { setContent, setKnown, startStepSpan } from "./step-span.ts";

export interface RunOptions {
  /** What the system is asked to do, in words. */
  task: string;
  /** Stable id of the task, shared by every run of it. Data sets are split by it. */
  taskId?: string;
  /** The known right answer. Shown to an attributor only when it asks for it. */
  groundTruth?: string;
  /** Name of the agent system; `run` when not given. */
  name?: string;
  /** Further attributes of the root span. */
  attributes?: Attributes;
  /** Set when this run replays another one: carried by every span of the run. */
  replay?: { id: string; of: string };
}

/** One finished run. */
export interface RunResult<Result> {
  /** 32 lower-case hex digits; all zeros when tracing is not started. */
  traceId: string;
  result: Result;
}

/**
 * Runs an agent system on one task, as one trace: the root span `invoke_workflow NAME` and, below it, whatever
 * `fn` does. A run always has a trace of its own; a span it was started in is linked, not its parent. A run that gives
 * a stream lasts until the stream is read.
 *
 * ```ts
 * const { traceId, result } = await run("dig a hole", async () => …);                  // scope, runs now
 * const dig = run.wrap((what: string) => `dig ${what}`, async (what: string) => …);    // wrapper: a run a call
 * class Team { @run.wrap("dig a hole") async dig() { … } }                             // method decorator
 * ```
 *
 * @param task the task, alone or with what else is known about the run
 * @param fn told the trace id, for correlation
 * @returns the trace id and what `fn` resolved to; what `fn` throws is recorded on the root span and rethrown
 */
async function run<Result>(
  task: string | RunOptions,
  fn: (run: { traceId: string }) => Result | Promise<Result>,
): Promise<RunResult<Result>> {
  const started = startRun(task);
  const { traceId } = started.span.spanContext();
  const result = await inRun(started, async () => fn({ traceId }));
  return { traceId, result };
}

/** What a wrapped function works on: known beforehand, or read off its arguments. */
export type TaskOf<Args extends unknown[]> = string | RunOptions | ((...args: Args) => string | RunOptions);

/** Every call of the returned function is one run. The function keeps its signature; without `fn` it is a decorator. */
function wrap<This, Args extends unknown[], Result>(
  task: TaskOf<Args>,
  fn: AnyFunction<This, Args, Result>,
): AnyFunction<This, Args, Result>;
function wrap<Args extends unknown[]>(
  task: TaskOf<Args>,
): <This, Given extends Args, Result>(
  method: AnyFunction<This, Given, Result>,
  decorated?: ClassMethodDecoratorContext,
) => AnyFunction<This, Given, Result>;
function wrap(task: TaskOf<unknown[]>, fn?: AnyFunction<unknown, unknown[], unknown>): unknown {
  if (fn === undefined) return (method: AnyFunction<unknown, unknown[], unknown>) => wrap(task, method);
  return function (this: unknown, ...args: unknown[]): unknown {
    const started = startRun(typeof task === "function" ? task(...args) : task);
    return inRun(started, () => fn.apply(this, args));
  };
}
run.wrap = wrap;

interface Started {
  span: Span;
  within: Context;
}

function startRun(task: string | RunOptions): Started {
  const options = typeof task === "string" ? { task } : task;
  const name = options.name ?? "run";
  const base = context.active();
  const shared: Attributes | undefined =
    options.replay === undefined
      ? undefined
      : { [CULPRIT.replayId]: options.replay.id, [CULPRIT.replayOf]: options.replay.of };
  const round = currentRound();
  const span = startStepSpan({
    name: `invoke_workflow ${name}`,
    kind: SpanKind.INTERNAL,
    attributes: {
      ...options.attributes,
      [GEN_AI.operationName]: "invoke_workflow",
      [GEN_AI.workflowName]: name,
      ...(round === undefined ? {} : { [CULPRIT.loopId]: round.loopId, [CULPRIT.loopRound]: round.index }),
      ...shared,
    },
    base,
    root: true,
    links: round?.previous === undefined ? NONE : [round.previous],
  });
  const { task: words, taskId, groundTruth } = options;
  setContent(span, CULPRIT.task, words, textContent);
  setKnown(span, CULPRIT.taskId, taskId);
  if (groundTruth !== undefined) setContent(span, CULPRIT.taskGroundTruth, groundTruth, textContent);
  const { traceId } = span.spanContext();
  const scope: RunScope = { root: span, traceId, shared, handoffs: new Map(), reported: false };
  if (round !== undefined) round.run ??= scope;
  return { span, within: withRun(trace.setSpan(base, span), scope) };
}

const NONE: readonly SpanContext[] = [];

function inRun<Result>({ span, within }: Started, body: () => Result): Result {
  return runInSpan(span, within, body, recordOutput);
}

export { run };
