import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { decodeTracesJson, decodeTracesProtobuf } from "@culprit/collector";
import { createClient, type Span } from "@culprit/schemas";
import { openEmbedded } from "@culprit/store";
import { traceIdOf } from "../load/ids.ts";
import { Random } from "../load/random.ts";
import { stamp } from "../load/stamp.ts";
import { SPANS_PER_RUN } from "../load/workload.ts";
import { startCollector, storedSpans } from "../systems/culprit.ts";
import { askEngine } from "../systems/engine-http.ts";
import { type Comparison, compare, type Entry, type Ledger } from "./ledger.ts";

const SAMPLED_RUNS = 60;
const DRAIN_LIMIT_MS = 120_000;

export interface Verification extends Comparison {
  /** Spans the API counts, less distinct spans in the store; anything but 0 is a span counted twice or not at all. */
  countedWrong: number;
  /** Runs read back through the API and compared span by span with what was sent. */
  sampledRuns: number;
  /** Of them, those that came back otherwise than sent: spans missing, doubled or changed. */
  sampledWrong: number;
}

/** Starts a collector over a data directory once more, lets it drain, and compares all that is stored with a ledger. */
export async function verify(data: string, ledger: Ledger, mostRuns: number): Promise<Verification> {
  const { child, url } = await startCollector(data);
  let counted: number;
  let sampledWrong = 0;
  const sample = sampleOf(ledger);
  try {
    counted = await drained(url, ledger.spans);
    for (const [entry, run] of sample) if (!(await isAsSent(url, entry, run))) sampledWrong++;
  } finally {
    await child.end();
  }
  const store = await openEmbedded(data);
  try {
    const rows = await askEngine(store.engine.url, "SELECT trace_id, span_id FROM spans FORMAT TSV");
    const comparison = compare(ledger, rows.trim() === "" ? [] : rows.trim().split("\n"), mostRuns);
    const distinct = comparison.acknowledged - comparison.missing + comparison.unacknowledged;
    return { ...comparison, countedWrong: counted - distinct, sampledRuns: sample.length, sampledWrong };
  } finally {
    await store.close();
  }
}

/** Waits until a collector that has just started holds what was acknowledged; the spool may take its time. */
async function drained(url: string, least: number): Promise<number> {
  const deadline = Date.now() + DRAIN_LIMIT_MS;
  for (let last = -1; ; await sleep(500)) {
    const counted = await storedSpans(url).catch(() => -1);
    if ((counted >= least && counted === last) || Date.now() > deadline) return counted;
    last = counted;
  }
}

function sampleOf(ledger: Ledger): [Entry, number][] {
  const random = new Random(ledger.entries.length);
  const count = Math.min(SAMPLED_RUNS, ledger.runs);
  return Array.from({ length: count }, () => {
    const entry = random.pick(ledger.entries);
    return [entry, entry.firstRun + random.below(entry.template.runs)];
  });
}

/** Whether the API shows a run span by span as it was sent. */
async function isAsSent(url: string, { firstRun, template }: Entry, run: number): Promise<boolean> {
  const body = stamp(template, firstRun, Buffer.alloc(template.bytes.length));
  const decoded = template.encoding === "json" ? decodeTracesJson(body.toString()) : decodeTracesProtobuf(body);
  const traceId = traceIdOf(run);
  const sent = decoded.spans.filter(({ trace_id }) => trace_id === traceId);
  const { spans } = await createClient({ baseUrl: url }).call("getSpans", { trace_id: traceId });
  if (sent.length !== SPANS_PER_RUN || spans.length !== sent.length) return false;
  const shown = new Map(spans.map((span) => [span.span_id, essence(span)]));
  return sent.every((span) => isDeepStrictEqual(shown.get(span.span_id), essence(span)));
}

/** What must come back as it was sent; what Culprit reads out of a span is not among it. */
function essence(span: Omit<Span, "project" | "reading">): unknown {
  const { parent_span_id, name, kind, start_time_unix_nano, end_time_unix_nano, status_code, scope_name } = span;
  const attributes = { ...span.attributes };
  const resource = { ...span.resource_attributes };
  return {
    parent_span_id,
    name,
    kind,
    start_time_unix_nano,
    end_time_unix_nano,
    status_code,
    scope_name,
    attributes,
    resource,
  };
}
