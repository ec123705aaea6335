import { CULPRIT } from "@culprit/schemas";
import { type Context, context, type Span } from "@opentelemetry/api";
import { readable } from "./content.ts";
import { followStream } from "./follow-stream.ts";
import { isPromise } from "./is-promise.ts";
import { endStep, recordFailure, setContent } from "./step-span.ts";

/** Told the result (the list of what came out of a stream) before the span ends. */
export type Finished = (span: Span, result: unknown) => void;

/** Records a result as what an agent or a run gave. */
export const recordOutput: Finished = (span, output) => setContent(span, CULPRIT.output, output, readable);

/**
 * Runs `body` inside `within` and ends `span` when it is really over: at return, when its promise settles, or when the
 * generator, iterable or stream it gave is exhausted, left or thrown out of. What `body` gives is what the caller gets;
 * a stream that comes out of a promise is followed as well.
 */
export function runInSpan<Result>(span: Span, within: Context, body: () => Result, finished: Finished): Result {
  let result: Result;
  try {
    result = context.with(within, body);
  } catch (error) {
    failed(span, error);
    throw error;
  }
  if (!isPromise(result)) return settled(span, within, finished, result);
  return result.then(
    (value) => settled(span, within, finished, value),
    (error: unknown) => {
      failed(span, error);
      throw error;
    },
  ) as Result;
}

function settled<Value>(span: Span, within: Context, finished: Finished, value: Value): Value {
  if (typeof value === "object" && value !== null) {
    const done = (yielded: unknown[]) => over(span, finished, yielded);
    const followed = followStream(value, { within, done, failed: (error) => failed(span, error) });
    if (followed !== undefined) return followed as Value;
  }
  over(span, finished, value);
  return value;
}

function over(span: Span, finished: Finished, result: unknown): void {
  finished(span, result);
  endStep(span);
}

function failed(span: Span, error: unknown): void {
  recordFailure(span, error);
  endStep(span);
}
