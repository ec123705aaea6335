import type { Measure } from "../endpoint/context.ts";
import type { CallFailure } from "../endpoint/failures.ts";

/** Runs past this need more than any tracer's context of 128k tokens. */
export const DEFAULT_MAX_CHARS = 400_000;
/** A shrunk run below this says nothing. */
const LEAST_CHARS = 2_000;
/** Tokens left to think in when a run is fitted to a context of known length. */
const ROOM_TO_THINK = 8_192;
/** Instruction, ground truth and question. */
const ROOM_FOR_TAIL = 1_500;
/** Shorter prompts fit every model that is served today, so their server is not asked. */
const MEASURED_FROM = 32_000;
const MEASUREMENTS = 3;
/** Where the server has no tokenizer to ask: code and numbers take more tokens than prose. */
const CHARS_PER_TOKEN = 3.2;

/**
 * Characters a run may have in a prompt of this server: counted with its own tokenizer where it has one, else
 * estimated, against the context it says it has. Without either the run is sent as it is; a refusal says the rest.
 *
 * @param render the prompt without its tail, for a run of at most so many characters
 */
export async function fittingChars(
  render: (maxChars: number) => string,
  maxChars: number,
  { measure, maxTokens, signal }: { measure: Measure; maxTokens: number | undefined; signal: AbortSignal | undefined },
): Promise<number> {
  let chars = maxChars;
  for (let round = 0; round < MEASUREMENTS; round++) {
    const text = render(chars);
    if (text.length < MEASURED_FROM) return chars;
    const { tokens = Math.ceil(text.length / CHARS_PER_TOKEN), limit } = await measure(text, signal);
    if (limit === undefined) return chars;
    const room = (maxTokens === undefined ? roomIn(limit) : limit - maxTokens) - ROOM_FOR_TAIL;
    if (tokens <= room) return chars;
    chars = Math.max(LEAST_CHARS, Math.floor(Math.min(chars, text.length) * (room / tokens) * 0.97));
  }
  return chars;
}

/** After a refusal: in proportion where the server named its context and our tokens, else half. */
export function smallerBudget(sentChars: number, maxChars: number, failure: CallFailure | undefined): number {
  const sent = Math.min(maxChars, sentChars);
  if (failure?.kind !== "overflow" || failure.limit === undefined || failure.given === undefined) {
    return Math.max(LEAST_CHARS, Math.floor(sent / 2));
  }
  return Math.max(LEAST_CHARS, Math.floor(sent * Math.min(0.75, roomIn(failure.limit) / failure.given) * 0.95));
}

function roomIn(limit: number): number {
  return Math.max(limit - ROOM_TO_THINK, limit / 2);
}
