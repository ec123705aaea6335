import { CULPRIT } from "@culprit/schemas";
import { context, createContextKey, type Span } from "@opentelemetry/api";
import type { ReadableSpan, SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace-base";
import { readFailure } from "./export-failure.ts";
import { OpenSpans } from "./open-spans.ts";
import { RunSampler, type SampledOut } from "./run-sampler.ts";
import { estimate } from "./span-size.ts";
import { startedRecord } from "./started-record.ts";

/** The key by which the OpenTelemetry SDK knows that nothing below may be traced (`@opentelemetry/core`). */
const SUPPRESS_TRACING = createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

export interface SpanQueueOptions {
  /** Spans kept while they cannot be sent. Default 65,536. */
  maxSpans?: number;
  /** The same in bytes, estimated from the attributes. Default 64 MiB. */
  maxBytes?: number;
  /** Spans in one export. Default 512. */
  batchSpans?: number;
  /** Bytes in one export, estimated. Default 4 MiB. */
  batchBytes?: number;
  /** Longest wait of a span before it is sent. Default 1,000. */
  delayMs?: number;
  /**
   * A step that runs longer than this is announced while it runs, so that a process that is killed shows how far it
   * came; it takes up to twice as long. Default 100; `false` announces nothing.
   */
  announceMs?: number | false;
  /** Told once when spans are dropped for the first time, and once when sending fails for the first time. */
  warn?: (message: string) => void;
}

export interface QueueCounts {
  exported: number;
  /** Never sent: the queue was full, or the collector refused them for good. */
  dropped: number;
  /** Queued or on their way. */
  waiting: number;
  /** Left out by sampling. */
  sampled_out: SampledOut;
}

interface Entry {
  span: ReadableSpan;
  bytes: number;
  /** Set while the entry holds the record of a started step, and is in the queue rather than on its way. */
  replaceable?: boolean;
}

/** How often ended spans are forgotten where none are announced. */
const WEED_MS = 1000;
/** How often runs are looked for whose outcome nobody says. */
const EXPIRY_MS = 1000;
/** Steps that nobody ends must not pile up. */
const MOST_ANNOUNCED = 10_000;
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 15_000;

/**
 * Sends ended spans in batches bounded by count and bytes. A batch that could not be delivered goes back to the front
 * of the queue and is tried again later, so a collector that restarts loses nothing that still fits; what does not fit
 * is dropped, newest first, counted and warned about once. Ending a span never waits for the network.
 */
export class SpanQueue implements SpanProcessor {
  readonly #exporter: SpanExporter;
  readonly #options: Required<SpanQueueOptions>;
  readonly #sampler: RunSampler;
  readonly #samples: boolean;
  #expiry: NodeJS.Timeout | undefined;
  readonly #open: OpenSpans;
  /** Records of started steps that were queued, by their steps. */
  readonly #announced = new Map<object, Entry>();
  #queue: Entry[] = [];
  #bytes = 0;
  /** Spans of the export that is under way. */
  #inFlight = 0;
  #exported = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerMs = 0;
  #sending: Promise<boolean> | undefined;
  #backoffMs = 0;
  /** Spans in the next batch; less than the option after the collector found one too large. */
  #batchSpans: number;
  #closed = false;
  #warnedOfDrop = false;
  #warnedOfFailure = false;

  /** @param sampler decides which runs are sent; all of them without it */
  constructor(exporter: SpanExporter, options: SpanQueueOptions = {}, sampler: RunSampler = new RunSampler({})) {
    this.#exporter = exporter;
    this.#sampler = sampler;
    this.#samples = sampler.rate < 1;
    this.#options = {
      maxSpans: 65_536,
      maxBytes: 64 * 1024 * 1024,
      batchSpans: 512,
      batchBytes: 4 * 1024 * 1024,
      delayMs: 1000,
      announceMs: 100,
      warn: printWarning,
      ...options,
    };
    this.#batchSpans = this.#options.batchSpans;
    const { announceMs } = this.#options;
    this.#open =
      announceMs === false ? new OpenSpans(WEED_MS) : new OpenSpans(announceMs, (spans) => this.#announce(spans));
  }

  get counts(): QueueCounts {
    return {
      exported: this.#exported,
      dropped: this.#dropped,
      waiting: this.#queue.length + this.#inFlight,
      sampled_out: this.#sampler.sampledOut,
    };
  }

  onStart(span: Span): void {
    if (this.#closed) return;
    this.#open.add(span);
    if (this.#samples && (span as Span & Partial<ReadableSpan>).parentSpanContext === undefined) {
      span.setAttribute(CULPRIT.samplingRate, this.#sampler.rate);
      span.setAttribute(CULPRIT.samplingLeftOut, this.#sampler.sampledOut.runs);
    }
  }

  onEnd(span: ReadableSpan): void {
    if (this.#closed || (span.spanContext().traceFlags & 1) === 0) return;
    const bytes = estimate(span);
    if (!this.#samples) {
      this.#take(span, bytes);
      return;
    }
    for (const sent of this.#sampler.ended(span, bytes, performance.now())) {
      this.#take(sent, sent === span ? bytes : estimate(sent));
    }
    this.#waitForOutcomes();
  }

  /** An outcome that was said of a run after its end: it may be sent for that. */
  outcome(traceId: string, success: boolean): void {
    for (const span of this.#sampler.reported(traceId, success)) this.#take(span, estimate(span));
  }

  #waitForOutcomes(): void {
    if (this.#expiry !== undefined || !this.#sampler.waits) return;
    this.#expiry = setTimeout(() => {
      this.#expiry = undefined;
      this.#sampler.expire(performance.now());
      this.#waitForOutcomes();
    }, EXPIRY_MS);
    this.#expiry.unref();
  }

  #take(span: ReadableSpan, bytes: number): void {
    const announced = this.#announced.size === 0 ? undefined : this.#announced.get(span);
    if (announced !== undefined) this.#announced.delete(span);
    if (announced?.replaceable === true && this.#bytes - announced.bytes + bytes <= this.#options.maxBytes) {
      this.#bytes += bytes - announced.bytes;
      Object.assign(announced, { span, bytes, replaceable: false });
      return;
    }
    if (!this.#enqueue({ span, bytes })) {
      this.#drop(1, "its queue is full");
      return;
    }
    const full = this.#queue.length >= this.#options.batchSpans || this.#bytes >= this.#options.batchBytes;
    this.#schedule(full && this.#backoffMs === 0 ? 0 : Math.max(this.#options.delayMs, this.#backoffMs));
  }

  /** A record that finds no room is left out: it is no span, and the step's own may still come. */
  #announce(spans: readonly Span[]): void {
    for (const span of spans) {
      const record = this.#sampler.sends(span.spanContext().traceId) ? startedRecord(span) : undefined;
      if (record === undefined) continue;
      const entry: Entry = { span: record, bytes: estimate(record), replaceable: true };
      if (this.#announced.size < MOST_ANNOUNCED && this.#enqueue(entry)) this.#announced.set(span, entry);
    }
    if (this.#queue.length > 0) this.#schedule(this.#backoffMs);
  }

  #enqueue(entry: Entry): boolean {
    if (this.#queue.length >= this.#options.maxSpans || this.#bytes + entry.bytes > this.#options.maxBytes)
      return false;
    this.#queue.push(entry);
    this.#bytes += entry.bytes;
    return true;
  }

  /** Ends what is still running with an error, so that a crashed run shows how far it came. */
  abandonOpenSpans(end: (span: Span) => void): void {
    for (const span of this.#open.all()) end(span);
  }

  /** Sends what waits; stops at the first batch that does not get through. */
  async forceFlush(): Promise<void> {
    this.#stopTimer();
    await this.#sending;
    while (this.#queue.length > 0 && (await this.#sendBatch()));
    if (this.#queue.length > 0 && !this.#closed) this.#schedule(this.#backoffMs);
  }

  async shutdown(): Promise<void> {
    if (this.#closed) return;
    for (const span of this.#sampler.close()) this.#take(span, estimate(span));
    this.#closed = true;
    this.#open.close();
    clearTimeout(this.#expiry);
    await this.forceFlush();
    this.#drop(this.#queue.length, "the collector could not be reached before shutdown");
    this.#queue = [];
    this.#bytes = 0;
    await this.#exporter.shutdown();
  }

  #schedule(delayMs: number): void {
    // A timer costs more than a span: one that is soon enough stays.
    if (this.#sending !== undefined || this.#closed || (this.#timer !== undefined && this.#timerMs <= delayMs)) return;
    this.#stopTimer();
    if (delayMs === 0) {
      // Not by a timer: a program that waits for nothing but promises keeps timers waiting, and its spans in memory.
      void this.#drain();
      return;
    }
    this.#timerMs = delayMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#drain();
    }, delayMs);
    this.#timer.unref();
  }

  async #drain(): Promise<void> {
    const { batchSpans } = this.#options;
    if (!(await this.#sendBatch())) return this.#schedule(this.#backoffMs);
    if (this.#queue.length > 0) this.#schedule(this.#queue.length >= batchSpans ? 0 : this.#options.delayMs);
  }

  #sendBatch(): Promise<boolean> {
    this.#sending ??= this.#exportFirst().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #exportFirst(): Promise<boolean> {
    const batch = this.#takeBatch();
    if (batch.length === 0) return true;
    this.#inFlight = batch.length;
    const failure = await this.#export(batch);
    this.#inFlight = 0;
    if (failure === undefined) {
      this.#exported += batch.length;
      this.#backoffMs = 0;
      this.#batchSpans = Math.min(this.#options.batchSpans, this.#batchSpans * 2);
      return true;
    }
    const { kind, said } = readFailure(failure);
    if (kind === "too_large" && batch.length > 1) {
      this.#putBack(batch);
      this.#batchSpans = batch.length >> 1;
      return true;
    }
    if (kind === "passing") {
      this.#putBack(batch);
      this.#backoffMs = Math.min(LONGEST_BACKOFF_MS, this.#backoffMs * 2 || FIRST_BACKOFF_MS);
      this.#warnOfFailure(said);
      return false;
    }
    this.#drop(batch.length, `the collector refused them with ${said}`);
    return true;
  }

  #takeBatch(): Entry[] {
    const { batchBytes } = this.#options;
    const batchSpans = this.#batchSpans;
    let bytes = 0;
    let count = 0;
    for (const entry of this.#queue) {
      if (count === batchSpans || (count > 0 && bytes + entry.bytes > batchBytes)) break;
      bytes += entry.bytes;
      count += 1;
    }
    this.#bytes -= bytes;
    const batch = this.#queue.splice(0, count);
    // A step that ends while its record is on its way is a span of its own.
    for (const entry of batch) if (entry.replaceable) entry.replaceable = false;
    return batch;
  }

  #putBack(batch: Entry[]): void {
    this.#queue = [...batch, ...this.#queue];
    for (const { bytes } of batch) this.#bytes += bytes;
    let over = 0;
    while (this.#queue.length > this.#options.maxSpans || this.#bytes > this.#options.maxBytes) {
      const last = this.#queue.pop();
      if (last === undefined) break;
      this.#bytes -= last.bytes;
      over += 1;
    }
    this.#drop(over, "its queue is full");
  }

  #export(batch: Entry[]): Promise<unknown> {
    const spans = batch.map(({ span }) => span);
    return new Promise((resolve) => {
      try {
        context.with(context.active().setValue(SUPPRESS_TRACING, true), () => {
          this.#exporter.export(spans, ({ code, error }) => {
            resolve(code === 0 ? undefined : (error ?? new Error("The exporter gave no reason.")));
          });
        });
      } catch (error) {
        resolve(error);
      }
    });
  }

  #drop(count: number, why: string): void {
    if (count === 0) return;
    this.#dropped += count;
    if (this.#warnedOfDrop) return;
    this.#warnedOfDrop = true;
    this.#options.warn(`culprit: spans were dropped because ${why}. Further drops are counted, not printed.`);
  }

  #warnOfFailure(said: string): void {
    if (this.#warnedOfFailure) return;
    this.#warnedOfFailure = true;
    this.#options.warn(
      `culprit: spans cannot be delivered (${said}); they are kept and tried again, the program goes on.`,
    );
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** Where warnings go unless told otherwise. */
export function printWarning(message: string): void {
  console.error(message);
}
