export interface BreakerOptions {
  /** Consecutive failures that open it. */
  failures: number;
  /** Milliseconds it stays open before one call is let through to look. */
  openMs: number;
}

/** `closed` lets calls through, `open` refuses them, `half_open` waits for the one call that looks. */
export type BreakerState =
  | { state: "closed"; failures: number }
  | { state: "open"; since: number }
  | { state: "half_open"; since: number };

export type BreakerEvent = "asked" | "succeeded" | "failed" | "cancelled";

export const CLOSED: BreakerState = { state: "closed", failures: 0 };

/** Whether a call may be made at `now`; making it is the event `asked`. Pure. */
export function admits(breaker: BreakerState, now: number, { openMs }: BreakerOptions): boolean {
  return breaker.state === "closed" || (breaker.state === "open" && now - breaker.since >= openMs);
}

/** The state after an event at `now`. Pure; answers to calls made before it opened change nothing but success. */
export function nextBreaker(
  breaker: BreakerState,
  event: BreakerEvent,
  now: number,
  options: BreakerOptions,
): BreakerState {
  if (event === "asked") {
    return breaker.state === "open" && admits(breaker, now, options)
      ? { state: "half_open", since: breaker.since }
      : breaker;
  }
  if (event === "succeeded") return CLOSED;
  // Nothing was learnt: the next call may look at once.
  if (event === "cancelled") return breaker.state === "half_open" ? { state: "open", since: breaker.since } : breaker;
  if (breaker.state === "half_open") return { state: "open", since: now };
  if (breaker.state === "open") return breaker;
  const failures = breaker.failures + 1;
  return failures >= options.failures ? { state: "open", since: now } : { state: "closed", failures };
}
