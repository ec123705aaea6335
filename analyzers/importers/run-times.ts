import type { ParsedRun } from "./format.ts";

const NANOS_A_MS = 1_000_000n;
/** Nobody ran an agent before 2000 or will after 2100; a number outside is no time. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);

/** When a run and each of its steps began and ended, in nanoseconds since 1970. */
export interface RunTimes {
  start: bigint;
  end: bigint;
  steps: [from: bigint, until: bigint][];
}

/**
 * Times of a run. A step without a time of its own begins a millisecond after the one before it; so does one whose clock
 * ran backwards, since the source's order is what happened.
 *
 * @param fallbackMs when a run without any time began
 */
export function timesOf(run: ParsedRun, fallbackMs: number): RunTimes {
  const own = run.steps.map((step) => possible(step.at_ms));
  const first = possible(run.started_ms) ?? own.find((at) => at !== undefined) ?? fallbackMs;
  const start = nanos(Math.min(first, own.find((at) => at !== undefined) ?? first));
  let last = start;
  const steps = run.steps.map((step, index): [bigint, bigint] => {
    const at = own[index];
    const told = at === undefined ? undefined : nanos(at);
    const from = told !== undefined && (told > last || (index === 0 && told === start)) ? told : last + NANOS_A_MS;
    last = from;
    const took = step.duration_ms;
    const lasts = took !== undefined && Number.isFinite(took) && took > 0 ? nanos(took) : NANOS_A_MS;
    return [from, from + lasts];
  });
  const ended = possible(run.ended_ms);
  const end = steps.reduce((latest, [, until]) => (until > latest ? until : latest), last + NANOS_A_MS);
  return { start, end: ended !== undefined && nanos(ended) > end ? nanos(ended) : end, steps };
}

/** Whether the steps' clock ever runs backwards, and at which step first. */
export function backwardsAt(run: ParsedRun): number | undefined {
  let last = 0;
  for (const [index, step] of run.steps.entries()) {
    const at = possible(step.at_ms);
    if (at === undefined) continue;
    if (at < last) return index;
    last = at;
  }
  return undefined;
}

/** A time in milliseconds since 1970: ISO 8601 text, or seconds, milliseconds, microseconds or nanoseconds as a number. */
export function parseTime(value: unknown): number | undefined {
  if (typeof value === "number") return numberTime(value);
  if (typeof value !== "string" || value.length > 64) return undefined;
  const text = value.trim();
  if (/^\d{9,19}(\.\d+)?$/.test(text)) return numberTime(Number(text));
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  // A time without a zone is taken as UTC, so that the same file says the same everywhere.
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/i.test(text) || text.length <= 10 ? text : `${text.replace(" ", "T")}Z`;
  return possible(Date.parse(zoned));
}

function numberTime(value: number): number | undefined {
  for (const scale of [1000, 1, 1e-3, 1e-6]) {
    const time = possible(value * scale);
    if (time !== undefined) return time;
  }
  return undefined;
}

function possible(ms: number | undefined): number | undefined {
  return ms !== undefined && ms >= EARLIEST_MS && ms <= LATEST_MS ? ms : undefined;
}

function nanos(ms: number): bigint {
  return BigInt(Math.round(Math.max(0, ms) * 1000)) * 1000n;
}
