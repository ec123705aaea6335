/**
 * Tokens of a conversation. What a server reported is exact; what was added since is reckoned by the characters to a
 * token that its reports have shown.
 */
export interface Meter {
  /** Tokens that a prompt of so many characters takes. */
  expected(chars: number): number;
  /** A prompt of `chars` characters took `input` tokens, by the server's own count. */
  reported(chars: number, input: number, output: number): void;
  /** The conversation was made shorter: the last report no longer holds for what is left. */
  shortened(): void;
  /** All tokens reported so far. */
  readonly input: number;
  readonly output: number;
  readonly calls: number;
}

const CHARS_PER_TOKEN = 4;
/** Fewest characters to a token that a report may claim; a count beyond is no token count. */
const FEWEST = 0.5;

export function createMeter(
  before: { input: number; output: number; calls: number } = { input: 0, output: 0, calls: 0 },
): Meter {
  let { input, output, calls } = before;
  let charsPerToken = CHARS_PER_TOKEN;
  let exact: { chars: number; tokens: number } | undefined;
  return {
    expected(chars) {
      // The last report holds for what stood in it; only the rest is reckoned.
      if (exact !== undefined && chars >= exact.chars)
        return exact.tokens + Math.ceil((chars - exact.chars) / charsPerToken);
      return Math.ceil(chars / charsPerToken);
    },
    reported(chars, tokens, answered) {
      calls++;
      input += tokens;
      output += answered;
      if (tokens <= 0 || chars / tokens < FEWEST) return;
      exact = { chars, tokens };
      charsPerToken = chars / tokens;
    },
    shortened() {
      exact = undefined;
    },
    get input() {
      return input;
    },
    get output() {
      return output;
    },
    get calls() {
      return calls;
    },
  };
}
