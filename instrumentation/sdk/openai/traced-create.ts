import { CULPRIT } from "@culprit/schemas";
import { context } from "@opentelemetry/api";
import type OpenAI from "openai";
import type { APIPromise } from "openai/core/api-promise";
import { type ChatCall, currentInterceptor, type Interceptor } from "../interceptor.ts";
import { withSpan } from "../scope.ts";
import { chatCall, ModelSpan } from "./model-span.ts";
import { type ModelAnswer, type ModelRequest, observedAnswer, type Protocol, type ServedChat } from "./protocol.ts";
import { observeStream } from "./stream.ts";
import { type Call, type CallObserver, TracedCall } from "./traced-call.ts";

/** A `create` method of the client, whichever of its overloads is used. */
export type Create<Body, Answer, Piece> = (
  body: Body,
  options?: OpenAI.RequestOptions,
) => APIPromise<Answer | AsyncIterable<Piece>>;

export interface TracedMethod<Body, Answer, Piece> {
  client: { readonly baseURL: string };
  protocol: Protocol<Body, Answer, Piece>;
  live: Create<Body, Answer, Piece>;
  /** Calls the same method on a client like this one whose `fetch` gives `response`. */
  local: (response: () => Response) => Create<Body, Answer, Piece>;
}

/** The method with a span around each call and the interceptor in front of it. */
export function tracedCreate<Body, Answer, Piece>(
  method: TracedMethod<Body, Answer, Piece>,
): Create<Body, Answer, Piece> {
  const { client, protocol, live, local } = method;
  return (body, options) => {
    const request = readable(protocol, body);
    const interceptor = currentInterceptor();
    const span = new ModelSpan(client.baseURL, request);
    const within = withSpan(context.active(), span.span);
    const goLive = () => context.with(within, () => live(body, options));
    if (interceptor === undefined) {
      try {
        return traced(
          { api: goLive() },
          observer(protocol, span, () => undefined),
        );
      } catch (error) {
        span.failed(error);
        throw error;
      }
    }
    const call = chatCall(request);
    let wentLive = false;
    const decided = decide(interceptor, call).then((served) => {
      span.span.setAttribute(CULPRIT.replaySource, served?.source ?? "live");
      wentLive = served === undefined;
      if (served === undefined) return { api: goLive() };
      return { api: local(() => protocol.serve(body, served))(body, options) };
    });
    const answered = (answer: ModelAnswer): void => {
      if (wentLive) interceptor.observed?.(call, observedAnswer(answer));
    };
    return traced(decided, observer(protocol, span, answered));
  };
}

/** A request that cannot be read is still sent: the endpoint is who says what is wrong with it. */
function readable<Body>(protocol: Protocol<Body, unknown, never>, body: Body): ModelRequest {
  try {
    return protocol.request(body);
  } catch {
    return { model: "", messages: [], tools: undefined, responseFormat: null, streamed: false, attributes: {} };
  }
}

async function decide(
  interceptor: Interceptor,
  call: ChatCall,
): Promise<(ServedChat & { source: string }) | undefined> {
  const served = await interceptor.intercept(call);
  if (served !== undefined && served.kind !== "chat") {
    throw new TypeError(`The interceptor answered a chat with a ${served.kind} answer.`);
  }
  return served;
}

function traced<Data>(call: Call<Data>, watcher: CallObserver<Data>): APIPromise<Data> {
  return new TracedCall(call, watcher) as unknown as APIPromise<Data>;
}

function observer<Answer, Piece>(
  protocol: Protocol<never, Answer, Piece>,
  span: ModelSpan,
  answered: (answer: ModelAnswer) => void,
): CallObserver<Answer | AsyncIterable<Piece>> {
  const done = (read: () => ModelAnswer): void => {
    const answer = attempt(read);
    span.answered(answer);
    if (answer !== undefined) answered(answer);
  };
  return {
    failed: (error) => span.failed(error),
    response: (response) =>
      readAlong<Answer>(
        response,
        (data) => done(() => protocol.answer(data)),
        () => span.answered(undefined),
      ),
    data: (data) => {
      if (!isStream<Piece>(data)) {
        done(() => protocol.answer(data as Answer));
        return data;
      }
      const accumulator = protocol.accumulator();
      observeStream(data, {
        item: (piece) => {
          span.firstPiece();
          attempt(() => accumulator.add(piece));
        },
        failed: (error) =>
          span.failed(
            error,
            attempt(() => accumulator.answer()),
          ),
        ended: () => done(() => accumulator.answer()),
      });
      return data;
    },
  };
}

/** An answer of an unexpected shape is the caller's to deal with; reading it for the record must not fail. */
function attempt<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** A copy of a JSON body is read beside the caller; an event stream is the caller's alone. */
function readAlong<Answer>(response: Response, done: (data: Answer) => void, left: () => void): void {
  if (response.bodyUsed || !response.headers.get("content-type")?.includes("application/json")) {
    left();
    return;
  }
  response
    .clone()
    .json()
    .then((data) => done(data as Answer))
    .catch(left);
}

function isStream<Piece>(data: unknown): data is AsyncIterable<Piece> {
  return typeof data === "object" && data !== null && Symbol.asyncIterator in data;
}
