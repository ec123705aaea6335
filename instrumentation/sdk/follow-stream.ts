import { errorMonitor } from "node:events";
import { type Context, context } from "@opentelemetry/api";
import { capturesContent } from "./content.ts";
import { isPromise } from "./is-promise.ts";
import { replaceIterator } from "./openai/stream.ts";

/** What becomes of a stream that is being read. */
export interface Following {
  /** Every step of the source happens in this context, so that what it starts has the right parent. */
  within: Context;
  /** Exhausted or left: all that came out of it. */
  done: (yielded: unknown[]) => void;
  failed: (error: unknown) => void;
}

type Resume = "next" | "return" | "throw";
type Resumable = Partial<Record<Resume, (value?: unknown) => unknown>>;

/** More than these are not kept for the record; a recorded list would be cut there anyway. */
const MOST_KEPT = 10_000;

/**
 * Follows what somebody is going to read: generators of both kinds, web streams, Node streams and other async
 * iterables, such as the streams of API clients. Gives what the caller reads in its place (for most the same object),
 * or undefined for a value that is no stream.
 */
export function followStream(value: unknown, following: Following): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if (value instanceof ReadableStream) return value.locked ? undefined : followWebStream(value, following);
  if (isGenerator(value)) return followGenerator(value, new Follower(following));
  if (!(Symbol.asyncIterator in value) || typeof value[Symbol.asyncIterator] !== "function") return undefined;
  if (isNodeStream(value)) return followNodeStream(value, following);
  try {
    const iterable = value as AsyncIterable<unknown>;
    replaceIterator(iterable, (original) => {
      return followGenerator(original as Resumable, new Follower(following)) as typeof original;
    });
    return value;
  } catch {
    return undefined; // A frozen object stays what it is.
  }
}

/** Keeps what came out, and says once how it ended. */
class Follower {
  readonly within: Context;
  readonly #following: Following;
  readonly #keeps = capturesContent();
  readonly #yielded: unknown[] = [];
  #over = false;

  constructor(following: Following) {
    this.#following = following;
    this.within = following.within;
  }

  item(value: unknown): void {
    if (this.#keeps && this.#yielded.length < MOST_KEPT) this.#yielded.push(value);
  }

  ended(last?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    if (last !== undefined) this.item(last);
    this.#following.done(this.#yielded);
  }

  failed(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#following.failed(error);
  }
}

/** A generator, or what an async iterable gave to read it with, in front of the one there is. */
function followGenerator(source: Resumable, follower: Follower): object {
  const seen = (result: unknown): unknown => {
    const { done, value } = result as IteratorResult<unknown, unknown>;
    if (done === true) follower.ended(value);
    else follower.item(value);
    return result;
  };
  const failed = (error: unknown): never => {
    follower.failed(error);
    throw error;
  };
  const resume = (how: Resume, given: unknown[]): unknown => {
    let result: unknown;
    try {
      result = context.with(follower.within, () => source[how]?.(...(given as [unknown?])));
    } catch (error) {
      return failed(error);
    }
    return isPromise(result) ? result.then(seen, failed) : seen(result);
  };
  const isAsync = Symbol.asyncIterator in source || !(Symbol.iterator in source);
  const front: Record<PropertyKey, unknown> = {
    next: (...given: unknown[]) => resume("next", given),
    [isAsync ? Symbol.asyncIterator : Symbol.iterator]: () => front,
    [Symbol.toStringTag]: (source as { [Symbol.toStringTag]?: string })[Symbol.toStringTag],
  };
  // `for await` leaves a source that cannot be told so; the span ends all the same.
  const left = (value: unknown) => {
    follower.ended();
    const result = { done: true, value };
    return isAsync ? Promise.resolve(result) : result;
  };
  front["return"] = (...given: unknown[]) => (source.return === undefined ? left(given[0]) : resume("return", given));
  if (source.throw !== undefined) front["throw"] = (...given: unknown[]) => resume("throw", given);
  if (isAsync) front[Symbol.asyncDispose] = async () => void (await (front["return"] as () => unknown)());
  else front[Symbol.dispose] = () => void (front["return"] as () => unknown)();
  return front;
}

/** A web stream of the same kind in front of the one there is: nothing is read before its reader asks. */
function followWebStream(source: ReadableStream<unknown>, following: Following): ReadableStream<unknown> {
  const follower = new Follower(following);
  const bytes = isByteStream(source);
  const reader = source.getReader();
  const pull = async (controller: ReadableStreamDefaultController | ReadableByteStreamController): Promise<void> => {
    try {
      const { done, value } = await context.with(following.within, () => reader.read());
      if (done) {
        follower.ended();
        controller.close();
        // A reader that brought its own buffer is answered by nothing else.
        if ("byobRequest" in controller) controller.byobRequest?.respond(0);
        return;
      }
      // Bytes are handed on, and with them their buffer: what is kept of them is their size.
      follower.item(value instanceof Uint8Array ? `[${value.byteLength} bytes]` : value);
      controller.enqueue(value as never);
    } catch (error) {
      follower.failed(error);
      controller.error(error);
    }
  };
  const cancel = (reason: unknown): Promise<void> => {
    follower.ended();
    return context.with(following.within, () => reader.cancel(reason));
  };
  if (bytes) return new ReadableStream({ type: "bytes", pull, cancel });
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
}

function isByteStream(stream: ReadableStream<unknown>): boolean {
  try {
    stream.getReader({ mode: "byob" }).releaseLock();
    return true;
  } catch {
    return false;
  }
}

interface NodeStream {
  on(event: string | symbol, listener: (value: unknown) => void): unknown;
}

/** Node streams are read in too many ways to stand in front of; they tell how they ended. */
function followNodeStream(stream: NodeStream, following: Following): NodeStream {
  const follower = new Follower(following);
  // Not a listener of "error" itself: that would keep an error that nobody handles from being thrown.
  stream.on(errorMonitor, (error) => follower.failed(error));
  stream.on("end", () => follower.ended());
  stream.on("close", () => follower.ended());
  return stream;
}

function isNodeStream(value: object): value is NodeStream {
  return "on" in value && typeof value.on === "function" && "pipe" in value && typeof value.pipe === "function";
}

function isGenerator(value: object): value is Resumable {
  const iterable = Symbol.asyncIterator in value || Symbol.iterator in value;
  return iterable && "next" in value && typeof value.next === "function" && "throw" in value;
}
