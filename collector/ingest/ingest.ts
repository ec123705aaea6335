import { CulpritError, describeError, type IncomingSpan } from "@culprit/schemas";
import type { SpanBlock, Store } from "@culprit/store";
import type { Log } from "../log.ts";
import { Drain } from "./drain.ts";
import { estimateBytes } from "./estimate.ts";
import { type IngestHealth, InsertTimes } from "./health.ts";
import { INGEST_LIMITS, type IngestLimits } from "./limits.ts";
import { Spool } from "./spool/spool.ts";

export interface IngestOptions {
  store: Pick<Store, "spans">;
  /** Directory of the spool; made when there is none. */
  spoolDir: string;
  limits?: Partial<IngestLimits> | undefined;
  log: Log;
}

/** The way of spans into the store. */
export interface Ingest {
  /**
   * Resolves once the spans are durable: in the store, or on disk in the spool, which the store is given later.
   *
   * Throws `overloaded` (too much waits already), `spool_full` or `store_unavailable` (neither takes them), all three
   * worth sending again; or `store_failed` for spans the store refuses.
   */
  submit(spans: readonly IncomingSpan[]): Promise<"stored" | "spooled">;
  health(): IngestHealth;
  /** Takes no more, and resolves once everything taken is durable; what is in the spool stays there. */
  close(): Promise<void>;
}

interface Entry {
  /** Encoded already, or few enough to be encoded together with others. */
  block: SpanBlock | undefined;
  spans: readonly IncomingSpan[];
  rows: number;
  bytes: number;
  at: number;
  resolve(how: "stored" | "spooled"): void;
  reject(error: unknown): void;
}

/**
 * Opens the group commit, and the spool behind it.
 *
 * Concurrent requests share one insert and each is answered once its rows are durable. An idle store gets a request at
 * once; a busy one gets what gathered meanwhile. A store that is down, or slower than the deadline, is left alone: the
 * spool takes its place until a drain of it gets through.
 */
export async function createIngest({ store, spoolDir, limits, log }: IngestOptions): Promise<Ingest> {
  const group = new GroupCommit(store.spans, { ...INGEST_LIMITS, ...limits }, log);
  await group.openSpool(spoolDir);
  return group;
}

class GroupCommit implements Ingest {
  readonly #writer: Store["spans"];
  readonly #limits: IngestLimits;
  readonly #log: Log;
  readonly #times = new InsertTimes();
  #queue: Entry[] = [];
  #queuedRows = 0;
  /** Of everything taken and not yet durable. */
  #heldBytes = 0;
  #queuedBytes = 0;
  #inserting = 0;
  #lastEnd = 0;
  #lastArrival = 0;
  #timer: NodeJS.Timeout | undefined;
  #spool: Spool | undefined;
  #drain: Drain | undefined;
  #closed = false;
  #idle: (() => void) | undefined;
  readonly #counts = { stored: 0, spooled: 0, overloaded: 0, refused: 0 };

  constructor(writer: Store["spans"], limits: IngestLimits, log: Log) {
    this.#writer = writer;
    this.#limits = limits;
    this.#log = log;
  }

  async openSpool(directory: string): Promise<void> {
    const { spool_bytes: maxBytes, segment_bytes: segmentBytes } = this.#limits;
    try {
      this.#spool = await Spool.open({ directory, maxBytes, segmentBytes, log: this.#log });
    } catch (error) {
      // The store alone is enough as long as it is up.
      this.#log("warn", "no spool: spans are turned away when the store is down", { error: describeError(error) });
      return;
    }
    this.#drain = new Drain(this.#spool, this.#writer, this.#limits, this.#log);
    this.#drain.wake();
  }

  async submit(spans: readonly IncomingSpan[]): Promise<"stored" | "spooled"> {
    if (spans.length === 0) return "stored";
    return this.#enqueue(this.#entry(spans));
  }

  #entry(spans: readonly IncomingSpan[]): Pick<Entry, "block" | "spans" | "rows" | "bytes"> {
    if (this.#closed) throw new CulpritError("store_unavailable", "The collector is stopping.");
    const small = spans.length < this.#limits.small_request_rows;
    // Turned away before the work of encoding where that is known already.
    if (this.#isFull(small ? estimateBytes(spans) : 1)) throw this.#overloaded();
    const block = small ? undefined : this.#writer.encode(spans);
    const bytes = block?.bytes ?? estimateBytes(spans);
    if (this.#isFull(bytes)) throw this.#overloaded();
    return { block, spans: block ? [] : spans, rows: spans.length, bytes };
  }

  #enqueue(given: Pick<Entry, "block" | "spans" | "rows" | "bytes">): Promise<"stored" | "spooled"> {
    return new Promise((resolve, reject) => {
      const at = performance.now();
      this.#queue.push({ ...given, at, resolve, reject });
      this.#queuedRows += given.rows;
      this.#queuedBytes += given.bytes;
      this.#heldBytes += given.bytes;
      this.#lastArrival = at;
      this.#pump();
    });
  }

  health(): IngestHealth {
    const now = performance.now();
    return {
      mode: this.#usesSpool() ? "spool" : "store",
      queue_rows: this.#queuedRows,
      queue_bytes: this.#heldBytes,
      queue_limit_bytes: this.#limits.ingest_queue_bytes,
      queue_age_seconds: this.#queue[0] === undefined ? 0 : (now - this.#queue[0].at) / 1000,
      inserting: this.#inserting,
      spool_bytes: this.#spool?.bytes ?? 0,
      spool_limit_bytes: this.#spool === undefined ? 0 : this.#limits.spool_bytes,
      spans_stored: this.#counts.stored,
      spans_spooled: this.#counts.spooled,
      spans_drained: this.#drain?.spans ?? 0,
      requests_overloaded: this.#counts.overloaded,
      spans_refused: this.#counts.refused,
      insert_seconds: this.#times.histogram(),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#pump();
    if (this.#heldBytes > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    await this.#drain?.stop();
    await this.#spool?.close();
  }

  #isFull(bytes: number): boolean {
    return this.#heldBytes > 0 && this.#heldBytes + bytes > this.#limits.ingest_queue_bytes;
  }

  #overloaded(): CulpritError {
    this.#counts.overloaded++;
    return new CulpritError("overloaded", "More spans are waiting than the store takes.", {
      mend: "Send them again in a moment, or raise ingest_queue_bytes.",
    });
  }

  #usesSpool(): boolean {
    return this.#drain?.down === true && this.#spool?.empty === false;
  }

  #pump(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#queue.length > 0 && this.#inserting < 2) {
      if (this.#inserting > 0 && this.#queuedRows < this.#limits.second_insert_rows) return;
      const wait = this.#linger();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#pump(), wait);
        return;
      }
      void this.#commit(this.#take());
    }
  }

  /** How long what waits should wait for more: clients that were answered together send again together. */
  #linger(): number {
    const { linger_ms, quiet_ms, batch_rows, batch_bytes } = this.#limits;
    const now = performance.now();
    const first = this.#queue[0] as Entry;
    const busy = this.#inserting > 0 || first.at - this.#lastEnd < linger_ms;
    if (!busy || this.#closed || this.#queuedRows >= batch_rows || this.#queuedBytes >= batch_bytes) return 0;
    const quiet = this.#lastArrival + quiet_ms - now;
    const latest = Math.max(first.at, this.#lastEnd) + linger_ms - now;
    return Math.min(quiet, latest) <= 0 ? 0 : Math.ceil(Math.min(quiet, latest));
  }

  #take(): Entry[] {
    const { batch_rows, batch_bytes } = this.#limits;
    let [count, rows, bytes] = [0, 0, 0];
    while (count < this.#queue.length && (count === 0 || (rows < batch_rows && bytes < batch_bytes))) {
      const entry = this.#queue[count++] as Entry;
      rows += entry.rows;
      bytes += entry.bytes;
    }
    this.#queuedRows -= rows;
    this.#queuedBytes -= bytes;
    return this.#queue.splice(0, count);
  }

  async #commit(entries: Entry[]): Promise<void> {
    this.#inserting++;
    try {
      const how = await this.#keep(this.#blocksOf(entries));
      for (const entry of entries) this.#answer(entry, how);
    } catch (error) {
      if (entries.length > 1 && isRefusal(error)) await this.#commitEach(entries);
      else for (const entry of entries) this.#refuse(entry, error);
    } finally {
      for (const { bytes } of entries) this.#heldBytes -= bytes;
      this.#inserting--;
      this.#lastEnd = performance.now();
      if (this.#heldBytes === 0) this.#idle?.();
      this.#pump();
    }
  }

  /** One request's bad span must not cost the others theirs. */
  async #commitEach(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      try {
        this.#answer(entry, await this.#keep(this.#blocksOf([entry])));
      } catch (error) {
        this.#refuse(entry, error);
      }
    }
  }

  #answer(entry: Entry, how: "stored" | "spooled"): void {
    this.#counts[how] += entry.rows;
    entry.resolve(how);
  }

  #refuse(entry: Entry, error: unknown): void {
    if (isRefusal(error)) this.#counts.refused += entry.rows;
    entry.reject(error);
  }

  async #keep(blocks: readonly SpanBlock[]): Promise<"stored" | "spooled"> {
    if (this.#usesSpool()) return this.#spooled(blocks);
    const started = performance.now();
    try {
      await this.#writer.insert(blocks, this.#limits.ingest_deadline_seconds * 1000);
    } catch (error) {
      if (isRefusal(error) || this.#spool === undefined) throw error;
      this.#log("warn", "the store takes no spans, the spool does", { error: describeError(error) });
      return this.#spooled(blocks);
    }
    this.#times.add((performance.now() - started) / 1000);
    return "stored";
  }

  async #spooled(blocks: readonly SpanBlock[]): Promise<"spooled"> {
    await this.#spool?.append(blocks);
    this.#drain?.wake(true);
    return "spooled";
  }

  /** Requests that came encoded as they are, the small ones in between as one block. */
  #blocksOf(entries: readonly Entry[]): SpanBlock[] {
    const blocks = entries.flatMap(({ block }) => block ?? []);
    const small = entries.flatMap(({ spans }) => spans);
    if (small.length > 0) blocks.push(this.#writer.encode(small));
    return blocks;
  }
}

/** Whether the store looked at the rows and did not want them, as opposed to not being there. */
function isRefusal(error: unknown): boolean {
  return !(error instanceof CulpritError) || error.code === "store_failed";
}
