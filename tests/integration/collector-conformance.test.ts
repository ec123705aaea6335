import * as zlib from "node:zlib";
import { buildTrajectory } from "@culprit/analyzers";
import { createCollector, type Ingest, serve } from "@culprit/collector";
import { CulpritError, createClient, parseConfig, type Scope } from "@culprit/schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeMessage, encodeMessage } from "../unit/collector/otlp-messages.ts";
import { newIds, type Running, startCollector } from "./collector-harness.ts";
import {
  bodyOf,
  COMPRESSIONS,
  ENCODINGS,
  type EncodingName,
  MEDIA,
  SIGNALS,
  type SignalName,
} from "./conformance-bodies.ts";
import { formatTable, type Row } from "./conformance-table.ts";

/*
 * The cases, not the code, of the OpenTelemetry Collector's receiver (receiver/otlpreceiver/otlp_test.go), and those of
 * opentelemetry-proto docs/specification.md 1.11 that it has no test for. Where the two differ, the specification
 * counts, and the row says so.
 */

const ZSTD = "createZstdDecompress" in zlib;
const rows: Row[] = [];
let running: Running;

/** A switch in front of the store, as the Collector's tests have an `errOrSinkConsumer`. */
let failure: Error | undefined;
const ingest: Pick<Ingest, "submit" | "health"> = {
  submit: async (spans) => {
    if (failure) throw failure;
    await running.store.insertSpans(spans);
    return "stored";
  },
  health: () => {
    throw new Error("not asked here");
  },
};

beforeAll(async () => {
  running = await startCollector({ max_body_bytes: 300_000, max_request_items: 20_000 }, { ingest });
});
afterAll(async () => {
  await running.close();
  process.stdout.write(`\nOTLP/HTTP conformance, Node ${process.version}\n${formatTable(rows)}`);
});

interface Case {
  from: string;
  signal: SignalName;
  encoding: EncodingName | "-";
  compression?: string;
  contentType: string;
  fault?: string;
  expected: number;
}

interface Sent {
  url?: string;
  method?: string;
  body?: Uint8Array | ReadableStream;
  headers?: Record<string, string>;
}

/** Sends one case, writes its row down, and gives the answer back when it has the expected status. */
async function run(row: Case, { url = running.url, method = "POST", body, headers = {} }: Sent): Promise<Response> {
  const init = {
    method,
    headers: { "content-type": row.contentType, ...headers },
    body,
    duplex: "half",
  } as RequestInit;
  if (row.contentType === "") delete (init.headers as Record<string, string>)["content-type"];
  const response = await fetch(`${url}/v1/${row.signal}`, init);
  const { from, signal, encoding, contentType, compression = "none", fault = "-", expected } = row;
  rows.push({
    ...{ from, signal, encoding, compression, fault },
    contentType: contentType === "" ? "(none)" : contentType,
    expected: String(expected),
    got: String(response.status),
  });
  expect(response.status).toBe(expected);
  return response;
}

/** The `google.rpc.Status` of an answer, which has to be in the encoding asked for. */
async function statusOf(response: Response, encoding: EncodingName = "json"): Promise<Record<string, unknown>> {
  expect(response.headers.get("content-type")).toBe(MEDIA[encoding]);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return encoding === "protobuf" ? decodeMessage("RpcStatus", bytes) : JSON.parse(Buffer.from(bytes).toString());
}

async function isKept(signal: SignalName, ids: { traceId: string; spanId: string }): Promise<boolean> {
  if (signal === "traces") return (await running.store.readSpans("default", ids.traceId)).length === 1;
  if (signal === "logs") {
    const touched = await running.store.touchedTraces({ sinceMs: 0, shard: { index: 0, of: 1 }, limit: 10_000 });
    return touched.some(({ trace_id }) => trace_id === ids.traceId);
  }
  return false;
}

const every = SIGNALS.flatMap((signal) => ENCODINGS.map((encoding) => ({ signal, encoding })));

describe("a good request", () => {
  const types = (encoding: EncodingName): string[] => [
    MEDIA[encoding],
    `${MEDIA[encoding]}; charset=utf-8`,
    MEDIA[encoding].toUpperCase(),
  ];
  const cases = every.flatMap((each) =>
    COMPRESSIONS.flatMap((compression) =>
      types(each.encoding).map((contentType) => ({ ...each, compression, contentType })),
    ),
  );
  test.each(cases)(
    "$signal $encoding $compression.name $contentType",
    async ({ signal, encoding, compression, contentType }) => {
      const from = encoding === "json" ? "TestJsonHttp" : "TestProtoHttp";
      const { bytes, ...ids } = bodyOf(signal, encoding);
      const unreadable = compression.name === "zstd" && !ZSTD;
      const points = running.collector.metrics.metricPointsDiscarded.value();
      const response = await run(
        {
          ...{ from, signal, encoding, contentType, compression: compression.name },
          fault: unreadable ? "this Node has no zstd" : "-",
          expected: unreadable ? 415 : 200,
        },
        {
          body: compression.pack(bytes),
          headers: compression.header === undefined ? {} : { "content-encoding": compression.header },
        },
      );
      expect(response.headers.get("content-type")).toBe(MEDIA[encoding]);
      if (unreadable) {
        expect(response.headers.get("accept-encoding")).toBe("gzip, deflate");
        expect((await statusOf(response, encoding))["message"]).toMatch(/zstd takes Node 22\.15/);
        return;
      }
      expect(await response.text()).toBe(encoding === "json" ? "{}" : "");
      if (signal === "metrics") expect(running.collector.metrics.metricPointsDiscarded.value()).toBe(points + 1);
      else expect(await isKept(signal, ids)).toBe(true);
    },
  );

  test.each(every)("an empty $signal request in $encoding", async ({ signal, encoding }) => {
    await run(
      { from: "OTLP 1.11: empty request", signal, encoding, contentType: MEDIA[encoding], expected: 200 },
      { body: encoding === "json" ? Buffer.from("{}") : Buffer.alloc(0) },
    );
  });
});

describe("TestHandleInvalidRequests", () => {
  const from = "TestHandleInvalidRequests";
  test.each(
    SIGNALS.flatMap((signal) =>
      ["", "invalid", "text/plain", "application/grpc"].map((contentType) => ({ signal, contentType })),
    ),
  )("$signal, content type $contentType", async ({ signal, contentType }) => {
    const body = Buffer.from("1234");
    const fault = contentType === "" ? "no content type" : "unknown content type";
    const response = await run({ from, signal, encoding: "-", contentType, fault, expected: 415 }, { body });
    expect(await statusOf(response)).toMatchObject({ code: 3 });
  });

  test.each(every)("$signal, a body that is no $encoding", async ({ signal, encoding }) => {
    const row = { from, signal, encoding, contentType: MEDIA[encoding], fault: "undecodable body", expected: 400 };
    const response = await run(row, { body: Buffer.from("1234") });
    expect(await statusOf(response, encoding)).toMatchObject({
      code: 3,
      message: expect.stringMatching(/^The body is not/),
    });
  });

  test.each(SIGNALS.flatMap((signal) => ["GET", "PATCH", "PUT", "DELETE"].map((method) => ({ signal, method }))))(
    "$method $signal",
    async ({ signal, method }) => {
      const sent = method === "GET" ? { method } : { method, body: Buffer.from("1234") };
      const row = { from, signal, encoding: "-", contentType: MEDIA.json, fault: method, expected: 405 } as const;
      expect((await run(row, sent)).headers.get("allow")).toBe("POST");
    },
  );
});

describe("TestOTLPReceiverInvalidContentEncoding", () => {
  const from = "TestOTLPReceiverInvalidContentEncoding";
  const lies = ["gzip", "deflate", "zstd"];
  test.each(every.flatMap((each) => lies.map((compression) => ({ ...each, compression }))))(
    "$signal $encoding that is not $compression",
    async ({ signal, encoding, compression }) => {
      const expected = compression === "zstd" && !ZSTD ? 415 : 400;
      const fault = "not what its content encoding says";
      const row = { from, signal, encoding, compression, contentType: MEDIA[encoding], fault, expected };
      const sent = { body: Buffer.from('{"key": "value"}'), headers: { "content-encoding": compression } };
      expect(await statusOf(await run(row, sent), encoding)).toMatchObject({ code: 3 });
    },
  );

  test.each(every)("$signal $encoding in an encoding nobody knows", async ({ signal, encoding }) => {
    // The Collector answers 400; RFC 9110 has 415 for it, and asks to say what is understood.
    const row = {
      from,
      signal,
      encoding,
      compression: "invalid",
      contentType: MEDIA[encoding],
      fault: "unknown content encoding",
      expected: 415,
    };
    const response = await run(row, { body: Buffer.from("{}"), headers: { "content-encoding": "invalid" } });
    expect(response.headers.get("accept-encoding")).toMatch(/^gzip, deflate/);
    await statusOf(response, encoding);
  });

  test("TestOTLPReceiverNoContentType: without a content type the answer is JSON", async () => {
    const row = {
      from: "TestOTLPReceiverNoContentType",
      signal: "traces",
      encoding: "-",
      compression: "invalid",
      contentType: "",
      fault: "no content type",
      expected: 415,
    } as const;
    await statusOf(await run(row, { body: Buffer.from("{}"), headers: { "content-encoding": "invalid" } }));
  });
});

describe("what the store says", () => {
  const retryable = new CulpritError("spool_full", "The spool is full.");
  const kinds = [
    { fault: "retryable error", error: retryable, expected: 503, code: 14 },
    { fault: "permanent error", error: new TypeError("a bug"), expected: 500, code: 13 },
  ];
  test.each(ENCODINGS.flatMap((encoding) => kinds.map((kind) => ({ encoding, ...kind }))))(
    "$fault in $encoding: taken, refused, taken again",
    async ({ encoding, fault, error, expected, code }) => {
      const from = "TestOTLPReceiverHTTPTracesIngestTest";
      const row = { from, signal: "traces", encoding, contentType: MEDIA[encoding] } as const;
      for (const current of [undefined, error, undefined]) {
        failure = current;
        const { bytes, ...ids } = bodyOf("traces", encoding);
        const response = await run(current ? { ...row, fault, expected } : { ...row, expected: 200 }, {
          body: bytes,
        }).finally(() => {
          failure = undefined;
        });
        expect(await isKept("traces", ids)).toBe(current === undefined);
        if (!current) continue;
        expect(response.headers.has("retry-after")).toBe(expected === 503);
        expect(await statusOf(response, encoding)).toMatchObject({ code });
      }
    },
  );
});

describe("TestHTTPMaxRequestBodySize", () => {
  test.each(every)("$signal $encoding: the limit is the last size that passes", async ({ signal, encoding }) => {
    const { bytes } = bodyOf(signal, encoding);
    // The Collector answers 400; OTLP 1.11 says 413, also after decompression.
    for (const [limit, expected] of [
      [bytes.length, 200],
      [bytes.length - 1, 413],
    ] as const) {
      const config = parseConfig({}, {}, { max_body_bytes: limit });
      const collector = createCollector({ store: running.store, config, buildTrajectory });
      const served = await serve(collector, { host: "127.0.0.1", port: 0 });
      const row = { from: "TestHTTPMaxRequestBodySize", signal, encoding, contentType: MEDIA[encoding] };
      const fault = expected === 413 ? "one byte too large" : "-";
      await run({ ...row, fault, expected }, { url: served.url, body: bytes });
      const zipped = { url: served.url, body: zlib.gzipSync(bytes), headers: { "content-encoding": "gzip" } };
      expect(zipped.body.length).toBeLessThan(limit);
      await run({ ...row, compression: "gzip", fault, expected }, zipped);
      await served.close();
    }
  });

  test.each(ENCODINGS)("a zip bomb in %s", async (encoding) => {
    const row = {
      from: "OTLP 1.11: limit after decompression",
      signal: "traces",
      encoding,
      compression: "gzip",
      contentType: MEDIA[encoding],
      fault: "100 MB in 100 kB",
      expected: 413,
    } as const;
    const body = zlib.gzipSync(Buffer.alloc(100_000_000));
    expect(body.length).toBeLessThan(300_000);
    const response = await run(row, { body, headers: { "content-encoding": "gzip" } });
    expect(await statusOf(response, encoding)).toMatchObject({ code: 8 });
  });

  test("a small body of too many things", async () => {
    const { traceId, spanId } = newIds();
    const span = { traceId: Buffer.from(traceId, "hex"), spanId: Buffer.from(spanId, "hex") };
    const events = Array.from({ length: 100_000 }, () => ({}));
    const spans = Array.from({ length: 20 }, (_, index) => ({
      ...span,
      events: events.slice(index * 5000, index * 5000 + 5000),
    }));
    const body = encodeMessage("Request", { resourceSpans: [{ scopeSpans: [{ spans }] }] });
    expect(body.length).toBeLessThan(300_000);
    const row = {
      from: "no unbounded allocation",
      signal: "traces",
      encoding: "protobuf",
      contentType: MEDIA.protobuf,
      fault: "10^5 empty events",
      expected: 413,
    } as const;
    expect(await statusOf(await run(row, { body }), "protobuf")).toMatchObject({
      message: expect.stringContaining("max_request_items"),
    });
  });
});

describe("OTLP 1.11: partial success", () => {
  test.each(ENCODINGS.flatMap((encoding) => (["traces", "logs"] as const).map((signal) => ({ signal, encoding }))))(
    "$signal $encoding",
    async ({ signal, encoding }) => {
      const good = bodyOf(signal, encoding);
      const bad = bodyOf(signal, encoding, { traceId: "00".repeat(16), spanId: good.spanId });
      const body =
        encoding === "protobuf"
          ? Buffer.concat([good.bytes, bad.bytes])
          : Buffer.from(JSON.stringify(joined(JSON.parse(good.bytes.toString()), JSON.parse(bad.bytes.toString()))));
      const row = {
        from: "OTLP 1.11: partial success",
        signal,
        encoding,
        contentType: MEDIA[encoding],
        fault: "1 of 2 has no trace id",
        expected: 200,
      };
      const response = await run(row, { body });
      const bytes = new Uint8Array(await response.arrayBuffer());
      const answer =
        encoding === "protobuf" ? decodeMessage("Response", bytes) : JSON.parse(Buffer.from(bytes).toString());
      const field = encoding === "json" && signal === "logs" ? "rejectedLogRecords" : "rejectedSpans";
      expect(answer).toEqual({
        partialSuccess: { [field]: "1", errorMessage: expect.stringContaining("invalid trace id") },
      });
      expect(await isKept(signal, good)).toBe(true);
    },
  );
});

describe("OTLP 1.11: throttling", () => {
  test("more than may be under way at once: 503 with Retry-After, and the others are served", async () => {
    const config = parseConfig({}, {}, { max_inflight_bytes: 100_000 });
    const collector = createCollector({ store: running.store, config, buildTrajectory });
    const served = await serve(collector, { host: "127.0.0.1", port: 0 });
    const { bytes, ...ids } = bodyOf("traces", "json");
    const filler = Buffer.from(`${" ".repeat(80_000)}`);
    let finish = (): void => {};
    const held = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(filler);
        finish = () => {
          controller.enqueue(bytes);
          controller.close();
        };
      },
    });
    const row = { from: "OTLP 1.11: throttling", signal: "traces", encoding: "json", contentType: MEDIA.json } as const;
    const first = run({ ...row, expected: 200 }, { url: served.url, body: held });
    while (collector.metrics.expose().includes("\nculprit_inflight_bytes 0\n"))
      await new Promise((resolve) => setTimeout(resolve, 5));
    const refused = await run(
      { ...row, fault: "too much under way", expected: 503 },
      { url: served.url, body: filler },
    );
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await statusOf(refused)).toMatchObject({ code: 14 });
    finish();
    await first;
    expect(await isKept("traces", ids)).toBe(true);
    expect(collector.metrics.expose()).toContain("\nculprit_inflight_bytes 0\n");
    await served.close();
  });
});

describe("who may send", () => {
  const apiKey = "a-key-of-sixteen-or-more";
  let keyed: Running;
  beforeAll(async () => {
    keyed = await startCollector({ api_key: apiKey, key_requests_per_second: 0.01 });
  });
  afterAll(() => keyed.close());

  test.each(every)("$signal $encoding: 401, 403 and 429, told in its encoding", async ({ signal, encoding }) => {
    const client = createClient({ baseUrl: keyed.url, apiKey });
    const keyOf = async (scope: Scope): Promise<string> =>
      (await client.call("createKey", { body: { scopes: [scope] } })).key;
    const row = { from: "OTLP 1.11: failures", signal, encoding, contentType: MEDIA[encoding] };
    const send = async (fault: string, expected: number, key?: string): Promise<Record<string, unknown>> => {
      const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
      const { bytes } = bodyOf(signal, encoding);
      const response = await run({ ...row, fault, expected }, { url: keyed.url, body: bytes, headers });
      if (expected === 429) expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
      return expected === 200 ? {} : await statusOf(response, encoding);
    };
    expect(await send("no key", 401)).toMatchObject({ code: 16 });
    expect(await send("a key that may only read", 403, await keyOf("read"))).toMatchObject({ code: 7 });
    const key = await keyOf("ingest");
    await send("-", 200, key);
    expect(await send("a key past its rate", 429, key)).toMatchObject({ code: 8 });
  });
});

describe("OTLP 1.11: JSON leniencies", () => {
  const cases: [string, Record<string, unknown>, Record<string, unknown>][] = [
    ["hex ids in upper case", { traceId: "UPPER" }, {}],
    ["64-bit integers as numbers", { startTimeUnixNano: 7 }, { start_time_unix_nano: "7" }],
    [
      "64-bit integers as numbers past 2^53",
      { startTimeUnixNano: "RAW1544712660300000001" },
      { start_time_unix_nano: "1544712660300000001" },
    ],
    [
      "64-bit integers as text",
      { startTimeUnixNano: "1544712660300000001" },
      { start_time_unix_nano: "1544712660300000001" },
    ],
    ["enums by name", { kind: "SPAN_KIND_CLIENT" }, { kind: "client" }],
    [
      "unknown fields, nested ones too",
      { unheardOf: { of: [1, { a: null }] }, status: { code: 2, other: [] } },
      { status_code: "error" },
    ],
    [
      "null for absent",
      { parentSpanId: null, attributes: null, name: null, events: null },
      { name: "", attributes: {} },
    ],
    ["an empty parent id", { parentSpanId: "" }, { parent_span_id: "" }],
    [
      "nested kvlist and array values, empty ones too",
      {
        attributes: [
          {
            key: "a",
            value: {
              kvlistValue: {
                values: [
                  { key: "b", value: { arrayValue: { values: [{ intValue: "1" }, {}] } } },
                  { key: "c", value: { kvlistValue: {} } },
                ],
              },
            },
          },
        ],
      },
      { attributes: { a: { b: [1, null], c: {} } } },
    ],
  ];
  test.each(cases)("%s", async (fault, fields, expected) => {
    const ids = newIds();
    const traceId = fields["traceId"] === "UPPER" ? ids.traceId.toUpperCase() : ids.traceId;
    const span = { spanId: ids.spanId, name: "n", ...fields, traceId };
    const text = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }).replace(/"RAW(\d+)"/, "$1");
    const row = {
      from: "OTLP 1.11: JSON leniency",
      signal: "traces",
      encoding: "json",
      contentType: MEDIA.json,
      fault,
      expected: 200,
    } as const;
    await run(row, { body: Buffer.from(text) });
    expect((await running.store.readSpans("default", ids.traceId))[0]).toMatchObject(expected);
  });
});

function joined(left: Record<string, unknown[]>, right: Record<string, unknown[]>): Record<string, unknown[]> {
  return Object.fromEntries(Object.entries(left).map(([key, value]) => [key, [...value, ...(right[key] ?? [])]]));
}
