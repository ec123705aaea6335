import { z } from "zod";

const amount = z.coerce.number().nonnegative();
const count = z.coerce.number().int().positive();
const seconds = z.coerce.number().positive();

const settingsSchema = z
  .strictObject({
    /** A JavaScript module that exports `openReplayTarget`. */
    module: z.string().min(1).optional(),
    /** A shell command; `OPENAI_BASE_URL` is the replay's own gateway. */
    command: z.string().min(1).optional(),
    /** A running system is told by a POST to this address. */
    hook: z.url({ protocol: /^https?$/ }).optional(),
    hook_token: z.string().min(1).optional(),
    /** Where live model calls go, with `command` and `hook`; `gateway_upstream` by default. */
    upstream: z.url({ protocol: /^https?$/ }).optional(),
    /** How the outcome is told, with `command` and `hook`; as the flags of `culprit replay`. */
    exit_codes: z.strictObject({ success: z.int().min(0).max(255), failure: z.int().min(0).max(255) }).optional(),
    expect: z.string().optional(),
    expect_regex: z.string().optional(),
    expect_schema: z.string().optional(),
    tests: z.string().optional(),
    judge: z.boolean().optional(),
    /** The model at `tracer_url` proposes corrections where a request brings none. */
    oracle_model: z.boolean().default(false),
    /** What one request may spend: replays (placebos included), live model calls, time in all, time of one replay. */
    max_replays: count.default(30),
    max_calls: count.optional(),
    max_seconds: seconds.default(900),
    timeout_seconds: seconds.default(60),
    /** Money that live calls of one request may cost, at prices of a million tokens. */
    max_cost: amount.optional(),
    price_input_per_million: amount.default(0),
    price_output_per_million: amount.default(0),
    /** Requests that run at a time, and that wait for it. */
    concurrency: count.max(16).default(1),
    queue: count.max(1000).default(20),
  })
  .refine(({ module, command, hook }) => [module, command, hook].filter((way) => way !== undefined).length === 1, {
    error: "it names exactly one of module, command and hook",
  })
  .refine(
    ({ max_cost, price_input_per_million, price_output_per_million }) =>
      max_cost === undefined || price_input_per_million + price_output_per_million > 0,
    { error: "max_cost is given but no price" },
  );

/** How the system whose runs are recorded is started again: text names a module. */
export const replayTargetSchema = z.preprocess((given) => {
  if (typeof given !== "string") return given;
  if (!given.trimStart().startsWith("{")) return { module: given };
  try {
    return JSON.parse(given) as unknown;
  } catch {
    return given;
  }
}, settingsSchema);
export type ReplayTargetSettings = z.infer<typeof settingsSchema>;
