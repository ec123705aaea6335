import { agent, culpritSpanProcessor, run, startTracing, type Tracing } from "@culprit/instrumentation";
import { context, ProxyTracerProvider, propagation, type TextMapPropagator, trace } from "@opentelemetry/api";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let theirs: InMemorySpanExporter;
let ours: InMemorySpanExporter;
let tracing: Tracing | undefined;
let stopTheirs: (() => Promise<void>) | undefined;
beforeEach(() => {
  theirs = new InMemorySpanExporter();
  ours = new InMemorySpanExporter();
});
afterEach(async () => {
  await tracing?.shutdown();
  await stopTheirs?.();
  tracing = undefined;
  stopTheirs = undefined;
  trace.disable();
  context.disable();
  propagation.disable();
});

const names = (exporter: InMemorySpanExporter) => exporter.getFinishedSpans().map(({ name }) => name);
const start = () => {
  tracing = startTracing({ exporter: keep(ours), exitHooks: false });
  return tracing;
};

/** What was sent stays readable after the exporter is shut down. */
function keep(exporter: InMemorySpanExporter): InMemorySpanExporter {
  exporter.shutdown = async () => undefined;
  return exporter;
}

/** A run with a span of somebody else's instrumentation inside, `name` telling runs apart. */
async function work(name: string): Promise<void> {
  await run({ task: "task", name }, () =>
    agent.scope("Solver", async () => {
      await Promise.resolve();
      trace.getTracer("http").startSpan(`GET /${name}`).end();
    }),
  );
}
const whole = (name: string) => [`GET /${name}`, "invoke_agent Solver", `invoke_workflow ${name}`];

function theirSdk(more: { textMapPropagator?: TextMapPropagator } = {}): NodeSDK {
  const processor = new SimpleSpanProcessor(keep(theirs));
  const sdk = new NodeSDK({
    spanProcessors: [processor],
    metricReaders: [],
    logRecordProcessors: [],
    autoDetectResources: false,
    ...more,
  });
  stopTheirs = () => sdk.shutdown();
  return sdk;
}

describe("an OpenTelemetry set-up that was there first", () => {
  it("a tracer provider of one's own: both get every span, and after our shutdown it goes on alone", async () => {
    const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(keep(theirs))] });
    provider.register();
    stopTheirs = () => provider.shutdown();
    start();
    await work("both");
    await tracing?.shutdown();
    await work("theirs");
    expect(names(ours)).toEqual(whole("both"));
    expect(names(theirs)).toEqual([...whole("both"), ...whole("theirs")]);
  });

  it("the Node SDK", async () => {
    theirSdk().start();
    start();
    await work("both");
    await tracing?.flush();
    expect(names(ours)).toEqual(whole("both"));
    expect(names(theirs)).toEqual(whole("both"));
  });

  it("one that cannot be joined is named, with what to do", () => {
    const none = new ProxyTracerProvider().getTracer("none");
    trace.setGlobalTracerProvider({ getTracer: () => none });
    expect(() => startTracing({ exitHooks: false })).toThrow(/cannot be joined/);
  });

  it("that adds our processor by itself needs no start of ours", async () => {
    const provider = new NodeTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(keep(theirs)), culpritSpanProcessor({ exporter: keep(ours) })],
    });
    provider.register();
    stopTheirs = () => provider.shutdown();
    await work("both");
    await provider.forceFlush();
    expect(names(ours)).toEqual(whole("both"));
  });
});

describe("an OpenTelemetry set-up that comes after ours", () => {
  it("the Node SDK has its spans, its propagator, and we have ours; a run that is under way stays whole", async () => {
    start();
    const mine: TextMapPropagator = {
      inject: (_context, carrier, setter) => setter.set(carrier, "x-mine", "1"),
      extract: (given) => given,
      fields: () => ["x-mine"],
    };
    await run({ task: "task", name: "across" }, async () => {
      theirSdk({ textMapPropagator: mine }).start();
      await agent.scope("Solver", async () => undefined);
    });
    await work("both");
    await tracing?.flush();
    expect(names(theirs)).toEqual(["invoke_agent Solver", ...whole("both")]);
    expect(names(ours)).toEqual(["invoke_agent Solver", "invoke_workflow across", ...whole("both")]);
    const [solver, across] = ours.getFinishedSpans();
    expect(solver?.parentSpanContext?.spanId).toBe(across?.spanContext().spanId);
    const carrier: Record<string, string> = {};
    propagation.inject(context.active(), carrier);
    expect(carrier).toEqual({ "x-mine": "1" });
  });

  it("keeps working after our shutdown, and ours can start again beside it", async () => {
    start();
    theirSdk().start();
    await tracing?.shutdown();
    await work("theirs");
    start();
    await work("both");
    await tracing?.flush();
    expect(names(theirs)).toEqual([...whole("theirs"), ...whole("both")]);
    expect(names(ours)).toEqual(whole("both"));
  });

  it("may be a tracer provider that registers itself", async () => {
    start();
    const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(keep(theirs))] });
    provider.register();
    stopTheirs = () => provider.shutdown();
    await work("both");
    await tracing?.flush();
    expect(names(ours)).toEqual(whole("both"));
    expect(names(theirs)).toEqual(whole("both"));
  });

  it("that cannot be joined takes the place, and we say what to do", async () => {
    const warnings: string[] = [];
    tracing = startTracing({
      exporter: keep(ours),
      exitHooks: false,
      queue: { warn: (message) => warnings.push(message) },
    });
    const none = new ProxyTracerProvider().getTracer("none");
    expect(trace.setGlobalTracerProvider({ getTracer: () => none })).toBe(true);
    expect(warnings.join()).toContain("culpritSpanProcessor()");
  });
});
