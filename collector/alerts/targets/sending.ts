export interface SendOptions {
  /** Whether a private or loopback address may be called. */
  allowPrivate: boolean;
  signal: AbortSignal;
  /** The same at every try. */
  idempotencyKey: string;
}

/** Trying again would change nothing. */
export class PermanentError extends Error {}
