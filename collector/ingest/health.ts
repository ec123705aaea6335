/** Upper bounds of the insert histogram, in seconds. */
export const INSERT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** A histogram as Prometheus has them: how many were at most each bound, cumulated. */
export interface Histogram {
  buckets: { le: number; count: number }[];
  count: number;
  sum: number;
}

/** The state of the write path, and what it has done since it began. */
export interface IngestHealth {
  /** Where spans go now. */
  mode: "store" | "spool";
  queue_rows: number;
  /** Of everything taken and not yet durable. */
  queue_bytes: number;
  queue_limit_bytes: number;
  /** How long the oldest waiting request has waited. */
  queue_age_seconds: number;
  /** Inserts under way. */
  inserting: number;
  spool_bytes: number;
  /** 0 without a spool. */
  spool_limit_bytes: number;
  spans_stored: number;
  spans_spooled: number;
  /** Spans that went from the spool to the store. */
  spans_drained: number;
  requests_overloaded: number;
  /** Spans the store looked at and did not want. */
  spans_refused: number;
  /** How long inserts took. */
  insert_seconds: Histogram;
}

/** Counts durations into {@link INSERT_BUCKETS}. */
export class InsertTimes {
  readonly #counts = INSERT_BUCKETS.map(() => 0);
  #count = 0;
  #sum = 0;

  add(seconds: number): void {
    this.#count++;
    this.#sum += seconds;
    for (const [index, bound] of INSERT_BUCKETS.entries()) {
      if (seconds <= bound) this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    }
  }

  histogram(): Histogram {
    const buckets = INSERT_BUCKETS.map((le, index) => ({ le, count: this.#counts[index] ?? 0 }));
    return { buckets, count: this.#count, sum: this.#sum };
  }
}
