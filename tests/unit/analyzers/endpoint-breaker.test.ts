import { describe, expect, it } from "vitest";
import {
  admits,
  type BreakerEvent,
  type BreakerState,
  CLOSED,
  nextBreaker,
} from "../../../analyzers/attribution/endpoint/breaker.ts";

const options = { failures: 3, openMs: 100 };
const stateOf = (events: [BreakerEvent, number][], from: BreakerState = CLOSED) =>
  events.reduce((state, [event, now]) => nextBreaker(state, event, now, options), from);

describe("the circuit breaker", () => {
  it("opens after so many failures in a row, and a success in between begins the count anew", () => {
    expect(
      stateOf([
        ["failed", 1],
        ["failed", 2],
      ]).state,
    ).toBe("closed");
    expect(
      stateOf([
        ["failed", 1],
        ["failed", 2],
        ["succeeded", 3],
        ["failed", 4],
        ["failed", 5],
      ]).state,
    ).toBe("closed");
    expect(
      stateOf([
        ["failed", 1],
        ["failed", 2],
        ["failed", 3],
      ]),
    ).toEqual({ state: "open", since: 3 });
  });

  const opened: BreakerState = { state: "open", since: 0 };

  it("refuses while it is open, then lets one call look and no other", () => {
    expect(admits(opened, 99, options)).toBe(false);
    expect(admits(opened, 100, options)).toBe(true);
    const looking = nextBreaker(opened, "asked", 100, options);
    expect(looking.state).toBe("half_open");
    expect(admits(looking, 100_000, options)).toBe(false);
  });

  it("closes when the one that looks succeeds, opens anew when it fails, looks again when it was cancelled", () => {
    const looking = nextBreaker(opened, "asked", 100, options);
    expect(nextBreaker(looking, "succeeded", 110, options)).toEqual(CLOSED);
    expect(nextBreaker(looking, "failed", 110, options)).toEqual({ state: "open", since: 110 });
    expect(admits(nextBreaker(looking, "cancelled", 110, options), 110, options)).toBe(true);
  });

  it("what was asked before it opened and fails late does not keep it open longer", () => {
    expect(nextBreaker(opened, "failed", 90, options)).toEqual(opened);
  });
});
