/** More bodies are being held than may be; answered with 503, for it passes. */
export class BusyError extends Error {
  override readonly name = "BusyError";

  constructor() {
    super("The collector holds as many requests as it may; send this one again.");
  }
}

/**
 * Bounds what all requests together hold: bodies as they arrive, what they decompress to, and what they decode to
 * until it is stored.
 *
 * A request that is alone is never refused, whatever the limit, so that every request can get through some time; how
 * large one may be, the body and item limits say.
 */
export class MemoryGate {
  readonly limit: number;
  #held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes held now. */
  get held(): number {
    return this.#held;
  }

  /** A request's share, empty yet. Release it whatever happens. */
  open(): Reservation {
    let own = 0;
    return {
      grow: (bytes) => {
        if (this.#held + bytes > this.limit && this.#held > own) throw new BusyError();
        own += bytes;
        this.#held += bytes;
      },
      shrink: (bytes) => {
        const given = Math.min(bytes, own);
        own -= given;
        this.#held -= given;
      },
      release: () => {
        this.#held -= own;
        own = 0;
      },
    };
  }
}

/** What one request holds. */
export interface Reservation {
  /** @throws BusyError when all requests together would hold too much */
  grow(bytes: number): void;
  shrink(bytes: number): void;
  /** Gives everything back; more than once does no harm. */
  release(): void;
}
