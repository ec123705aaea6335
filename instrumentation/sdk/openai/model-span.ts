import { GEN_AI, type Message } from "@culprit/schemas";
import {
  type Attributes,
  type Context,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
} from "@opentelemetry/api";
import { now } from "../clock.ts";
import { capturesEvents, eventContent, jsonContent, recorded } from "../content.ts";
import type { ChatCall } from "../interceptor.ts";
import { currentAgent } from "../scope.ts";
import { endStep, recordFailure, setContent, setKnown, startStepSpan } from "../step-span.ts";
import type { ModelAnswer, ModelRequest } from "./protocol.ts";

/** `gen_ai.provider.name` by the end of the endpoint's host name; anything else speaks OpenAI's protocol. */
const PROVIDERS: readonly (readonly [string, string])[] = [
  ["openai.azure.com", "azure.ai.openai"],
  ["services.ai.azure.com", "azure.ai.inference"],
  ["api.deepseek.com", "deepseek"],
  ["api.groq.com", "groq"],
  ["api.mistral.ai", "mistral_ai"],
  ["api.perplexity.ai", "perplexity"],
  ["api.x.ai", "x_ai"],
  ["generativelanguage.googleapis.com", "gcp.gemini"],
];

/** One `chat MODEL` span from the request to the answer. Recording never fails the call. */
export class ModelSpan {
  readonly span: Span;
  readonly #startedAt = performance.now();
  readonly #request: ModelRequest;
  #firstPieceSeen = false;
  #ended = false;
  #output: Message[] | undefined;

  /** @param place where the span belongs when that is not the caller's own context and provider */
  constructor(baseUrl: string, request: ModelRequest, place: { base?: Context; tracer?: Tracer } = {}) {
    const agent = currentAgent(place.base ?? context.active());
    this.#request = request;
    this.span = startStepSpan({
      name: `chat ${request.model}`.trimEnd(),
      kind: SpanKind.CLIENT,
      attributes: {
        [GEN_AI.operationName]: "chat",
        ...endpointAttributes(baseUrl),
        ...(request.model === "" ? {} : { [GEN_AI.requestModel]: request.model }),
        ...(request.streamed ? { [GEN_AI.requestStream]: true } : {}),
        ...(request.attributes as Attributes),
        ...(agent === "" ? {} : { [GEN_AI.agentName]: agent }),
      },
      ...place,
    });
    setContent(this.span, GEN_AI.inputMessages, request.messages, jsonContent);
    setContent(this.span, GEN_AI.toolDefinitions, request.tools, jsonContent);
  }

  firstPiece(): void {
    if (this.#firstPieceSeen) return;
    this.#firstPieceSeen = true;
    this.span.setAttribute(GEN_AI.responseTimeToFirstChunk, (performance.now() - this.#startedAt) / 1000);
  }

  /** Records what the model answered, if that could be read, and ends the span. */
  answered(answer: ModelAnswer | undefined): void {
    this.#finish(() => {
      if (answer !== undefined) this.#record(answer);
    });
  }

  /** @param partial what had arrived before the failure */
  failed(error: unknown, partial?: ModelAnswer): void {
    this.#finish(() => {
      recordFailure(this.span, error);
      if (partial !== undefined) this.#record(partial);
    });
  }

  /** What was said, as the one event of the conventions. */
  #addDetails(): void {
    if (!capturesEvents() || !this.span.isRecording()) return;
    const { messages, tools } = this.#request;
    const content = {
      [GEN_AI.inputMessages]: messages,
      [GEN_AI.outputMessages]: this.#output,
      [GEN_AI.toolDefinitions]: tools,
    };
    const attributes: Attributes = {};
    for (const [key, value] of Object.entries(content)) {
      const text = eventContent(key, value);
      if (text !== undefined) attributes[key] = text;
    }
    this.span.addEvent(GEN_AI.operationDetailsEvent, attributes, now());
  }

  #finish(record: () => void): void {
    if (this.#ended) return;
    this.#ended = true;
    record();
    this.#addDetails();
    endStep(this.span);
  }

  #record(answer: ModelAnswer): void {
    const { span } = this;
    setKnown(span, GEN_AI.responseId, answer.id || undefined);
    setKnown(span, GEN_AI.responseModel, answer.model || undefined);
    if (answer.finishReasons.length > 0) span.setAttribute(GEN_AI.responseFinishReasons, answer.finishReasons);
    setKnown(span, GEN_AI.usageInputTokens, answer.inputTokens);
    setKnown(span, GEN_AI.usageOutputTokens, answer.outputTokens);
    setKnown(span, GEN_AI.usageCacheReadInputTokens, answer.cachedTokens);
    setKnown(span, GEN_AI.usageReasoningOutputTokens, answer.reasoningTokens);
    this.#output = answer.output;
    setContent(span, GEN_AI.outputMessages, answer.output, jsonContent);
    if (answer.error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: answer.error });
  }
}

/** What an interceptor is shown: the messages as the span records them, so that a recording matches. */
export function chatCall(request: ModelRequest): ChatCall {
  return {
    kind: "chat",
    agent: currentAgent(),
    model: request.model,
    messages: recorded(GEN_AI.inputMessages, request.messages) as unknown as Message[],
    tools: request.tools === undefined ? [] : recorded(GEN_AI.toolDefinitions, request.tools),
    responseFormat: request.responseFormat,
  };
}

let known: { baseUrl: string; attributes: Attributes } | undefined;

/** Who is asked, by the address it is asked at; nearly always where the last call went. */
export function endpointAttributes(baseUrl: string): Attributes {
  if (known?.baseUrl !== baseUrl) known = { baseUrl, attributes: readEndpoint(baseUrl) };
  return known.attributes;
}

function readEndpoint(baseUrl: string): Attributes {
  if (!URL.canParse(baseUrl)) return { [GEN_AI.providerName]: "openai" };
  const { hostname, port, protocol } = new URL(baseUrl);
  const provider = PROVIDERS.find(([host]) => hostname === host || hostname.endsWith(`.${host}`))?.[1] ?? "openai";
  return {
    [GEN_AI.providerName]: provider,
    "server.address": hostname,
    "server.port": port === "" ? (protocol === "http:" ? 80 : 443) : Number(port),
  };
}
