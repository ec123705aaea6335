/** Per million tokens, in whatever currency the limits are in. */
export interface Prices {
  input: number;
  output: number;
}

export interface CostOptions {
  prices?: Prices | undefined;
  /** Ceiling of one attribution; absent: none. */
  runLimit?: number | undefined;
  /** Ceiling of one UTC day of this process; absent: none. */
  dayLimit?: number | undefined;
  /** Milliseconds since 1970. */
  now?: (() => number) | undefined;
}

/** What one attribution has spent and may spend at its endpoint. */
export interface Purse {
  spent: number;
  limit: number;
  calls: number;
  callLimit: number;
}

/** Said of a run that reached its own ceiling; asking again would spend as much again. */
export const RUN_LIMIT_REASON = "This run reached its cost limit";

export interface Ledger {
  purse(limits?: { cost?: number | undefined; calls?: number | undefined } | undefined): Purse;
  /** Why a call expected to read `inputTokens` must not be made, or its reservation. */
  reserve(inputTokens: number, purse: Purse | undefined): { refused: string } | { settle: Settle };
  /** Spent since midnight UTC, reservations included. */
  today(): number;
}

/** Replaces the reservation by what the call really used. Called exactly once, with zeroes where nothing was served. */
export type Settle = (inputTokens: number, outputTokens: number) => void;

const DAY_MS = 86_400_000;

/**
 * Counts tokens × price against a ceiling a run and a day. A call's input is reserved before it is made, so that
 * parallel calls can pass a ceiling by no more than their answers. The day's sum lives in this process.
 */
export function createLedger({
  prices = { input: 0, output: 0 },
  runLimit,
  dayLimit,
  now = Date.now,
}: CostOptions): Ledger {
  const cost = (input: number, output: number) => (input * prices.input + output * prices.output) / 1e6;
  let day = Math.floor(now() / DAY_MS);
  let spentToday = 0;
  const turn = () => {
    const current = Math.floor(now() / DAY_MS);
    if (current !== day) [day, spentToday] = [current, 0];
  };
  return {
    purse: (limits = {}) => ({
      spent: 0,
      limit: limits.cost ?? runLimit ?? Number.POSITIVE_INFINITY,
      calls: 0,
      callLimit: limits.calls ?? Number.POSITIVE_INFINITY,
    }),
    reserve(inputTokens, purse) {
      turn();
      const held = cost(inputTokens, 0);
      if (dayLimit !== undefined && (spentToday >= dayLimit || spentToday + held > dayLimit)) {
        return { refused: `The cost limit of today, ${dayLimit}, is reached; it starts anew at midnight UTC.` };
      }
      if (purse !== undefined && (purse.spent >= purse.limit || purse.spent + held > purse.limit)) {
        return { refused: `${RUN_LIMIT_REASON} of ${purse.limit}.` };
      }
      if (purse !== undefined && purse.calls >= purse.callLimit) {
        return { refused: `${RUN_LIMIT_REASON} of ${purse.callLimit} calls.` };
      }
      const heldOn = day;
      spentToday += held;
      if (purse !== undefined) {
        purse.spent += held;
        purse.calls++;
      }
      return {
        settle(input, output) {
          turn();
          const difference = cost(input, output) - held;
          if (heldOn === day) spentToday += difference;
          if (purse !== undefined) purse.spent += difference;
        },
      };
    },
    today() {
      turn();
      return spentToday;
    },
  };
}
