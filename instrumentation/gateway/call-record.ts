import { CULPRIT, messageText } from "@culprit/schemas";
import type { Span } from "@opentelemetry/api";
import { jsonContent } from "../sdk/content.ts";
import type { ChatCall } from "../sdk/interceptor.ts";
import { chatCall, ModelSpan } from "../sdk/openai/model-span.ts";
import type { ModelAnswer, ModelRequest } from "../sdk/openai/protocol.ts";
import { setContent } from "../sdk/step-span.ts";
import { isRecord, parseJson, type WireProtocol } from "./endpoints.ts";
import { EventStreamReader } from "./event-stream.ts";
import type { Place } from "./recorder.ts";

/** What is told of the answer to one call, while it passes. */
export interface CallRecord {
  readonly span: Span;
  /** The answer's head. */
  began(status: number, contentType: string): void;
  /** Bytes of its body, decoded. */
  bytes(bytes: Buffer): void;
  /** Its body is complete. */
  ended(): void;
  /** It broke off, or there was none. */
  failed(error: unknown): void;
  /** The caller does not wait for the rest. */
  left(): void;
}

/** Answers from here on are refusals. */
export const FIRST_ERROR = 400;
const LONGEST_REASON = 2000;

/** Why a call is recorded as failed; the gateway's own stack says nothing about it. */
class CallFailure extends Error {
  constructor(type: string, message: string) {
    super(message);
    this.name = type;
    this.stack = "";
  }
}

/** One model call as a `chat MODEL` span, with the tool steps that its messages show. */
export class ModelCallRecord implements CallRecord {
  readonly span: Span;
  /** Told of a complete answer, once. */
  onAnswer: ((answer: ModelAnswer) => void) | undefined;
  readonly #request: ModelRequest;
  readonly #protocol: WireProtocol;
  readonly #place: Place;
  readonly #retry: number;
  readonly #model: ModelSpan;
  #status = 0;
  #pieces: Buffer[] = [];
  #events: EventStreamReader | undefined;
  #accumulator: ReturnType<WireProtocol["accumulator"]> | undefined;
  #terminated = false;
  #over = false;

  constructor(
    place: Place,
    protocol: WireProtocol,
    request: ModelRequest,
    options: { upstream: string; retry: number },
  ) {
    this.#place = place;
    this.#protocol = protocol;
    this.#request = request;
    this.#retry = options.retry;
    const { run, agent } = place;
    run.task ||= taskOf(request);
    const observed = run.tools.answered(request.messages, agent, place.start);
    this.#model = new ModelSpan(options.upstream, request, { base: place.base, tracer: place.tracer });
    this.span = this.#model.span;
    place.watch(this.span);
    this.span.setAttribute(CULPRIT.seenFrom, "gateway");
    if (place.guess !== "") this.span.setAttribute(CULPRIT.agentGuess, place.guess);
    if (options.retry > 0) this.span.setAttribute(CULPRIT.retry, options.retry);
    if (request.responseFormat !== null) {
      setContent(this.span, CULPRIT.responseFormat, request.responseFormat, jsonContent);
    }
    for (const context of observed) this.span.addLink({ context });
  }

  /** What an interceptor is shown. */
  asked(): ChatCall {
    const call = { ...chatCall(this.#request), agent: this.#place.agent };
    return this.#retry > 0 ? { ...call, retry: this.#retry } : call;
  }

  began(status: number, contentType: string): void {
    this.#status = status;
    if (status >= FIRST_ERROR || !/^text\/event-stream\b/i.test(contentType)) return;
    const accumulator = this.#protocol.accumulator();
    this.#accumulator = accumulator;
    this.#events = new EventStreamReader((data) => {
      this.#model.firstPiece();
      if (data.trim() === "[DONE]") this.#terminated = true;
      else attempt(() => accumulator.add(parseJson(data)));
    });
  }

  bytes(bytes: Buffer): void {
    if (this.#events === undefined) this.#pieces.push(bytes);
    else this.#events.push(bytes);
  }

  ended(): void {
    const body = this.#events === undefined ? this.#body() : undefined;
    if (this.#status >= FIRST_ERROR) this.#close(undefined, refusal(this.#status, body));
    else {
      const answer = this.#answer(body);
      const whole = this.#events === undefined || this.#isWhole(answer);
      this.#close(
        answer,
        whole ? undefined : new CallFailure("stream_cut", "The answer's stream ended in the middle."),
      );
    }
  }

  failed(error: unknown): void {
    const type = isRecord(error) && typeof error["code"] === "string" ? error["code"] : "gateway_failed";
    this.#close(this.#soFar(), new CallFailure(type, error instanceof Error ? error.message : String(error)));
  }

  left(): void {
    const answer = this.#soFar();
    this.#close(answer, this.#isWhole(answer) ? undefined : clientLeft());
  }

  #close(answer: ModelAnswer | undefined, failure: CallFailure | undefined): void {
    if (this.#over) return;
    this.#over = true;
    if (failure === undefined) this.#model.answered(answer);
    else this.#model.failed(failure, answer);
    const { run, agent } = this.#place;
    this.#place.ended();
    this.#pieces = [];
    if (answer === undefined) return;
    run.tools.asked(answer.toolCalls, agent, this.span.spanContext());
    this.onAnswer?.(answer);
  }

  /** The end marker came, or every choice says why it ended. */
  #isWhole(answer: ModelAnswer | undefined): boolean {
    return this.#terminated || (answer !== undefined && answer.finishReasons.length > 0);
  }

  #soFar(): ModelAnswer | undefined {
    return this.#accumulator === undefined ? undefined : this.#answer(undefined);
  }

  #answer(body: unknown): ModelAnswer | undefined {
    return attempt(() => this.#accumulator?.answer() ?? this.#protocol.answer(body));
  }

  #body(): unknown {
    return parseJson(Buffer.concat(this.#pieces).toString("utf8"));
  }
}

export function clientLeft(): CallFailure {
  return new CallFailure("client_left", "The caller closed the connection before the answer was complete.");
}

/** What an endpoint that refused said, as the error of the call. */
export function refusal(status: number, body: unknown): CallFailure {
  const error = isRecord(body) ? (body["error"] ?? body) : undefined;
  const said = isRecord(error) ? error["message"] : error;
  const reason = typeof said === "string" ? said.slice(0, LONGEST_REASON) : "It gave no reason.";
  return new CallFailure(String(status), `The endpoint answered ${status}: ${reason}`);
}

/** What the run is about, by its first call: the first thing a user says in it. */
function taskOf({ messages }: ModelRequest): string {
  const first = messages.find(({ role }) => role === "user");
  return first === undefined ? "" : (attempt(() => messageText(first)) ?? "");
}

function attempt<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
