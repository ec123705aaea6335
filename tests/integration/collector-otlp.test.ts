import { connect } from "node:net";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { createCollector, serve } from "@culprit/collector";
import { ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeMessage, encodeRequest } from "../unit/collector/otlp-messages.ts";
import { jsonRequest, newIds, type Running, startCollector } from "./collector-harness.ts";

let running: Running;
beforeAll(async () => {
  running = await startCollector({ max_body_bytes: 200_000 });
});
afterAll(() => running.close());

type Body = NonNullable<RequestInit["body"]>;

const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json";

function post(body: Body, headers: Record<string, string>, path = "/v1/traces"): Promise<Response> {
  return fetch(`${running.url}${path}`, { method: "POST", body, headers });
}

function bodies(more: Record<string, unknown> = {}) {
  const { traceId, spanId } = newIds();
  const span = { name: "chat m", ...more };
  const protobuf = encodeRequest({
    resourceSpans: [
      {
        scopeSpans: [
          { spans: [{ ...span, traceId: Buffer.from(traceId, "hex"), spanId: Buffer.from(spanId, "hex") }] },
        ],
      },
    ],
  });
  return { traceId, spanId, protobuf, json: jsonRequest({ ...span, traceId, spanId }) };
}

/** `google.rpc.Status` of an answer, in whichever encoding it came. */
async function statusOf(response: Response): Promise<Record<string, unknown>> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  return response.headers.get("content-type") === PROTOBUF
    ? decodeMessage("RpcStatus", bytes)
    : JSON.parse(Buffer.from(bytes).toString());
}

describe("the exporters of the OpenTelemetry SDK for JavaScript", () => {
  test.each<[string, (url: string) => SpanExporter]>([
    ["JSON", (url) => new OTLPTraceExporter({ url })],
    ["JSON, gzip", (url) => new OTLPTraceExporter({ url, compression: "gzip" as never })],
    ["protobuf", (url) => new ProtobufExporter({ url })],
    ["protobuf, gzip", (url) => new ProtobufExporter({ url, compression: "gzip" as never })],
  ])("%s: what it sent is stored when it is told so", async (_name, exporter) => {
    const provider = new BasicTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(exporter(`${running.url}/v1/traces`))],
    });
    const tracer = provider.getTracer("@culprit/instrumentation", "0.1.0");
    const root = tracer.startSpan("invoke_workflow sort", {
      attributes: {
        "gen_ai.operation.name": "invoke_workflow",
        "culprit.task": "Sort a list",
        big: 2 ** 40,
        ratio: 0.5,
      },
    });
    const child = tracer.startSpan(
      "chat m",
      {
        kind: SpanKind.CLIENT,
        attributes: {
          "gen_ai.operation.name": "chat",
          "gen_ai.agent.name": "Planner",
          "gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"text","content":"a plan"}]}]',
        },
      },
      trace.setSpan(ROOT_CONTEXT, root),
    );
    child.addEvent("noted", { n: 1 });
    child.setStatus({ code: 2, message: "refused" });
    child.end();
    root.end();
    await provider.forceFlush();

    const { traceId } = root.spanContext();
    const spans = await running.store.readSpans("default", traceId);
    expect(spans.map((span) => span.name).sort()).toEqual(["chat m", "invoke_workflow sort"]);
    const chat = spans.find((span) => span.name === "chat m");
    expect(chat).toMatchObject({
      parent_span_id: root.spanContext().spanId,
      kind: "client",
      status_code: "error",
      status_message: "refused",
      scope_name: "@culprit/instrumentation",
      events: [{ name: "noted", attributes: { n: 1 } }],
      reading: { dialect: "genai", operation: "chat", agent: "Planner" },
    });
    const workflow = spans.find((span) => span.name !== "chat m");
    expect(workflow?.attributes).toMatchObject({ big: 2 ** 40, ratio: 0.5, "culprit.task": "Sort a list" });
    expect(workflow?.resource_attributes).toHaveProperty(["telemetry.sdk.language"], "nodejs");
  });
});

describe("encodings", () => {
  const compressions: [string, Record<string, string>, (bytes: Uint8Array) => Uint8Array][] = [
    ["none", {}, (bytes) => bytes],
    ["identity", { "content-encoding": "identity" }, (bytes) => bytes],
    ["gzip", { "content-encoding": "gzip" }, gzipSync],
    ["GZIP", { "content-encoding": "GZIP" }, gzipSync],
    ["deflate", { "content-encoding": "deflate" }, deflateSync],
    ["bare deflate", { "content-encoding": "deflate" }, deflateRawSync],
  ];
  const types = ["application/x-protobuf", "application/json", "application/json; charset=utf-8", "APPLICATION/JSON"];
  const table = types.flatMap((type) => compressions.map((compression) => [type, ...compression] as const));

  test.each(table)("%s with compression %s", async (type, _name, headers, compress) => {
    const { traceId, protobuf, json } = bodies();
    const isProtobuf = type === PROTOBUF;
    const body = compress(isProtobuf ? protobuf : Buffer.from(json));
    const response = await post(body as Body, { "content-type": type, ...headers });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(isProtobuf ? PROTOBUF : JSON_TYPE);
    expect(await response.text()).toBe(isProtobuf ? "" : "{}");
    expect(await running.store.readSpans("default", traceId)).toHaveLength(1);
  });

  test("a body sent in chunks of unknown length", async () => {
    const { traceId, json } = bodies();
    const body = new ReadableStream({
      start(controller) {
        for (const part of [json.slice(0, 20), json.slice(20)]) controller.enqueue(new TextEncoder().encode(part));
        controller.close();
      },
    });
    const init = { method: "POST", body, duplex: "half", headers: { "content-type": JSON_TYPE } } as RequestInit;
    expect((await fetch(`${running.url}/v1/traces`, init)).status).toBe(200);
    expect(await running.store.readSpans("default", traceId)).toHaveLength(1);
  });

  test.each([JSON_TYPE, PROTOBUF])("an empty request in %s is a success", async (type) => {
    expect((await post(type === PROTOBUF ? new Uint8Array(0) : "{}", { "content-type": type })).status).toBe(200);
  });
});

describe("partial success", () => {
  test("good spans are stored, the others counted, in the request's encoding", async () => {
    const { traceId, spanId } = newIds();
    const good = { traceId, spanId, name: "good" };
    const body = { resourceSpans: [{ scopeSpans: [{ spans: [good, { ...good, traceId: "12" }, { name: "none" }] }] }] };
    const response = await post(JSON.stringify(body), { "content-type": JSON_TYPE });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      partialSuccess: { rejectedSpans: "2", errorMessage: "Refused 2 spans: 2 with an invalid trace id." },
    });
    expect(await running.store.readSpans("default", traceId)).toHaveLength(1);

    const bytes = encodeRequest({
      resourceSpans: [
        { scopeSpans: [{ spans: [{ traceId: new Uint8Array(16), spanId: Buffer.from(spanId, "hex") }] }] },
      ],
    });
    const answer = await post(bytes as Body, { "content-type": PROTOBUF });
    expect(decodeMessage("Response", new Uint8Array(await answer.arrayBuffer()))).toEqual({
      partialSuccess: { rejectedSpans: "1", errorMessage: "Refused 1 span: 1 with an invalid trace id." },
    });
  });
});

describe("refusals", () => {
  test.each([
    ["JSON that is not JSON", JSON_TYPE, "{", {}],
    ["JSON of another shape", JSON_TYPE, '{"resourceSpans": 3}', {}],
    ["protobuf cut short", PROTOBUF, new Uint8Array([0x0a, 0x50, 1]), {}],
    ["text called protobuf", PROTOBUF, "not protobuf at all", {}],
    ["text called gzip", JSON_TYPE, "{}", { "content-encoding": "gzip" }],
    ["gzip cut short", JSON_TYPE, gzipSync("{}".padEnd(1000)).subarray(0, 15), { "content-encoding": "gzip" }],
  ])(
    "%s: 400 with google.rpc.Status in the request's encoding, and nothing is stored",
    async (_n, type, body, more) => {
      const before = (await running.store.counts("default")).spans;
      const response = await post(body as Body, { "content-type": type, ...more });
      expect(response.status).toBe(400);
      expect(response.headers.get("content-type")).toBe(type);
      expect(await statusOf(response)).toMatchObject({ code: 3, message: expect.stringMatching(/^The body is not/) });
      expect((await running.store.counts("default")).spans).toBe(before);
      expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
    },
  );

  test.each(["", "text/plain", "application/xml", "invalid"])("content type %j: 415", async (type) => {
    const response = await post(new TextEncoder().encode("{}"), type === "" ? {} : { "content-type": type });
    expect(response.status).toBe(415);
    expect(await statusOf(response)).toHaveProperty("message");
  });

  test("an unknown content encoding: 415", async () => {
    expect((await post("{}", { "content-type": JSON_TYPE, "content-encoding": "br" })).status).toBe(415);
  });

  test.each(["GET", "PUT", "PATCH", "DELETE"])("%s: 405, and POST is what is allowed", async (method) => {
    for (const path of ["/v1/traces", "/v1/logs", "/v1/metrics"]) {
      const response = await fetch(`${running.url}${path}`, { method, headers: { "content-type": JSON_TYPE } });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    }
  });

  test("a body past the limit: 413 before, and after decompression", async () => {
    const large = JSON.stringify({ filler: "x".repeat(300_000) });
    const plain = await post(large, { "content-type": JSON_TYPE });
    expect(plain.status).toBe(413);
    expect(await statusOf(plain)).toMatchObject({ code: 8 });
    const bomb = gzipSync(Buffer.alloc(100_000_000));
    expect(bomb.length).toBeLessThan(200_000);
    const before = process.memoryUsage().rss;
    const headers = { "content-type": PROTOBUF, "content-encoding": "gzip" };
    expect((await post(bomb as Body, headers)).status).toBe(413);
    expect(process.memoryUsage().rss - before).toBeLessThan(80_000_000);
  });

  test("a body past the limit that never says its length: 413", async () => {
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (sent > 10_000_000) controller.close();
        else controller.enqueue(new Uint8Array(50_000).fill(0x20));
        sent += 50_000;
      },
    });
    const init = { method: "POST", body, duplex: "half", headers: { "content-type": JSON_TYPE } } as RequestInit;
    const status = await fetch(`${running.url}/v1/traces`, init).then(
      (response) => response.status,
      // The server may cut the connection while the client is still writing.
      () => 413,
    );
    expect(status).toBe(413);
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
  });

  test("a client that goes away in the middle of its body does no harm", async () => {
    const { port } = new URL(running.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), "127.0.0.1", () => {
        socket.write(
          `POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${JSON_TYPE}\r\ncontent-length: 999\r\n\r\n{`,
        );
        setTimeout(() => socket.destroy(), 50);
      });
      socket.on("close", () => resolve());
    });
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
  });
});

describe("a store that can't take spans", () => {
  test.each([JSON_TYPE, PROTOBUF])("is answered 503 with Retry-After in %s, never 500", async (type) => {
    const own = await startCollector();
    const { protobuf, json } = bodies();
    try {
      await own.store.close();
      const response = await fetch(`${own.url}/v1/traces`, {
        method: "POST",
        body: (type === PROTOBUF ? protobuf : json) as Body,
        headers: { "content-type": type },
      });
      expect(response.status).toBe(503);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await statusOf(response)).toMatchObject({ code: 14 });
      expect(own.collector.metrics.requestsRefused.value({ signal: "spans", cause: "unavailable" })).toBe(1);
    } finally {
      await own.close();
    }
  });
});

describe("spans of an unusual kind are stored as they are", () => {
  test("hostile keys, huge times, wide integers, bytes and nesting", async () => {
    const attributes = [
      { key: "__proto__", value: { stringValue: "<script>alert(1)</script>" } },
      { key: "wide", value: { intValue: "9223372036854775807" } },
      { key: "bytes", value: { bytesValue: "AQL/" } },
      { key: "nan", value: { doubleValue: "NaN" } },
      { key: "nested", value: { kvlistValue: { values: [{ key: "__proto__", value: { boolValue: true } }] } } },
      { key: "quote'; DROP TABLE spans --", value: { stringValue: "\u0000\ufffd'\"\\" } },
      { key: "", value: {} },
    ];
    const { traceId, json } = bodies({
      name: "\u202e'; DROP TABLE spans; --",
      endTimeUnixNano: "18446744073709551615",
      attributes,
    });
    expect((await post(json, { "content-type": JSON_TYPE })).status).toBe(200);
    const [span] = await running.store.readSpans("default", traceId);
    expect(span?.name).toBe("\u202e'; DROP TABLE spans; --");
    expect(span?.end_time_unix_nano).toBe("18446744073709551615");
    expect(JSON.parse(JSON.stringify(span?.attributes))).toEqual(
      JSON.parse(
        '{"__proto__":"<script>alert(1)</script>","wide":"9223372036854775807","bytes":"AQL/","nan":"NaN",' +
          '"nested":{"__proto__":true},"quote\'; DROP TABLE spans --":"\\u0000\\ufffd\'\\"\\\\","":null}',
      ),
    );
  });

  test("a span sent again is one span", async () => {
    const { traceId, json } = bodies();
    for (let time = 0; time < 3; time++) await post(json, { "content-type": JSON_TYPE });
    expect(await running.store.readSpans("default", traceId)).toHaveLength(1);
  });
});

test("metrics are checked, acknowledged, counted and not stored", async () => {
  const before = running.collector.metrics.metricPointsDiscarded.value();
  const points = [{ asDouble: 1 }, { asInt: "2" }];
  const metrics = [
    { name: "a", gauge: { dataPoints: points } },
    { name: "b", sum: { dataPoints: points.slice(1) } },
  ];
  const body = JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
  const response = await post(body, { "content-type": JSON_TYPE }, "/v1/metrics");
  expect([response.status, await response.text()]).toEqual([200, "{}"]);
  expect(running.collector.metrics.metricPointsDiscarded.value()).toBe(before + 3);
  for (const wrong of ["1234", '{"resourceMetrics": 3}']) {
    expect((await post(wrong, { "content-type": JSON_TYPE }, "/v1/metrics")).status).toBe(400);
  }
});

test("the app answers in process, without a socket", async () => {
  const { store, config } = running;
  const { buildTrajectory } = await import("@culprit/analyzers");
  const { app } = createCollector({ store, config, buildTrajectory });
  const { traceId, json } = bodies();
  const request = new Request("http://in-process/v1/traces", {
    method: "POST",
    body: json,
    headers: { "content-type": JSON_TYPE },
  });
  expect((await app.fetch(request)).status).toBe(200);
  expect(await store.readSpans("default", traceId)).toHaveLength(1);
});

test("closing answers what is under way, takes nothing new, and does not wait for idle connections", async () => {
  const own = createCollector({ ...running, buildTrajectory: (await import("@culprit/analyzers")).buildTrajectory });
  const served = await serve(own, { host: "127.0.0.1", port: 0 });
  await fetch(`${served.url}/healthz`);
  const started = Date.now();
  await served.close();
  expect(Date.now() - started).toBeLessThan(1000);
  await expect(fetch(`${served.url}/healthz`)).rejects.toThrow();
});
