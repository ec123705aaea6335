import OpenAI from "openai";
import { type CallFailure, failureOf } from "./failures.ts";

/** A conversation of two turns: what never changes, and what is asked. */
export interface Prompt {
  system: string;
  user: string;
  /** What was said since, where a conversation goes on. */
  turns?: readonly { role: "assistant" | "user"; content: string }[] | undefined;
}

/** The assistant message of a chat completion, as any of the known servers shapes it. */
export interface AnswerMessage {
  content?: string | null | undefined;
  /** vLLM with a reasoning parser. */
  reasoning?: string | null | undefined;
  /** SGLang, DeepSeek, older vLLM. */
  reasoning_content?: string | null | undefined;
}

export interface ClientOptions {
  /** OpenAI-compatible base URL, such as `http://localhost:8000/v1`. */
  url: string;
  model: string;
  apiKey?: string | undefined;
  /** For one answer, thinking included; waiting for a free slot is not. */
  timeoutMs?: number | undefined;
  /** Attempts after the first, with backoff: on connection errors, 408, 409, 429, 5xx and answers that break off. */
  maxRetries?: number | undefined;
  /** A cap on the answer; without it the server uses what is left of its context. */
  maxTokens?: number | undefined;
}

export interface Completion {
  message: AnswerMessage;
  /** `length` where the answer was cut off. */
  finish: string;
  model: string;
  input_tokens: number;
  output_tokens: number;
}

export type CallResult = { ok: true; completion: Completion } | { ok: false; failure: CallFailure };

export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** Body fields beyond the usual ones, such as `structured_outputs`, or other sampling. */
  extra?: object | undefined;
}

/** Qwen3's own sampling for thinking; greedy decoding makes it repeat itself. */
const SAMPLING = { temperature: 0.6, top_p: 0.95, seed: 0 };
const SAMPLING_KEYS = ["temperature", "top_p", "seed"] as const;
const BACKOFF_MS = 500;

/**
 * One chat completion, streamed so that no proxy closes a connection that thinks for minutes.
 *
 * @throws the signal's reason when `signal` aborts; every other failure is a result
 */
export type Client = (prompt: Prompt, options: CallOptions) => Promise<CallResult>;

export function createClient(options: ClientOptions): Client {
  const timeoutMs = options.timeoutMs ?? 600_000;
  const maxRetries = options.maxRetries ?? 2;
  const client = new OpenAI({
    baseURL: options.url,
    apiKey: options.apiKey ?? "EMPTY",
    maxRetries,
    timeout: timeoutMs,
    logLevel: "off",
  });

  /** Models that only sample their own way refuse to be told; they are not told again. */
  let samples = true;

  const once = async (prompt: Prompt, { signal, extra = {} }: CallOptions): Promise<CallResult & { broke?: true }> => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    let streaming = false;
    try {
      const stream = await client.chat.completions.create(
        {
          model: options.model,
          messages: [
            { role: "system", content: prompt.system },
            { role: "user", content: prompt.user },
            ...(prompt.turns ?? []),
          ],
          stream: true,
          stream_options: { include_usage: true },
          ...(options.maxTokens === undefined ? {} : { max_tokens: options.maxTokens }),
          ...(samples ? { ...SAMPLING, ...extra } : withoutSampling(extra)),
        },
        { signal: either },
      );
      streaming = true;
      const completion = await collect(stream, options.model);
      // An aborted stream ends like a finished one.
      if (either.aborted && completion.finish === "") throw new OpenAI.APIUserAbortError();
      return { ok: true, completion };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (deadline.aborted) {
        const reason = `The tracer endpoint did not finish within ${timeoutMs / 1000} s.`;
        return { ok: false, failure: { kind: "unavailable", reason } };
      }
      const failure = failureOf(error);
      return { ok: false, failure, ...(streaming && failure.kind === "unavailable" ? { broke: true } : {}) };
    }
  };

  return async (prompt, call) => {
    for (let retry = 0; ; retry++) {
      const { broke, ...result } = await once(prompt, call);
      if (samples && !result.ok && result.failure.kind === "rejected" && namesSampling(result.failure.reason)) {
        samples = false;
        continue;
      }
      // The client library retries until a stream begins; one that breaks off is ours.
      if (broke === undefined || retry >= maxRetries) return result;
      await pause(BACKOFF_MS * 2 ** retry, call.signal);
    }
  };
}

function namesSampling(reason: string): boolean {
  return SAMPLING_KEYS.some((key) => reason.includes(key));
}

function withoutSampling(extra: object): object {
  return Object.fromEntries(
    Object.entries(extra).filter(([key]) => !(SAMPLING_KEYS as readonly string[]).includes(key)),
  );
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

type Delta = OpenAI.ChatCompletionChunk.Choice.Delta & { reasoning?: unknown; reasoning_content?: unknown };

async function collect(stream: AsyncIterable<OpenAI.ChatCompletionChunk>, model: string): Promise<Completion> {
  const message: { content: string; reasoning: string } = { content: "", reasoning: "" };
  const completion: Completion = { message, finish: "", model, input_tokens: 0, output_tokens: 0 };
  for await (const chunk of stream) {
    const choice = chunk.choices?.[0];
    const delta: Delta | undefined = choice?.delta;
    if (typeof delta?.content === "string") message.content += delta.content;
    const reasoning = delta?.reasoning ?? delta?.reasoning_content;
    if (typeof reasoning === "string") message.reasoning += reasoning;
    if (typeof choice?.finish_reason === "string") completion.finish = choice.finish_reason;
    if (typeof chunk.model === "string" && chunk.model !== "") completion.model = chunk.model;
    completion.input_tokens = count(chunk.usage?.prompt_tokens) ?? completion.input_tokens;
    completion.output_tokens = count(chunk.usage?.completion_tokens) ?? completion.output_tokens;
  }
  return completion;
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
