import type { Span } from "@opentelemetry/api";

/** Spans that nobody ends must not pile up. */
const MOST_OPEN = 10_000;

/** The spans that run, oldest first, and a look at those that have run for a while. */
export class OpenSpans {
  /** Not looked at yet, with the turn of the timer in which they began. */
  readonly #young = new Map<object, number>();
  readonly #old = new Set<object>();
  readonly #everyMs: number | false;
  readonly #lasting: (spans: readonly Span[]) => void;
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param everyMs how long a span runs at least before it is told of; it takes up to twice as long
   * @param lasting told of each span that runs longer, once
   */
  constructor(everyMs: number | false, lasting: (spans: readonly Span[]) => void) {
    this.#everyMs = everyMs;
    this.#lasting = lasting;
  }

  add(span: object): void {
    if (this.#everyMs === false) this.#old.add(span);
    else {
      this.#young.set(span, this.#turn);
      if (this.#timer === undefined) this.#wait(this.#everyMs);
    }
    if (this.#young.size + this.#old.size > MOST_OPEN) this.#forgetOldest();
  }

  delete(span: object): void {
    if (!this.#young.delete(span)) this.#old.delete(span);
  }

  all(): Span[] {
    return [...this.#old, ...this.#young.keys()] as Span[];
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(everyMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const lasting: object[] = [];
      for (const [span, turn] of this.#young) {
        if (turn === this.#turn) break;
        lasting.push(span);
      }
      for (const span of lasting) {
        this.#young.delete(span);
        this.#old.add(span);
      }
      this.#turn += 1;
      if (this.#young.size > 0) this.#wait(everyMs);
      if (lasting.length > 0) this.#lasting(lasting as Span[]);
    }, everyMs);
    this.#timer.unref();
  }

  #forgetOldest(): void {
    for (const spans of [this.#old, this.#young]) {
      for (const oldest of spans.keys()) {
        spans.delete(oldest);
        return;
      }
    }
  }
}
