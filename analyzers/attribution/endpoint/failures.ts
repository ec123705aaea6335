import OpenAI from "openai";

/** Why a call to the endpoint gave no message. */
export type CallFailure =
  /** The prompt does not fit. Token counts where the server names them. */
  | { kind: "overflow"; reason: string; limit?: number; given?: number }
  /** It cannot be reached, is too slow, overloaded or refuses us. */
  | { kind: "unavailable"; reason: string }
  /** It refused the request itself. */
  | { kind: "rejected"; reason: string }
  /** It answered with something that is no chat completion. */
  | { kind: "nonsense"; reason: string };

/** What servers say when a prompt does not fit (OpenAI, vLLM, SGLang, TGI, llama.cpp, LiteLLM), case-folded. */
const OVERFLOW_TEXTS = [
  "maximum context length",
  "context length is only",
  "model's context length",
  "context_length_exceeded",
  "context window",
  "context size",
  "exceed_context_size",
  "input tokens and requested",
  "prompt is too long",
  "prompt contains at least",
  "input is too long",
  "inputs` tokens +",
  "longer than the maximum model length",
  "max_model_len",
  "too many tokens",
  "reduce the length of the",
];

/** Statuses that come with an overflow; a 5xx whose text mentions a context is still an outage. */
const OVERFLOW_STATUSES = new Set<number | undefined>([undefined, 400, 413, 422]);
const REJECTED_STATUSES = new Set<number | undefined>([400, 422]);

/** Sorts what the client threw. Unknown errors are the endpoint's: there is nothing else in the call. */
export function failureOf(error: unknown): CallFailure {
  const reason = sentence(error);
  if (error instanceof OpenAI.APIConnectionTimeoutError) {
    return { kind: "unavailable", reason: "The tracer endpoint did not answer in time." };
  }
  if (error instanceof OpenAI.APIConnectionError) {
    return { kind: "unavailable", reason: `The tracer endpoint cannot be reached (${causeOf(error)}).` };
  }
  if (error instanceof SyntaxError) {
    return { kind: "nonsense", reason: "The tracer endpoint sent something that is no chat completion." };
  }
  if (error instanceof OpenAI.APIError) {
    const text = bodyMessage(error);
    if (OVERFLOW_STATUSES.has(error.status) && isOverflow(`${error.code ?? ""} ${text}`)) {
      return { kind: "overflow", reason: "The run does not fit the tracer's context.", ...tokenCounts(text) };
    }
    if (REJECTED_STATUSES.has(error.status)) {
      return { kind: "rejected", reason: `The tracer endpoint refused the request: ${reason}` };
    }
    return { kind: "unavailable", reason: `The tracer endpoint failed: ${reason}` };
  }
  return { kind: "unavailable", reason: `The tracer endpoint failed: ${reason}` };
}

/** Whether an error's text says that the prompt is too long. */
export function isOverflow(text: string): boolean {
  const folded = text.toLowerCase();
  return OVERFLOW_TEXTS.some((phrase) => folded.includes(phrase)) || /longer than the model.{0,20}context/.test(folded);
}

/**
 * The context length and the tokens of the request, where an error text names them: the largest number is what was
 * asked for, the largest number beside "context", "maximum" or "limit" below it is what there is.
 */
export function tokenCounts(text: string): { limit?: number; given?: number } {
  const limits = numbers(
    text,
    /(?:context (?:length|size|window)[^0-9]{0,30}|maximum context length[^0-9]{0,20}|max_model_len[^0-9]{0,10})(\d[\d,]*)/gi,
  );
  const limit = Math.min(...limits);
  const all = numbers(text, /(\d[\d,]*)(?!\d|,| (?:input )?characters)/g).filter((value) => value > limit);
  if (limits.length === 0 || limit <= 0) return {};
  return all.length === 0 ? { limit } : { limit, given: Math.max(...all) };
}

function numbers(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)]
    .map((match) => Number((match[1] ?? "").replaceAll(",", "")))
    .filter(Number.isFinite);
}

/** The server's own words: the client's message begins with the HTTP status, which looks like a token count. */
function bodyMessage(error: InstanceType<typeof OpenAI.APIError>): string {
  const body: unknown = error.error;
  const message = typeof body === "object" && body !== null && "message" in body ? body.message : undefined;
  return typeof message === "string" ? message : error.message;
}

function sentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, " ").slice(0, 300);
}

function causeOf(error: Error): string {
  let deepest: Error = error;
  while (deepest.cause instanceof Error) deepest = deepest.cause;
  const code: unknown = "code" in deepest ? deepest.code : undefined;
  return typeof code === "string" ? code : deepest.message;
}
