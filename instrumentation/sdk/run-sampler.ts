import { CULPRIT, CulpritError, GEN_AI } from "@culprit/schemas";
import { SpanStatusCode } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";

export interface SamplingOptions {
  /**
   * Share of runs that is kept whatever their outcome, from 0 to 1, chosen by trace id. Of the others the failed ones
   * are kept. Default `CULPRIT_SAMPLE_RATE`, else 1.
   */
  rate?: number;
  /** How long a run whose outcome nobody said waits for `reportOutcome` after its end. Default 30,000. */
  holdMs?: number;
  /** Bytes of spans held while it is not known whether their run is kept. What does not fit is kept. Default 64 MiB. */
  maxBytes?: number;
}

export interface SampledOut {
  runs: number;
  spans: number;
}

type Verdict = "failure" | "success" | "unknown";

interface Held {
  spans: ReadableSpan[];
  bytes: number;
  /** What its spans said of it so far. */
  verdict: Verdict;
  /** When its root ended, in milliseconds of the caller's clock. */
  endedAt: number | undefined;
}

/** Runs whose fate is remembered for spans that come late. */
const MOST_REMEMBERED = 10_000;
/** The digits of a trace id that are random in every generator, and their range. */
const DIGITS = 13;
const RANGE = 16 ** DIGITS;

const NOTHING: readonly ReadableSpan[] = [];

/**
 * Which runs are sent. A share of them, chosen by trace id and so alike in every process, goes straight through. The
 * spans of the others are held until the outcome of their run is known: failed runs are sent whole, the rest is left
 * out and counted. A run that cannot be held any longer without knowing is sent. Told what happens and when, it gives
 * the spans to be sent now; it has no clock and no timers of its own.
 */
export class RunSampler {
  readonly rate: number;
  readonly #holdMs: number;
  readonly #maxBytes: number;
  readonly #held = new Map<string, Held>();
  #bytes = 0;
  /** Runs decided before their last span: `true` is sent. */
  readonly #decided = new Map<string, boolean>();
  readonly #sampledOut: SampledOut = { runs: 0, spans: 0 };

  /** @throws CulpritError `bad_sampling` for a rate that is no share */
  constructor({ rate = 1, holdMs = 30_000, maxBytes = 64 * 1024 * 1024 }: SamplingOptions) {
    if (!(rate >= 0 && rate <= 1)) {
      throw new CulpritError("bad_sampling", `A sampling rate of ${rate} is no share.`, {
        mend: "Give a number from 0 to 1, such as 0.1 for a tenth of the runs.",
      });
    }
    this.rate = rate;
    this.#holdMs = holdMs;
    this.#maxBytes = maxBytes;
  }

  get sampledOut(): SampledOut {
    return { ...this.#sampledOut };
  }

  /** Whether runs are waiting for their outcome. */
  get waits(): boolean {
    return this.#held.size > 0;
  }

  /** Whether it is certain already that a trace is sent. */
  sends(traceId: string): boolean {
    return Number.parseInt(traceId.slice(-DIGITS), 16) < this.rate * RANGE || this.#decided.get(traceId) === true;
  }

  /** A span ended; the spans to be sent now. */
  ended(span: ReadableSpan, bytes: number, now: number): readonly ReadableSpan[] {
    const { traceId } = span.spanContext();
    if (this.sends(traceId)) return [span];
    if (this.#decided.get(traceId) === false) {
      this.#sampledOut.spans += 1;
      return NOTHING;
    }
    const held = this.#held.get(traceId) ?? { spans: [], bytes: 0, verdict: "unknown", endedAt: undefined };
    this.#held.set(traceId, held);
    held.spans.push(span);
    held.bytes += bytes;
    this.#bytes += bytes;
    held.verdict = together(held.verdict, verdictOf(span));
    if (isRoot(span)) {
      held.endedAt = now;
      if (held.verdict === "failure") return this.#decide(traceId, true);
      if (held.verdict === "success") return this.#decide(traceId, false);
    }
    return this.#bytes > this.#maxBytes ? this.#makeRoom() : NOTHING;
  }

  /** Somebody said how a run ended after its end. */
  reported(traceId: string, success: boolean): readonly ReadableSpan[] {
    const held = this.#held.get(traceId);
    if (held === undefined) return NOTHING;
    if (held.endedAt !== undefined) return this.#decide(traceId, !success);
    held.verdict = success ? "success" : "failure";
    return NOTHING;
  }

  /** Gives up on runs whose outcome nobody said in time. */
  expire(now: number): void {
    for (const [traceId, { endedAt }] of this.#held) {
      if (endedAt !== undefined && now - endedAt >= this.#holdMs) this.#decide(traceId, false);
    }
  }

  /** Nothing more will be known: ended runs are left out, runs cut off in the middle are sent. */
  close(): readonly ReadableSpan[] {
    return [...this.#held].flatMap(([traceId, { endedAt }]) => this.#decide(traceId, endedAt === undefined));
  }

  #decide(traceId: string, send: boolean): readonly ReadableSpan[] {
    const held = this.#held.get(traceId);
    if (held === undefined) return NOTHING;
    this.#held.delete(traceId);
    this.#bytes -= held.bytes;
    this.#decided.set(traceId, send);
    if (this.#decided.size > MOST_REMEMBERED) {
      for (const oldest of this.#decided.keys()) {
        this.#decided.delete(oldest);
        break;
      }
    }
    if (send) return held.spans;
    this.#sampledOut.runs += 1;
    this.#sampledOut.spans += held.spans.length;
    return NOTHING;
  }

  /** Whatever has been held longest is sent, until the rest fits. */
  #makeRoom(): readonly ReadableSpan[] {
    const sent: ReadableSpan[] = [];
    for (const traceId of [...this.#held.keys()]) {
      if (this.#bytes <= this.#maxBytes) break;
      sent.push(...this.#decide(traceId, true));
    }
    return sent;
  }
}

function isRoot({ parentSpanContext }: ReadableSpan): boolean {
  return parentSpanContext === undefined || parentSpanContext.isRemote === true;
}

/** One word of failure is enough. */
function together(sofar: Verdict, own: Verdict): Verdict {
  return own === "unknown" ? sofar : sofar === "failure" ? "failure" : own;
}

const FAILED = /^(?:fail(?:ed|ure)?|incorrect|error|false)$/i;
const SUCCEEDED = /^(?:pass(?:ed)?|succe(?:ss|eded)|correct|true)$/i;

/** What a span says of its run's outcome, as the reader of trajectories would take it, or more gravely. */
function verdictOf(span: ReadableSpan): Verdict {
  const own = wordOf(span.attributes[CULPRIT.outcome]);
  if (own !== "unknown") return own;
  const events = span.events.filter(({ name }) => name === GEN_AI.evaluationResultEvent);
  const said = events.map(({ attributes }) => wordOf(attributes?.[GEN_AI.evaluationScoreLabel]));
  if (said.includes("failure")) return "failure";
  if (isRoot(span) && span.status.code === SpanStatusCode.ERROR) return "failure";
  return isRoot(span) && said.includes("success") ? "success" : "unknown";
}

function wordOf(word: unknown): Verdict {
  const text = String(word ?? "").trim();
  return FAILED.test(text) ? "failure" : SUCCEEDED.test(text) ? "success" : "unknown";
}
