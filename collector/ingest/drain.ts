import { CulpritError, describeError } from "@culprit/schemas";
import type { SpanBlock, Store } from "@culprit/store";
import type { Log } from "../log.ts";
import type { IngestLimits } from "./limits.ts";
import type { Spool } from "./spool/spool.ts";

/** Brings what is in the spool to the store, in order, as soon as the store takes it. */
export class Drain {
  readonly #spool: Spool;
  readonly #writer: Store["spans"];
  readonly #limits: IngestLimits;
  readonly #log: Log;
  #down = false;
  #spans = 0;
  #running: Promise<void> | undefined;
  #stop = new AbortController();

  constructor(spool: Spool, writer: Store["spans"], limits: IngestLimits, log: Log) {
    this.#spool = spool;
    this.#writer = writer;
    this.#limits = limits;
    this.#log = log;
  }

  /** Whether the store was not there when it was last tried. */
  get down(): boolean {
    return this.#down;
  }

  /** Spans brought to the store. */
  get spans(): number {
    return this.#spans;
  }

  /** Starts draining, if that is not under way; `down` when the store has just failed. */
  wake(down = false): void {
    this.#down ||= down;
    if (this.#running !== undefined || this.#spool.empty || this.#stop.signal.aborted) return;
    this.#running = this.#run(down)
      .catch((error: unknown) => {
        this.#log("error", "the spool cannot be drained", { error: describeError(error) });
        this.#down = false;
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(waitFirst: boolean): Promise<void> {
    const { retry_ms, retry_most_ms, batch_rows, batch_bytes } = this.#limits;
    let pause = retry_ms;
    if (waitFirst) await this.#sleep(pause);
    while (!this.#stop.signal.aborted) {
      const batch = await this.#spool.peek(batch_rows, batch_bytes);
      if (batch === undefined) {
        this.#down = false;
        return;
      }
      if (await this.#bring(batch.blocks)) {
        this.#down = false;
        pause = retry_ms;
        await this.#spool.drop(batch);
        if (this.#spool.empty) this.#log("info", "the spool is drained", { spans: this.#spans });
      } else {
        this.#down = true;
        await this.#sleep(pause);
        pause = Math.min(pause * 2, retry_most_ms);
      }
    }
  }

  /** False when the store was not there. */
  async #bring(blocks: readonly SpanBlock[]): Promise<boolean> {
    try {
      // Nobody waits for this answer: a store that is only slow gets the time it needs.
      await this.#writer.insert(blocks, this.#limits.ingest_deadline_seconds * 6_000);
      for (const { rows } of blocks) this.#spans += rows;
      return true;
    } catch (error) {
      if (!(error instanceof CulpritError) || error.code !== "store_failed") return false;
      return this.#bringEach(blocks, error);
    }
  }

  /** Among several blocks one may be what the store refuses. */
  async #bringEach(blocks: readonly SpanBlock[], error: CulpritError): Promise<boolean> {
    if (blocks.length === 1) {
      // Acknowledged, so it may not vanish; kept where it does not hold up the others.
      await this.#spool.refuse(blocks);
      this.#log("error", "the store refuses spooled spans; they are kept as .refused", { error: describeError(error) });
      return true;
    }
    for (const block of blocks) {
      if (!(await this.#bring([block]))) return false;
    }
    return true;
  }

  async #sleep(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#stop.signal.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds * (0.75 + Math.random() / 2));
      this.#stop.signal.addEventListener("abort", wake);
    });
  }
}
