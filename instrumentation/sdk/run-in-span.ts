import { type Context, context, type Span } from "@opentelemetry/api";
import { followStream } from "./follow-stream.ts";
import { isPromise } from "./is-promise.ts";
import { recordFailure } from "./step-span.ts";

/**
 * Runs `body` inside `within` and ends `span` when it is really over: at return, when its promise settles, or when the
 * generator, iterable or stream it gave is exhausted, left or thrown out of. What `body` gives is what the caller gets;
 * a stream that comes out of a promise is followed as well.
 *
 * @param finished told the result (the list of what came out of a stream) before the span ends
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
  const settled = <Value>(value: Value): Value => {
    const followed = followStream(value, { within, done, failed });
    if (followed !== undefined) return followed as Value;
    done(value);
    return value;
  };
  let result: Result;
  try {
    result = context.with(within, body);
  } catch (error) {
    failed(error);
    throw error;
  }
  if (!isPromise(result)) return settled(result);
  return result.then(settled, (error: unknown) => {
    failed(error);
    throw error;
  }) as Result;
}
