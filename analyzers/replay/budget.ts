import type { Prices } from "../attribution/endpoint/cost.ts";

/** What a search or an injection may spend; what is absent is unbounded. */
export interface ReplayBudget {
  /** Replays in all, placebos and repetitions included. */
  replays?: number;
  /** Model calls that went live. */
  calls?: number;
  /** Tokens of live calls times `prices`. */
  cost?: number;
  prices?: Prices;
  /** Wall-clock time; no replay is started after it, and a running one makes no further call. */
  wallMs?: number;
}

export interface Spent {
  replays: number;
  calls: number;
  /** Prompt and completion tokens of live calls. */
  tokens: number;
  cost: number;
  wallMs: number;
}

/** Counts what replays that share a budget spend. */
export interface Purse {
  /** Counts one replay; why it must not be started, or null. */
  replay(): string | null;
  /** Counts one live call; why it must not be made, or null. */
  call(): string | null;
  used(usage: { input_tokens: number; output_tokens: number }): void;
  spent(): Spent;
}

export function createPurse(
  { replays, calls, cost, prices, wallMs }: ReplayBudget,
  now: () => number = performance.now.bind(performance),
): Purse {
  const startedAt = now();
  const spent = { replays: 0, calls: 0, tokens: 0, cost: 0 };
  const over = (): string | null => {
    if (calls !== undefined && spent.calls >= calls) return `The budget of ${calls} model calls is spent.`;
    if (cost !== undefined && spent.cost >= cost) return `The budget of ${cost} for model calls is spent.`;
    if (wallMs !== undefined && now() - startedAt >= wallMs) return `The budget of ${wallMs} ms is spent.`;
    return null;
  };
  return {
    replay() {
      if (replays !== undefined && spent.replays >= replays) return `The budget of ${replays} replays is spent.`;
      const reason = over();
      if (reason === null) spent.replays++;
      return reason;
    },
    call() {
      const reason = over();
      if (reason === null) spent.calls++;
      return reason;
    },
    used({ input_tokens, output_tokens }) {
      spent.tokens += input_tokens + output_tokens;
      spent.cost += (input_tokens * (prices?.input ?? 0) + output_tokens * (prices?.output ?? 0)) / 1e6;
    },
    spent: () => ({ ...spent, wallMs: now() - startedAt }),
  };
}
