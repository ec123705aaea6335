import type { HrTime } from "@opentelemetry/api";

/** The two clocks may be this far apart, in milliseconds, before ours follows the system's. */
const MOST_DRIFT = 50;
const NANOS = 1_000_000_000;

/** Where ours began: the time of day in whole milliseconds, and the counter then. */
let beganAt = Date.now();
let counter = performance.now();
let seconds = 0;
let nanos = 0;

/**
 * Time of day in nanoseconds, later at every call. Spans that start within one millisecond keep their order this way;
 * the tracer's own clock gives all of them the same start. It follows the system clock when the two drift apart.
 */
export function now(): HrTime {
  let elapsed = performance.now() - counter;
  const wall = Date.now();
  const behind = wall - beganAt - elapsed;
  // Past a day of counting the sums below would lose nanoseconds.
  if (behind > MOST_DRIFT || behind < -MOST_DRIFT || elapsed > 86_400_000) {
    beganAt = wall;
    counter += elapsed;
    elapsed = 0;
  }
  const millis = Math.floor(elapsed);
  const whole = beganAt + millis;
  let s = Math.floor(whole / 1000);
  let n = (whole % 1000) * 1_000_000 + Math.floor((elapsed - millis) * 1_000_000);
  if (s < seconds || (s === seconds && n <= nanos)) {
    s = seconds;
    n = nanos + 1;
    if (n === NANOS) {
      s += 1;
      n = 0;
    }
  }
  seconds = s;
  nanos = n;
  return [s, n];
}
