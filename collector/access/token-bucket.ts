/** Seconds' worth of its rate that a bucket holds: how much may come at once after a pause. */
const BURST_SECONDS = 5;

/** Tokens left at a moment. Negative after more was taken than there was. */
export interface Bucket {
  readonly tokens: number;
  /** Milliseconds. */
  readonly at: number;
}

/** A full bucket. */
export function fullBucket(rate: number, at: number): Bucket {
  return { tokens: capacity(rate), at };
}

/** The bucket at a later moment; a clock that went back adds nothing. */
export function refill(bucket: Bucket, rate: number, at: number): Bucket {
  const seconds = Math.max(0, at - bucket.at) / 1000;
  return { tokens: Math.min(capacity(rate), bucket.tokens + seconds * rate), at: Math.max(at, bucket.at) };
}

/**
 * Takes tokens, going into debt if need be: a batch larger than the bucket passes once, and what follows waits for it.
 */
export function take(bucket: Bucket, tokens: number): Bucket {
  return { tokens: bucket.tokens - tokens, at: bucket.at };
}

/** Seconds until the bucket holds `tokens`; 0 when it does. */
export function secondsUntil(bucket: Bucket, tokens: number, rate: number): number {
  return Math.max(0, (tokens - bucket.tokens) / rate);
}

function capacity(rate: number): number {
  return Math.max(1, rate * BURST_SECONDS);
}
