import {
  type Attributes,
  type Context,
  context,
  type Span,
  type SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { now } from "./clock.ts";
import { maskedText } from "./content.ts";
import { currentRun } from "./scope.ts";

const SCOPE = "@culprit/instrumentation";
const SCOPE_VERSION = "0.1.0";

export interface StepSpanOptions {
  name: string;
  kind: SpanKind;
  attributes: Attributes;
  /** The context the span starts in; the active one by default. */
  base?: Context;
  root?: boolean;
  /** Whose span it is; the registered provider's by default. */
  tracer?: Tracer;
}

/** Starts a span that carries what every span of its run carries. */
export function startStepSpan({
  name,
  kind,
  attributes,
  base = context.active(),
  root = false,
  tracer = trace.getTracer(SCOPE, SCOPE_VERSION),
}: StepSpanOptions): Span {
  const shared = root ? {} : (currentRun(base)?.shared ?? {});
  const outer = root ? trace.getSpanContext(base) : undefined;
  const span = tracer.startSpan(
    name,
    {
      kind,
      root,
      startTime: now(),
      attributes: { ...shared, ...attributes },
      ...(outer === undefined ? {} : { links: [{ context: outer }] }),
    },
    base,
  );
  const end = span.end.bind(span);
  // A span with a start of its own would otherwise end by the tracer's coarser clock, even before it started.
  span.end = (time) => end(time ?? now());
  return span;
}

/** Sets an attribute unless there is nothing to say. */
export function setKnown(span: Span, key: string, value: string | number | string[] | undefined): void {
  if (value !== undefined) span.setAttribute(key, value);
}

/** Sets content that is only worked out when somebody records the span. */
export function setContent(span: Span, key: string, content: (key: string) => string | undefined): void {
  if (span.isRecording()) setKnown(span, key, content(key));
}

/** Records what was thrown, as an exception event, an error status and `error.type`; its text is masked. */
export function recordFailure(span: Span, error: unknown): void {
  if (!span.isRecording()) return;
  const failure = error instanceof Error ? error : new Error(String(error));
  const type = error instanceof Error ? failure.name : typeof error;
  const message = maskedText("exception.message", failure.message);
  span.recordException({
    name: type,
    message,
    stack: maskedText("exception.stacktrace", failure.stack ?? ""),
  });
  span.setAttribute("error.type", type);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

/**
 * Runs `body` inside `within` and ends `span` when it is really over: at return, when its promise settles, or when
 * its async generator is exhausted, left or thrown out of. What `body` gives is what the caller gets.
 *
 * @param finished told the result (the list of yielded values for a generator) before the span ends
 */
export function runInSpan<Result>(
  span: Span,
  within: Context,
  body: () => Result,
  finished: (result: unknown) => void,
): Result {
  const failed = (error: unknown): void => {
    recordFailure(span, error);
    span.end();
  };
  const done = (result: unknown): void => {
    finished(result);
    span.end();
  };
  let result: Result;
  try {
    result = context.with(within, body);
  } catch (error) {
    failed(error);
    throw error;
  }
  if (isAsyncGenerator(result)) return boundGenerator(result, within, done, failed) as Result;
  if (isPromise(result)) {
    return result.then(
      (value) => {
        done(value);
        return value;
      },
      (error: unknown) => {
        failed(error);
        throw error;
      },
    ) as Result;
  }
  done(result);
  return result;
}

/** Every resumption of the generator happens in `within`, so that what it starts has the right parent. */
export function boundGenerator(
  generator: AsyncGenerator<unknown, unknown, unknown>,
  within: Context,
  done: (yielded: unknown[]) => void,
  failed: (error: unknown) => void,
): AsyncGenerator<unknown, unknown, unknown> {
  const yielded: unknown[] = [];
  let over = false;
  const resume = async (step: () => Promise<IteratorResult<unknown, unknown>>) => {
    try {
      const result = await context.with(within, step);
      if (result.done !== true) yielded.push(result.value);
      else if (!over) {
        over = true;
        done(result.value === undefined ? yielded : [...yielded, result.value]);
      }
      return result;
    } catch (error) {
      if (!over) {
        over = true;
        failed(error);
      }
      throw error;
    }
  };
  const bound = {
    next: (...values: [] | [unknown]) => resume(() => generator.next(...values)),
    return: (value: unknown) => resume(() => generator.return(value)),
    throw: (error: unknown) => resume(() => generator.throw(error)),
    [Symbol.asyncIterator]: () => bound,
    [Symbol.asyncDispose]: async () => {
      await bound.return(undefined);
    },
  } as AsyncGenerator<unknown, unknown, unknown>;
  return bound;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function isAsyncGenerator(value: unknown): value is AsyncGenerator<unknown, unknown, unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    Symbol.asyncIterator in value &&
    "next" in value &&
    typeof value.next === "function" &&
    "throw" in value
  );
}
