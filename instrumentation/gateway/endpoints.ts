import { GEN_AI } from "@culprit/schemas";
import type { Attributes } from "@opentelemetry/api";
import { chatProtocol } from "../sdk/openai/chat-protocol.ts";
import type { ModelRequest, Protocol } from "../sdk/openai/protocol.ts";
import { responsesProtocol } from "../sdk/openai/responses-protocol.ts";

/** What a body over the wire is to a protocol: anything, until it was read. */
export type WireProtocol = Protocol<unknown, unknown, unknown>;

/** The endpoints whose calls are recorded, by path below `/v1`; all others pass through. */
export const MODEL_ENDPOINTS: ReadonlyMap<string, WireProtocol> = new Map([
  ["/chat/completions", chatProtocol as unknown as WireProtocol],
  ["/responses", responsesProtocol as unknown as WireProtocol],
]);
export const EMBEDDINGS_PATH = "/embeddings";

const LONGEST_MODEL = 200;

/**
 * What a body asks. A body that is no valid request is still sent on, for the endpoint to say what is wrong with it;
 * its record then says as much as could be read.
 */
export function readRequest(protocol: WireProtocol, body: unknown): ModelRequest {
  const model = modelOf(body);
  const known = isRecord(body) ? body : {};
  try {
    return { ...protocol.request(known), model };
  } catch {
    return {
      model,
      messages: [],
      tools: undefined,
      responseFormat: null,
      streamed: known["stream"] === true,
      attributes: {},
    };
  }
}

/** `gen_ai.*` attributes of a request for embeddings, and of its answer's usage. */
export function embeddingsAttributes(body: unknown, answer: unknown): Attributes {
  const attributes: Attributes = {};
  const model = modelOf(body);
  if (model !== "") attributes[GEN_AI.requestModel] = model;
  if (!isRecord(answer)) return attributes;
  const { model: answered, usage } = answer;
  if (typeof answered === "string") attributes[GEN_AI.responseModel] = answered.slice(0, LONGEST_MODEL);
  const tokens = isRecord(usage) ? usage["prompt_tokens"] : undefined;
  if (typeof tokens === "number") attributes[GEN_AI.usageInputTokens] = tokens;
  return attributes;
}

export function modelOf(body: unknown): string {
  const model = isRecord(body) ? body["model"] : undefined;
  return typeof model === "string" ? model.slice(0, LONGEST_MODEL) : "";
}

/** A JSON document's value; undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
