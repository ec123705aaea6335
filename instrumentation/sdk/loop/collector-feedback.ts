import { type Client, CulpritError, createClient, MOST_WAIT_SECONDS } from "@culprit/schemas";
import { flushSpans } from "../flush.ts";
import type { FeedbackSource } from "./loop.ts";

export interface CollectorFeedbackOptions {
  /** The collector; `CULPRIT_URL` or http://localhost:4318 when not given. */
  url?: string;
  /** `CULPRIT_API_KEY` when not given; it needs the scope `read`, and `ingest` to say which round was told (and for `onDemand`). */
  apiKey?: string;
  /** How long a run is waited for: to arrive, to settle and to be attributed. Default 60,000. */
  timeoutMs?: number;
  /** Pause before asking again where the collector was away or did not let this one wait. Default 500. */
  pollMs?: number;
  /** Asks for the attribution as soon as the run is whole instead of waiting for the analyzer to come by. */
  onDemand?: boolean;
}

/** Longest single wait: connections that are silent for longer are cut by some proxies. */
const WAIT_SECONDS = Math.min(25, MOST_WAIT_SECONDS);

/**
 * Asks a collector whom it blames for a failed run, and waits until it knows (long poll). A confirmed blame (by a person
 * or by replay) goes before a predicted one. Which round was told what is said back to the collector.
 *
 * The source throws `no_feedback` when nothing is known in time, with what stood in the way as its cause.
 */
export function collectorFeedback(options: CollectorFeedbackOptions = {}): FeedbackSource {
  const { timeoutMs = 60_000, pollMs = 500, onDemand = false } = options;
  const client = createClient({
    baseUrl: options.url ?? (process.env["CULPRIT_URL"] || "http://localhost:4318"),
    apiKey: options.apiKey ?? (process.env["CULPRIT_API_KEY"] || undefined),
  });
  const source: FeedbackSource = async ({ traceId, signal }) => {
    await flushSpans();
    let asked = !onDemand;
    let cause: unknown;
    for (const deadline = performance.now() + timeoutMs; performance.now() < deadline; ) {
      signal?.throwIfAborted();
      const left = (deadline - performance.now()) / 1000;
      try {
        const wait = asked ? Math.min(WAIT_SECONDS, Math.max(0, left)) : 0;
        const found = await client.call("getFeedback", { trace_id: traceId, wait }, { signal });
        if (found.state === "none") return null;
        if (found.state === "ready") {
          const { agent, step, reason, confidence } = found;
          return { agent, step, reason, confidence };
        }
        if (!asked) asked = await attributeNow(client, traceId);
        if (wait > 0 && asked) continue;
      } catch (error) {
        signal?.throwIfAborted();
        if (isFinal(error)) throw error;
        cause = error;
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(pollMs, Math.max(0, left * 1000))));
    }
    throw new CulpritError("no_feedback", `Run ${traceId} was not attributed within ${timeoutMs / 1000} s.`, {
      mend: "See that an analyzer runs (`culprit up`), or give a longer timeoutMs.",
      ...(cause === undefined ? {} : { cause }),
    });
  };
  source.applied = async ({ traceId, appliedIn, told, blame: { agent, step } }) => {
    await client.call("markApplied", {
      trace_id: traceId,
      body: { applied_in: appliedIn, told: [...told], agent, step },
    });
  };
  return source;
}

/** Whether the run was whole, so that it need not be asked for again. */
async function attributeNow(client: Client, traceId: string): Promise<boolean> {
  if (!(await client.call("getTrace", { trace_id: traceId, contents: "clipped" })).complete) return false;
  try {
    await client.call("attribute", { trace_id: traceId, body: {} });
  } catch (error) {
    // A collector whose analyzer is another process: that one comes by.
    if (!(error instanceof CulpritError && error.code === "no_attributor")) throw error;
  }
  return true;
}

/** Keys that are wrong stay wrong; a run that has not arrived and a collector that is away may still come. */
const FINAL = new Set(["unauthorized", "forbidden_scope", "forbidden_host", "contract_broken"]);

function isFinal(error: unknown): boolean {
  return error instanceof CulpritError && FINAL.has(error.code);
}
