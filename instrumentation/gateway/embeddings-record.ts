import { CULPRIT, GEN_AI } from "@culprit/schemas";
import { type Span, SpanKind } from "@opentelemetry/api";
import { jsonContent } from "../sdk/content.ts";
import { endpointAttributes } from "../sdk/openai/model-span.ts";
import { endStep, recordFailure, setContent, startStepSpan } from "../sdk/step-span.ts";
import { type CallRecord, clientLeft, FIRST_ERROR, refusal } from "./call-record.ts";
import { embeddingsAttributes, isRecord, parseJson } from "./endpoints.ts";
import type { Place } from "./recorder.ts";

/** One call for embeddings as an `embeddings MODEL` span. */
export class EmbeddingsRecord implements CallRecord {
  readonly span: Span;
  readonly #place: Place;
  readonly #request: unknown;
  readonly #pieces: Buffer[] = [];
  #status = 0;
  #over = false;

  constructor(place: Place, request: unknown, options: { upstream: string; model: string }) {
    this.#place = place;
    this.#request = request;
    this.span = startStepSpan({
      name: `embeddings ${options.model}`.trimEnd(),
      kind: SpanKind.CLIENT,
      attributes: {
        [GEN_AI.operationName]: "embeddings",
        ...endpointAttributes(options.upstream),
        ...embeddingsAttributes(request, undefined),
        ...(place.agent === "" ? {} : { [GEN_AI.agentName]: place.agent }),
        [CULPRIT.seenFrom]: "gateway",
      },
      base: place.base,
      tracer: place.tracer,
    });
    place.watch(this.span);
    const input = isRecord(request) ? request["input"] : undefined;
    setContent(this.span, CULPRIT.input, input, jsonContent);
  }

  began(status: number): void {
    this.#status = status;
  }

  bytes(bytes: Buffer): void {
    this.#pieces.push(bytes);
  }

  ended(): void {
    const body = parseJson(Buffer.concat(this.#pieces).toString("utf8"));
    this.#close(() => {
      if (this.#status >= FIRST_ERROR) recordFailure(this.span, refusal(this.#status, body));
      else this.span.setAttributes(embeddingsAttributes(this.#request, body));
    });
  }

  failed(error: unknown): void {
    this.#close(() => recordFailure(this.span, error));
  }

  left(): void {
    this.failed(clientLeft());
  }

  #close(record: () => void): void {
    if (this.#over) return;
    this.#over = true;
    record();
    endStep(this.span);
    this.#place.ended();
  }
}
