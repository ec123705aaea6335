import { agent, run, startTracing, type Tracing } from "@culprit/instrumentation";
import { context, trace } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { afterEach, describe, expect, it } from "vitest";

let tracing: Tracing | undefined;
afterEach(async () => {
  await tracing?.shutdown();
  tracing = undefined;
  trace.disable();
  context.disable();
});

/** An exporter that answers as it is told, and counts. */
function exporter(answer: (batch: ReadableSpan[]) => { code: number; error?: Error }) {
  const batches: ReadableSpan[][] = [];
  return {
    batches,
    delivered: (): number => batches.reduce((sum, batch) => sum + batch.length, 0),
    export(spans: ReadableSpan[], done: (result: { code: number; error?: Error }) => void): void {
      const result = answer(spans);
      if (result.code === 0) batches.push(spans);
      setTimeout(() => done(result), 1);
    },
    shutdown: async () => undefined,
  };
}

const refused = (status: number) => ({
  code: 1,
  error: Object.assign(new Error(`status ${status}`), { code: status }),
});

function burst(count: number): void {
  for (let n = 0; n < count; n++) agent.scope("Burst", () => n);
}

describe("the span queue", () => {
  it("loses none of a burst of 10,000 spans", async () => {
    const sink = exporter(() => ({ code: 0 }));
    tracing = startTracing({ exporter: sink, exitHooks: false });
    burst(10_000);
    await tracing.flush();
    expect(sink.delivered()).toBe(10_000);
    expect(tracing.counts).toMatchObject({ exported: 10_000, dropped: 0, waiting: 0 });
    expect(Math.max(...sink.batches.map((batch) => batch.length))).toBeLessThanOrEqual(512);
  });

  it("bounds a batch by its bytes", async () => {
    const sink = exporter(() => ({ code: 0 }));
    tracing = startTracing({ exporter: sink, exitHooks: false, queue: { batchBytes: 10_000, delayMs: 60_000 } });
    for (let n = 0; n < 10; n++) agent.scope("Writer", () => "x".repeat(4000));
    await tracing.flush();
    expect(sink.batches.map((batch) => batch.length)).toEqual([2, 2, 2, 2, 2]);
  });

  it("drops what does not fit, counts it and warns once", async () => {
    const warnings: string[] = [];
    const sink = exporter(() => ({ code: 0 }));
    const warn = (message: string) => warnings.push(message);
    tracing = startTracing({ exporter: sink, exitHooks: false, queue: { maxSpans: 100, delayMs: 60_000, warn } });
    burst(150);
    await tracing.flush();
    expect(tracing.counts).toMatchObject({ exported: 100, dropped: 50, waiting: 0 });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("queue is full");
  });

  it("keeps the queue within its bytes", async () => {
    const sink = exporter(() => ({ code: 0 }));
    const warn = () => undefined;
    tracing = startTracing({ exporter: sink, exitHooks: false, queue: { maxBytes: 20_000, delayMs: 60_000, warn } });
    for (let n = 0; n < 10; n++) agent.scope("Writer", () => "x".repeat(4000));
    expect(tracing.counts).toMatchObject({ waiting: 4, dropped: 6 });
  });

  it("keeps a batch the collector had no room for and delivers it later, each span once", async () => {
    const warnings: string[] = [];
    let up = false;
    const sink = exporter(() => (up ? { code: 0 } : refused(503)));
    const warn = (message: string) => warnings.push(message);
    tracing = startTracing({ exporter: sink, exitHooks: false, queue: { warn } });
    burst(600);
    await tracing.flush();
    expect(tracing.counts).toMatchObject({ exported: 0, dropped: 0, waiting: 600 });
    up = true;
    await tracing.flush();
    const ids = sink.batches.flat().map((span) => span.spanContext().spanId);
    expect(new Set(ids).size).toBe(600);
    expect(ids).toHaveLength(600);
    expect(warnings).toHaveLength(1);
  });

  it("does not send again what the collector refused for good", async () => {
    const warnings: string[] = [];
    let asked = 0;
    const sink = exporter(() => {
      asked += 1;
      return refused(401);
    });
    const warn = (message: string) => warnings.push(message);
    tracing = startTracing({ exporter: sink, exitHooks: false, queue: { warn } });
    burst(3);
    await tracing.flush();
    await tracing.flush();
    expect(asked).toBe(1);
    expect(tracing.counts).toMatchObject({ exported: 0, dropped: 3, waiting: 0 });
    expect(warnings[0]).toContain("401");
  });

  it("halves a batch that is too large for the collector until it fits, and loses only what never fits", async () => {
    const sink = exporter((batch) =>
      batch.length > 3 || batch.some((span) => span.name.includes("Huge")) ? refused(413) : { code: 0 },
    );
    tracing = startTracing({ exporter: sink, exitHooks: false, queue: { warn: () => undefined } });
    burst(5);
    agent.scope("Huge", () => 0);
    burst(5);
    await tracing.flush();
    expect(sink.delivered()).toBe(10);
    expect(tracing.counts).toMatchObject({ exported: 10, dropped: 1, waiting: 0 });
  });

  it("gives up waiting at the deadline", async () => {
    const stuck = { export: () => undefined, shutdown: async () => undefined };
    tracing = startTracing({ exporter: stuck, exitHooks: false, deadlineMs: 50 });
    burst(1);
    const before = performance.now();
    await tracing.flush();
    await tracing.shutdown();
    expect(performance.now() - before).toBeLessThan(2000);
  });

  it("exports without tracing the export", async () => {
    const sink = exporter(() => {
      trace.getTracer("http").startSpan("POST /v1/traces").end();
      return { code: 0 };
    });
    tracing = startTracing({ exporter: sink, exitHooks: false });
    burst(1);
    await tracing.flush();
    await tracing.flush();
    expect(sink.batches.flat().map((span) => span.name)).toEqual(["invoke_agent Burst"]);
  });

  it("keeps many and long attributes", async () => {
    const sink = exporter(() => ({ code: 0 }));
    tracing = startTracing({ exporter: sink, exitHooks: false });
    const attributes = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`key.${n}`, "v".repeat(1000)]));
    trace.getTracer("host").startSpan("wide", { attributes }).end();
    await tracing.flush();
    const [span] = sink.batches.flat();
    expect(Object.keys(span?.attributes ?? {})).toHaveLength(500);
    expect(span?.droppedAttributesCount).toBe(0);
  });
});

describe("a step that runs for a while", () => {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const named = (sink: ReturnType<typeof exporter>) =>
    sink.batches.flat().map((span) => [span.name, span.attributes["culprit.started"] === true]);

  it("is announced while it runs, as a child of its span that links the step around it, and sent when it ends", async () => {
    const sink = exporter(() => ({ code: 0 }));
    tracing = startTracing({ exporter: sink, exitHooks: false, queue: { delayMs: 60_000, announceMs: 20 } });
    const traced = run("task", () => agent.scope("Sleeper", () => pause(150), { input: "sleep" }));
    await pause(100);
    expect(named(sink)).toEqual([
      ["invoke_workflow run", true],
      ["invoke_agent Sleeper", true],
    ]);
    await traced;
    await tracing.flush();
    const [, record, sleeper, root] = sink.batches.flat();
    expect(named(sink).slice(2)).toEqual([
      ["invoke_agent Sleeper", false],
      ["invoke_workflow run", false],
    ]);
    expect(record?.parentSpanContext?.spanId).toBe(sleeper?.spanContext().spanId);
    expect(record?.spanContext().traceId).toBe(root?.spanContext().traceId);
    expect(record?.links.map((link) => link.context.spanId)).toEqual([root?.spanContext().spanId]);
    expect(record?.attributes).toMatchObject({ "culprit.input": "sleep", "gen_ai.agent.name": "Sleeper" });
    expect([record?.startTime, record?.endTime]).toEqual([sleeper?.startTime, sleeper?.startTime]);
  });

  it("is not announced when it ends soon, is no step, or announcing is off", async () => {
    const sink = exporter(() => ({ code: 0 }));
    tracing = startTracing({ exporter: sink, exitHooks: false, queue: { announceMs: 20 } });
    burst(3);
    const other = trace.getTracer("host").startSpan("GET /");
    await pause(80);
    other.end();
    await tracing.shutdown();
    expect(named(sink).filter(([, started]) => started)).toEqual([]);
    tracing = startTracing({ exporter: sink, exitHooks: false, queue: { announceMs: false } });
    await agent.scope("Sleeper", () => pause(80));
    await tracing.flush();
    expect(named(sink).filter(([, started]) => started)).toEqual([]);
  });

  it("is sent once, as its span, when its announcement still waits for a collector", async () => {
    let up = false;
    const sink = exporter(() => (up ? { code: 0 } : refused(503)));
    const warn = () => undefined;
    tracing = startTracing({ exporter: sink, exitHooks: false, queue: { announceMs: 10, warn } });
    await agent.scope("Early", () => pause(60));
    up = true;
    await agent.scope("Late", () => pause(60));
    await tracing.flush();
    expect(named(sink).filter(([name]) => name === "invoke_agent Late")).toEqual([["invoke_agent Late", false]]);
    expect(tracing.counts.waiting).toBe(0);
  });
});
