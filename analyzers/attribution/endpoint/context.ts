import { z } from "zod";
import type { ClientOptions } from "./client.ts";

/** What a server says of a text; a field is absent where it does not say. */
export interface Measured {
  /** Tokens of the text, by the server's own tokenizer. */
  tokens?: number;
  /** Tokens its context holds, prompt and answer together. */
  limit?: number;
}

export type Measure = (text: string, signal?: AbortSignal) => Promise<Measured>;

const TIMEOUT_MS = 5_000;
const count = z.number().int().positive();
/** vLLM and SGLang: `POST /tokenize` beside `/v1`. */
const tokenizeSchema = z.object({ count, max_model_len: count.nullish() });
/** vLLM, SGLang and LiteLLM say `max_model_len`, OpenRouter `context_length`, LM Studio `max_context_length`. */
const modelSchema = z.looseObject({
  id: z.string(),
  max_model_len: count.nullish(),
  context_length: count.nullish(),
  max_context_length: count.nullish(),
});
const modelsSchema = z.object({ data: z.array(modelSchema) });

export interface ServedModel {
  id: string;
  /** Tokens, where the server tells. */
  contextLength?: number;
}

/**
 * The models an endpoint lists.
 *
 * @throws Error when it cannot be reached or answers something else
 */
export async function listModels(
  { url, apiKey }: Pick<ClientOptions, "url" | "apiKey">,
  signal?: AbortSignal,
): Promise<ServedModel[]> {
  const response = await fetch(`${url.replace(/\/+$/, "")}/models`, {
    headers: headers(apiKey),
    signal: bounded(signal),
  });
  if (!response.ok) throw new Error(`/models answers ${response.status}`);
  const { data } = modelsSchema.parse(await response.json());
  return data.map((model) => {
    const length = model.max_model_len ?? model.context_length ?? model.max_context_length;
    return { id: model.id, ...(length == null ? {} : { contextLength: length }) };
  });
}

/** Asks the server how long a text is and how much it takes. A server that cannot say is not asked again. */
export function createMeasure(options: Pick<ClientOptions, "url" | "apiKey" | "model">): Measure {
  let tokenizes = true;
  let lists = true;
  let limit: number | undefined;
  const root = options.url.replace(/\/+$/, "").replace(/\/v1$/, "");

  const tokenize = async (text: string, signal: AbortSignal | undefined): Promise<number | undefined> => {
    const response = await fetch(`${root}/tokenize`, {
      method: "POST",
      headers: { ...headers(options.apiKey), "content-type": "application/json" },
      body: JSON.stringify({ model: options.model, prompt: text }),
      signal: bounded(signal),
    });
    const body = await response.text();
    tokenizes = response.status >= 500;
    if (!response.ok) return undefined;
    const { count: tokens, max_model_len } = tokenizeSchema.parse(JSON.parse(body));
    tokenizes = true;
    limit = max_model_len ?? limit;
    return tokens;
  };

  return async (text, signal) => {
    // Whether it answers at all is found out by asking it.
    const tokens = tokenizes ? await tokenize(text, signal).catch(() => undefined) : undefined;
    signal?.throwIfAborted();
    if (limit === undefined && lists) {
      lists = false;
      const models = await listModels(options, signal).catch(() => []);
      signal?.throwIfAborted();
      limit = models.find(({ id }) => id === options.model)?.contextLength;
    }
    return { ...(tokens === undefined ? {} : { tokens }), ...(limit === undefined ? {} : { limit }) };
  };
}

function headers(apiKey: string | undefined): Record<string, string> {
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
}

function bounded(signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
}
