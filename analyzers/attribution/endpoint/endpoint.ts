import { setMaxListeners } from "node:events";
import PQueue from "p-queue";
import { admits, type BreakerOptions, type BreakerState, CLOSED, nextBreaker } from "./breaker.ts";
import { type CallOptions, type CallResult, type ClientOptions, createClient, type Prompt } from "./client.ts";
import { createMeasure, type Measure } from "./context.ts";
import { type CostOptions, createLedger, type Ledger, type Purse } from "./cost.ts";

export interface EndpointOptions extends ClientOptions {
  /** Requests at a time, over all runs and strategies. */
  concurrency?: number | undefined;
  cost?: CostOptions | undefined;
  breaker?: Partial<BreakerOptions> | undefined;
}

/**
 * A served model, with what everybody who asks it shares: its slots, its circuit breaker and its money. Make one an
 * URL and hand it to every strategy.
 */
export interface Endpoint {
  readonly model: string;
  readonly maxTokens: number | undefined;
  /**
   * One chat completion, in turn. A ceiling that is reached and an open circuit are failures like an endpoint that is
   * away.
   *
   * @throws the signal's reason when `signal` aborts; every other failure is a result
   */
  complete(prompt: Prompt, options?: CallOptions & { purse?: Purse | undefined }): Promise<CallResult>;
  measure: Measure;
  purse: Ledger["purse"];
  /** Cost since midnight UTC. */
  spentToday(): number;
  breaker(): BreakerState["state"];
}

const CONCURRENCY = 8;
const BREAKER: BreakerOptions = { failures: 5, openMs: 30_000 };
/** Characters to a token, where nobody counts. */
const CHARS_PER_TOKEN = 4;

export function createEndpoint(options: EndpointOptions): Endpoint {
  const call = createClient(options);
  const ledger = createLedger(options.cost ?? {});
  const now = options.cost?.now ?? Date.now;
  const slots = new PQueue({ concurrency: options.concurrency ?? CONCURRENCY });
  const limits: BreakerOptions = { ...BREAKER, ...options.breaker };
  let breaker = CLOSED;

  const guarded = async (
    prompt: Prompt,
    { purse, ...rest }: CallOptions & { purse?: Purse | undefined },
  ): Promise<CallResult> => {
    rest.signal?.throwIfAborted();
    if (!admits(breaker, now(), limits)) {
      return unavailable(`The tracer endpoint failed ${limits.failures} times in a row and is left alone for a while.`);
    }
    const turns = prompt.turns?.reduce((sum, { content }) => sum + content.length, 0) ?? 0;
    const expected = Math.ceil((prompt.system.length + prompt.user.length + turns) / CHARS_PER_TOKEN);
    const reserved = ledger.reserve(expected, purse);
    if ("refused" in reserved) return unavailable(reserved.refused);
    breaker = nextBreaker(breaker, "asked", now(), limits);
    let event: "succeeded" | "failed" | "cancelled" = "cancelled";
    let used = { input: 0, output: 0 };
    try {
      const result = await call(prompt, rest);
      event = !result.ok && result.failure.kind === "unavailable" ? "failed" : "succeeded";
      if (result.ok) used = usageOf(result.completion, expected);
      return result;
    } finally {
      breaker = nextBreaker(breaker, event, now(), limits);
      reserved.settle(used.input, used.output);
    }
  };

  return {
    model: options.model,
    maxTokens: options.maxTokens,
    complete(prompt, given = {}) {
      const { signal } = given;
      if (signal === undefined) return slots.add(() => guarded(prompt, given));
      // One listener a request that waits: many are no leak.
      setMaxListeners(0, signal);
      return slots.add(() => guarded(prompt, given), { signal });
    },
    measure: createMeasure(options),
    purse: (given) => ledger.purse(given),
    spentToday: () => ledger.today(),
    breaker: () => breaker.state,
  };
}

function unavailable(reason: string): CallResult {
  return { ok: false, failure: { kind: "unavailable", reason } };
}

/** What the server counted, else what the characters suggest. */
function usageOf(
  { input_tokens, output_tokens, message }: Extract<CallResult, { ok: true }>["completion"],
  expected: number,
): { input: number; output: number } {
  if (input_tokens + output_tokens > 0) return { input: input_tokens, output: output_tokens };
  const chars = (message.content?.length ?? 0) + (message.reasoning?.length ?? 0);
  return { input: expected, output: Math.ceil(chars / CHARS_PER_TOKEN) };
}
