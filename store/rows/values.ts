import type { AttributeValue } from "@culprit/schemas";

/** What a column takes in a JSON row. */
export type Cell =
  | string
  | number
  | boolean
  | null
  | readonly string[]
  | readonly (readonly (string | number)[])[]
  | Record<string, string>;

const UINT32_MAX = 4_294_967_295;
/** The years DateTime64(3) holds. */
const TIME_MIN_MS = Date.UTC(1900, 0, 1);
const TIME_MAX_MS = Date.UTC(2299, 11, 31, 23, 59, 59, 999);

/** Text as the engine can hold it: UTF-8, so an unpaired surrogate becomes U+FFFD. */
export function text(value: string): string {
  return LONE_SURROGATE.test(value) ? value.replace(LONE_SURROGATES, "\uFFFD") : value;
}
const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;

export function uint32(value: number): number {
  return Math.min(Math.max(Math.trunc(value), 0), UINT32_MAX);
}

/** A count as JSON can carry it exactly. */
export function uint64(value: number): number {
  return Math.min(Math.max(Math.trunc(value), 0), Number.MAX_SAFE_INTEGER);
}

/** A value as JSON text; `fallback` where it is nested past the stack's depth, so that its row is kept all the same. */
export function json(value: unknown, fallback = "[]"): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return fallback;
    throw error;
  }
}

/** ISO 8601 to ISO 8601 in UTC with milliseconds, inside the years a DateTime64 holds. */
export function isoTime(value: string): string {
  const time = Date.parse(value);
  const known = Number.isNaN(time) ? TIME_MIN_MS : time;
  return new Date(Math.min(Math.max(known, TIME_MIN_MS), TIME_MAX_MS)).toISOString();
}

/** An attribute that is not text, as text. */
export function attributeText(value: AttributeValue): string {
  if (value !== null && typeof value === "object") return json(value, TOO_DEEP);
  return Object.is(value, -0) ? "-0" : String(value);
}
const TOO_DEEP = '"(nested too deeply to keep)"';
