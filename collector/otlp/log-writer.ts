import type { SpanLog } from "@culprit/schemas";
import type { Store } from "@culprit/store";

/** Most records of one insert. */
const BATCH_RECORDS = 10_000;

interface Waiting {
  logs: readonly SpanLog[];
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Log records of concurrent requests share one insert, and each request is answered once its own are in the store.
 * There is no spool for them: while the store is down they are not acknowledged, so their sender keeps them.
 */
export class LogWriter {
  readonly #store: Pick<Store, "insertLogs">;
  #queue: Waiting[] = [];
  #writing = false;

  constructor(store: Pick<Store, "insertLogs">) {
    this.#store = store;
  }

  /** Resolves once the records are durable. Throws what the store throws. */
  submit(logs: readonly SpanLog[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ logs, resolve, reject });
      if (!this.#writing) void this.#write();
    });
  }

  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#queue.length > 0) {
      const group = this.#take();
      try {
        await this.#store.insertLogs(group.flatMap(({ logs }) => logs));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#writing = false;
  }

  #take(): Waiting[] {
    let count = 0;
    let records = 0;
    while (count < this.#queue.length && (count === 0 || records < BATCH_RECORDS)) {
      records += (this.#queue[count++] as Waiting).logs.length;
    }
    return this.#queue.splice(0, count);
  }
}
