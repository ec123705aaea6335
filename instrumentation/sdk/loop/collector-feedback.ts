import { type Client, CulpritError, createClient, hasBlame, type TraceDetail } from "@culprit/schemas";
import { flushSpans } from "../flush.ts";
import type { FeedbackSource } from "./loop.ts";
import type { Blame } from "./untrusted.ts";

export interface CollectorFeedbackOptions {
  /** The collector; `CULPRIT_URL` or http://localhost:4318 when not given. */
  url?: string;
  /** `CULPRIT_API_KEY` when not given; it needs the scope `read`, and for `onDemand` also `ingest`. */
  apiKey?: string;
  /** How long a run is waited for: to arrive, to settle and to be attributed. Default 60,000. */
  timeoutMs?: number;
  /** Default 500. */
  pollMs?: number;
  /** Asks for the attribution as soon as the run is whole instead of waiting for the analyzer to come by. */
  onDemand?: boolean;
}

/** The statuses after which the same strategy may still answer. */
const PASSING = new Set(["tracer_unavailable"]);

/**
 * Asks a collector whom it blames for a failed run, and waits until it knows. A confirmed blame (by a person or by
 * replay) goes before a predicted one.
 *
 * The source throws `no_feedback` when nothing is known in time, with what stood in the way as its cause.
 */
export function collectorFeedback(options: CollectorFeedbackOptions = {}): FeedbackSource {
  const { timeoutMs = 60_000, pollMs = 500, onDemand = false } = options;
  const client = createClient({
    baseUrl: options.url ?? (process.env["CULPRIT_URL"] || "http://localhost:4318"),
    apiKey: options.apiKey ?? (process.env["CULPRIT_API_KEY"] || undefined),
  });
  return async ({ traceId, signal }) => {
    await flushSpans();
    let asked = false;
    let cause: unknown;
    for (const deadline = performance.now() + timeoutMs; performance.now() < deadline; ) {
      signal?.throwIfAborted();
      try {
        const detail = await client.call("getTrace", { trace_id: traceId });
        const found = blameOf(detail);
        if (found !== undefined) return found;
        if (onDemand && !asked && detail.complete) {
          await attributeNow(client, traceId);
          asked = true;
          continue;
        }
      } catch (error) {
        if (isFinal(error)) throw error;
        cause = error;
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    throw new CulpritError("no_feedback", `Run ${traceId} was not attributed within ${timeoutMs / 1000} s.`, {
      mend: "See that an analyzer runs (`culprit up`), or give a longer timeoutMs.",
      ...(cause === undefined ? {} : { cause }),
    });
  };
}

/** Whom a run is blamed on; null when everybody who was asked declined, undefined when nobody answered yet. */
function blameOf({ summary, attributions }: TraceDetail): Blame | null | undefined {
  if (summary !== null && summary.status !== "none" && summary.status !== "refuted") {
    const { blamed_agent: agent, blamed_step: step, reason, confidence } = summary;
    if (agent !== null) return { agent, step, reason, confidence };
  }
  const predicted = attributions.find(hasBlame);
  if (predicted !== undefined) {
    const { agent, step, reason, confidence } = predicted;
    return { agent, step, reason, confidence };
  }
  const answered = attributions.filter(({ status }) => !PASSING.has(status));
  return answered.length > 0 ? null : undefined;
}

async function attributeNow(client: Client, traceId: string): Promise<void> {
  try {
    await client.call("attribute", { trace_id: traceId, body: {} });
  } catch (error) {
    // A collector whose analyzer is another process: that one comes by.
    if (!(error instanceof CulpritError && error.code === "no_attributor")) throw error;
  }
}

/** Keys that are wrong stay wrong; a run that has not arrived and a collector that is away may still come. */
const FINAL = new Set(["unauthorized", "forbidden_scope", "forbidden_host", "contract_broken"]);

function isFinal(error: unknown): boolean {
  return error instanceof CulpritError && FINAL.has(error.code);
}
