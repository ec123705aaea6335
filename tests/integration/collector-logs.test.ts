import { buildTrajectory } from "@culprit/analyzers";
import { ROOT_CONTEXT, TraceFlags, trace } from "@opentelemetry/api";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtobufExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { LoggerProvider, type LogRecordExporter, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jsonRequest, newIds, type Running, startCollector } from "./collector-harness.ts";

let running: Running;
beforeAll(async () => {
  running = await startCollector();
});
afterAll(() => running.close());

const JSON_HEADERS = { "content-type": "application/json" };

async function post(path: string, body: string): Promise<Response> {
  const response = await fetch(running.url + path, { method: "POST", body, headers: JSON_HEADERS });
  expect(response.status).toBe(200);
  return response;
}

/** A chat span as instrumentations send it that put what was said into log records: it says nothing of it itself. */
function chatSpan(ids: { traceId: string; spanId: string }): string {
  const attributes = [
    { key: "gen_ai.operation.name", value: { stringValue: "chat" } },
    { key: "gen_ai.agent.name", value: { stringValue: "Planner" } },
  ];
  return jsonRequest({ ...ids, name: "chat m", startTimeUnixNano: "1000", endTimeUnixNano: "2000", attributes });
}

function logRequest(...logRecords: Record<string, unknown>[]): string {
  return JSON.stringify({ resourceLogs: [{ scopeLogs: [{ scope: { name: "openai" }, logRecords }] }] });
}

const text = (value: string) => ({ stringValue: value });
const map = (fields: Record<string, unknown>) => ({
  kvlistValue: { values: Object.entries(fields).map(([key, value]) => ({ key, value })) },
});

/** One event of the older conventions: its name as attribute, its content as a structured body. */
function event(ids: { traceId: string; spanId: string }, name: string, body: unknown, at: string) {
  const attributes = [{ key: "event.name", value: text(name) }];
  return { ...ids, timeUnixNano: at, attributes, body };
}

function exchange(ids: { traceId: string; spanId: string }) {
  return [
    event(ids, "gen_ai.system.message", map({ content: text("Be short.") }), "1100"),
    event(ids, "gen_ai.user.message", map({ content: text("Sort a list") }), "1100"),
    event(ids, "gen_ai.choice", map({ message: map({ role: text("assistant"), content: text("sorted()") }) }), "1900"),
  ];
}

const said = [
  { role: "system", parts: [{ type: "text", content: "Be short." }] },
  { role: "user", parts: [{ type: "text", content: "Sort a list" }] },
];
const answered = [{ role: "assistant", parts: [{ type: "text", content: "sorted()" }] }];

async function readOne(traceId: string) {
  const spans = await running.store.readSpans("default", traceId);
  expect(spans).toHaveLength(1);
  return spans[0];
}

describe("content that arrives as log records is the span's", () => {
  test("logs after the span", async () => {
    const ids = newIds();
    await post("/v1/traces", chatSpan(ids));
    expect((await readOne(ids.traceId))?.reading).toMatchObject({ input: [], output: [] });
    await post("/v1/logs", logRequest(...exchange(ids)));
    const span = await readOne(ids.traceId);
    expect(span?.reading).toMatchObject({ operation: "chat", agent: "Planner", input: said, output: answered });
    expect(span?.events.map(({ name }) => name)).toEqual([
      "gen_ai.system.message",
      "gen_ai.user.message",
      "gen_ai.choice",
    ]);
  });

  test("logs before the span, whose trajectory has the content", async () => {
    const ids = newIds();
    await post("/v1/logs", logRequest(...exchange(ids)));
    expect(await running.store.readSpans("default", ids.traceId)).toEqual([]);
    await post("/v1/traces", chatSpan(ids));
    const { steps } = buildTrajectory(await running.store.readSpans("default", ids.traceId), undefined);
    expect(steps.find(({ agent }) => agent === "Planner")?.content).toContain("sorted()");
  });

  test("late logs touch the run, so that it is derived again", async () => {
    const ids = newIds();
    await post("/v1/traces", chatSpan(ids));
    const sinceMs = (await running.store.now()) + 1;
    const touched = async () =>
      (await running.store.touchedTraces({ sinceMs, shard: { index: 0, of: 1 }, limit: 1000 })).map(
        (one) => one.trace_id,
      );
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await touched()).not.toContain(ids.traceId);
    await post("/v1/logs", logRequest(...exchange(ids)));
    expect(await touched()).toContain(ids.traceId);
  });

  test("the one event of the current conventions, named by the record's own field", async () => {
    const ids = newIds();
    const messages = (role: string, content: string) =>
      text(JSON.stringify([{ role, parts: [{ type: "text", content }] }]));
    await post("/v1/traces", chatSpan(ids));
    const attributes = [
      { key: "gen_ai.input.messages", value: messages("user", "Sort a list") },
      { key: "gen_ai.output.messages", value: messages("assistant", "sorted()") },
    ];
    const eventName = "gen_ai.client.inference.operation.details";
    await post("/v1/logs", logRequest({ ...ids, timeUnixNano: "1900", eventName, attributes }));
    expect((await readOne(ids.traceId))?.reading).toMatchObject({ input: said.slice(1), output: answered });
  });

  test("a verdict on a span is read as the run's outcome", async () => {
    const ids = newIds();
    await post("/v1/traces", chatSpan(ids));
    const attributes = [
      { key: "gen_ai.evaluation.name", value: text("tests") },
      { key: "gen_ai.evaluation.score.label", value: text("fail") },
      { key: "gen_ai.evaluation.score.value", value: { doubleValue: 0 } },
      { key: "gen_ai.evaluation.explanation", value: text("2 of 3 failed") },
    ];
    await post(
      "/v1/logs",
      logRequest({ ...ids, timeUnixNano: "1900", eventName: "gen_ai.evaluation.result", attributes }),
    );
    const span = await readOne(ids.traceId);
    expect(span?.events).toMatchObject([{ name: "gen_ai.evaluation.result" }]);
    const { outcome } = buildTrajectory(span ? [span] : [], undefined);
    expect(outcome).toMatchObject({ outcome: "failure", by: "evaluator" });
  });

  test("a verdict that names no span, or one that is kept elsewhere, is on the run", async () => {
    for (const spanId of [undefined, "00000000deadbeef"]) {
      const ids = newIds();
      await post("/v1/traces", chatSpan(ids));
      const attributes = [{ key: "gen_ai.evaluation.score.label", value: text("fail") }];
      const record = { traceId: ids.traceId, timeUnixNano: "1900", eventName: "gen_ai.evaluation.result", attributes };
      await post("/v1/logs", logRequest(spanId === undefined ? record : { ...record, spanId }));
      const detail = await (await fetch(`${running.url}/api/v1/traces/${ids.traceId}`)).json();
      expect(detail).toMatchObject({ outcome: "failure", outcome_detail: { by: "evaluator" } });
    }
  });

  test("what a span says of itself stands", async () => {
    const ids = newIds();
    const attributes = [
      { key: "gen_ai.operation.name", value: text("chat") },
      {
        key: "gen_ai.output.messages",
        value: text('[{"role":"assistant","parts":[{"type":"text","content":"own"}]}]'),
      },
    ];
    await post("/v1/traces", jsonRequest({ ...ids, name: "chat m", attributes }));
    await post("/v1/logs", logRequest(...exchange(ids)));
    const span = await readOne(ids.traceId);
    expect(span?.reading.output).toEqual([{ role: "assistant", parts: [{ type: "text", content: "own" }] }]);
    expect(span?.reading.input).toEqual(said);
  });
});

describe("what is sent again", () => {
  test("is shown once, and two records that say the same in one request are two", async () => {
    const ids = newIds();
    const yes = event(ids, "gen_ai.user.message", map({ content: text("yes") }), "1100");
    const request = logRequest(yes, event(ids, "gen_ai.assistant.message", map({ content: text("ok") }), "1100"), yes);
    await post("/v1/traces", chatSpan(ids));
    for (let time = 0; time < 3; time++) await post("/v1/logs", request);
    const { events, reading } = (await readOne(ids.traceId)) ?? { events: [], reading: undefined };
    expect(events).toHaveLength(3);
    expect(reading?.input.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
  });
});

test("many exporters at once share inserts, and each is answered once its records are kept", async () => {
  const ids = newIds();
  await post("/v1/traces", chatSpan(ids));
  const said = Array.from({ length: 60 }, (_, index) => `message ${String(index).padStart(2, "0")}`);
  await Promise.all(
    said.map((content, index) =>
      post(
        "/v1/logs",
        logRequest(event(ids, "gen_ai.user.message", map({ content: text(content) }), String(1100 + index))),
      ),
    ),
  );
  const { reading } = (await readOne(ids.traceId)) ?? {};
  expect(reading?.input.map(({ parts }) => parts[0]?.content)).toEqual(said);
});

test("a store that can't take them: 503 with Retry-After, and nothing is acknowledged", async () => {
  const own = await startCollector();
  await own.store.close();
  const body = logRequest(...exchange(newIds()));
  const response = await fetch(`${own.url}/v1/logs`, { method: "POST", body, headers: JSON_HEADERS });
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "2"]);
  expect(own.collector.metrics.logsStored.value()).toBe(0);
  await own.close();
});

describe("records that can't be shown", () => {
  test("of no trace are refused, and the sender is told", async () => {
    const ids = newIds();
    const lost = { timeUnixNano: "1", body: text("an ordinary log line") };
    const good = event(ids, "gen_ai.user.message", map({ content: text("Sort a list") }), "1100");
    const response = await post("/v1/logs", logRequest(lost, good, { ...good, spanId: "12" }));
    expect(await response.json()).toEqual({
      partialSuccess: {
        rejectedLogRecords: "2",
        errorMessage: "Refused 2 log records: 1 with an invalid trace id, 1 with an invalid span id.",
      },
    });
    await post("/v1/traces", chatSpan(ids));
    expect((await readOne(ids.traceId))?.events).toHaveLength(1);
  });

  test("that are no event, or name no span, are kept and change nothing", async () => {
    const ids = newIds();
    await post("/v1/traces", chatSpan(ids));
    const { spanId: _spanId, ...ofTrace } = ids;
    const line = { ...ids, timeUnixNano: "1", body: text("an ordinary log line") };
    await post("/v1/logs", logRequest(line, { ...line, ...ofTrace, spanId: "", eventName: "gen_ai.choice" }));
    expect(await readOne(ids.traceId)).toMatchObject({ events: [], reading: { input: [], output: [] } });
  });

  test("hostile content stays content", async () => {
    const ids = newIds();
    await post("/v1/traces", chatSpan(ids));
    const body = map({ __proto__x: text("a"), content: text("'; DROP TABLE logs -- <script>\u0000\ufffd") });
    body.kvlistValue.values.push({ key: "__proto__", value: text("own") });
    await post("/v1/logs", logRequest(event(ids, "gen_ai.user.message", body, "1100")));
    const [read] = (await readOne(ids.traceId))?.events ?? [];
    expect(Object.getOwnPropertyDescriptor(read?.attributes, "__proto__")?.value).toBe("own");
    expect(read?.attributes["content"]).toBe("'; DROP TABLE logs -- <script>\u0000\ufffd");
  });
});

describe("the log exporters of the OpenTelemetry SDK for JavaScript", () => {
  const url = () => `${running.url}/v1/logs`;
  test.each<[string, () => LogRecordExporter]>([
    ["JSON", () => new OTLPLogExporter({ url: url() })],
    ["JSON, gzip", () => new OTLPLogExporter({ url: url(), compression: "gzip" as never })],
    ["protobuf", () => new ProtobufExporter({ url: url() })],
    ["protobuf, gzip", () => new ProtobufExporter({ url: url(), compression: "gzip" as never })],
  ])("%s: what it emitted inside a span is that span's content", async (_name, exporter) => {
    const ids = newIds();
    await post("/v1/traces", chatSpan(ids));
    const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: exporter() })] });
    const context = trace.setSpanContext(ROOT_CONTEXT, { ...ids, traceFlags: TraceFlags.SAMPLED });
    const logger = provider.getLogger("@opentelemetry/instrumentation-openai", "0.21.0");
    logger.emit({
      attributes: { "event.name": "gen_ai.user.message", "gen_ai.system": "openai" },
      body: { content: "Sort a list" },
      context,
    });
    logger.emit({
      eventName: "gen_ai.choice",
      body: { index: 0, finish_reason: "stop", message: { role: "assistant", content: "sorted()" } },
      context,
    });
    await provider.forceFlush();
    await provider.shutdown();
    expect((await readOne(ids.traceId))?.reading).toMatchObject({ input: said.slice(1), output: answered });
  });
});
