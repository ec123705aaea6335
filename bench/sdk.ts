// What a step costs that our wrappers record, beside the same step in bare OpenTelemetry spans with the same attributes.
import { isDeepStrictEqual } from "node:util";
import { startTracing } from "@culprit/instrumentation";
import { type ProxyTracerProvider, trace } from "@opentelemetry/api";
import {
  type BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import { number, table } from "./measure/table.ts";
import { type Cost, measure } from "./sdk/measure.ts";
import { type Comparison, comparisons } from "./sdk/steps.ts";

const ROUNDS = 60;
const MOST = 1.3;

/** Where spans end; the last one is looked at once. */
function nowhere(): SpanExporter & { last: ReadableSpan | undefined } {
  return {
    last: undefined,
    export(spans, done) {
      this.last = spans.at(-1);
      done({ code: 0 });
    },
    shutdown: async () => undefined,
  };
}

if (globalThis.gc === undefined) throw new Error("Run this with --expose-gc.");
const [ours, theirs] = [nowhere(), nowhere()];
const tracing = startTracing({ exporter: ours, exitHooks: false });
// Queue and batch as large as ours, so that neither has less to do.
const batches = new BatchSpanProcessor(theirs, { maxQueueSize: 65_536, scheduledDelayMillis: 1000 });
// The very SDK that ours runs on: npm may have installed others beside it.
const { constructor: Provider } = (trace.getTracerProvider() as ProxyTracerProvider).getDelegate();
const provider = new (Provider as typeof BasicTracerProvider)({ spanProcessors: [batches] });
const drained = async () => {
  await Promise.all([tracing.flush(), provider.forceFlush()]);
};

async function checkAlike({ name, bare, wrapped }: Comparison): Promise<void> {
  await wrapped();
  await bare();
  await drained();
  const [own, other] = [ours, theirs].map(({ last }) => ({ name: last?.name, kind: last?.kind, ...last?.attributes }));
  if (isDeepStrictEqual(own, other)) return;
  throw new Error(`${name}: the two record different things:\n${JSON.stringify([own, other], null, 2)}`);
}

const rows: string[][] = [];
let worst = 0;
for (const comparison of comparisons(provider.getTracer("bench"))) {
  await checkAlike(comparison);
  const { untraced, bare, wrapped } = await measure(comparison, ROUNDS, drained);
  const added = (key: keyof Cost) => [bare[key] - untraced[key], wrapped[key] - untraced[key]] as const;
  const [bareMicros, ownMicros] = added("micros");
  const [bareBytes, ownBytes] = added("bytes");
  worst = Math.max(worst, ownMicros / bareMicros, ownBytes / bareBytes);
  rows.push([
    comparison.name,
    number(bareMicros),
    number(ownMicros),
    number(ownMicros / bareMicros, 2),
    number(bareBytes, 0),
    number(ownBytes, 0),
    number(ownBytes / bareBytes, 2),
  ]);
}
await tracing.shutdown();
await provider.shutdown();
const head = [
  "step",
  "bare, added µs",
  "culprit, added µs",
  "ratio",
  "bare, added bytes",
  "culprit, added bytes",
  "ratio",
];
process.stdout.write(`${table(head, rows)}\n\nLargest ratio ${number(worst, 2)}, of ${MOST} allowed.\n`);
process.exitCode = worst > MOST ? 1 : 0;
