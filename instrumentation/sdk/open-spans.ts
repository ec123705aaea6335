import type { Span } from "@opentelemetry/api";

/** Spans that nobody ends must not pile up. */
const MOST_OPEN = 10_000;

/** The spans that run, oldest first, and a look at those that have run for a while. Ended ones are weeded out in time. */
export class OpenSpans {
  /** Looked at already. */
  #old: Span[] = [];
  /** Of the last turn of the timer, and of this one. */
  #young: Span[] = [];
  #newborn: Span[] = [];
  readonly #everyMs: number;
  readonly #lasting: ((spans: readonly Span[]) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #weedAt = 2 * MOST_OPEN;

  /**
   * @param everyMs how long a span runs at least before it is told of; it takes up to twice as long
   * @param lasting told of each span that runs longer, once
   */
  constructor(everyMs: number, lasting?: (spans: readonly Span[]) => void) {
    this.#everyMs = everyMs;
    this.#lasting = lasting;
  }

  add(span: Span): void {
    this.#newborn.push(span);
    if (this.#newborn.length > this.#weedAt) this.#weed();
    if (this.#timer === undefined) this.#wait();
  }

  all(): Span[] {
    return [...this.#old, ...this.#young, ...this.#newborn].filter(isOpen);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(): void {
    this.#timer = setTimeout(() => this.#turn(), this.#everyMs);
    this.#timer.unref();
  }

  #turn(): void {
    this.#timer = undefined;
    const lasting = this.#young.filter(isOpen);
    this.#old = [...this.#old.filter(isOpen), ...lasting].slice(-MOST_OPEN);
    this.#young = this.#newborn.filter(isOpen);
    this.#newborn = [];
    this.#weedAt = 2 * MOST_OPEN;
    if (this.#old.length + this.#young.length > 0) this.#wait();
    if (lasting.length > 0) this.#lasting?.(lasting);
  }

  /** A burst lasts longer than a turn: what has ended goes, and so does the oldest of too much that has not. */
  #weed(): void {
    this.#newborn = this.#newborn.filter(isOpen).slice(-MOST_OPEN);
    this.#weedAt = this.#newborn.length + MOST_OPEN;
  }
}

function isOpen(span: Span): boolean {
  return span.isRecording();
}
