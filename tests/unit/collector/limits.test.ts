import {
  decodeLogsJson,
  decodeLogsProtobuf,
  decodeTracesJson,
  decodeTracesProtobuf,
  TooManyItemsError,
} from "@culprit/collector";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, type Limits } from "../../../collector/otlp/limits.ts";
import { encodeMessage } from "./otlp-messages.ts";

const TRACE = "07".repeat(16);
const SPAN = "09".repeat(8);
const text = (stringValue: string) => ({ stringValue });
const pair = (key: string, value: unknown = { intValue: "1" }) => ({ key, value });

type Fields = Record<string, unknown>;

/** One span read through both decoders, which have to agree. */
function readSpan(fields: Fields, limits: Partial<Limits> = {}) {
  const all = { ...DEFAULT_LIMITS, ...limits };
  const request = (ids: Fields) => ({ resourceSpans: [{ scopeSpans: [{ spans: [{ ...ids, ...fields }] }] }] });
  const json = decodeTracesJson(JSON.stringify(request({ traceId: TRACE, spanId: SPAN })), all);
  const bytes = { traceId: Buffer.from(TRACE, "hex"), spanId: Buffer.from(SPAN, "hex") };
  const protobuf = decodeTracesProtobuf(encodeMessage("Request", request(bytes)), all);
  expect(protobuf).toEqual(json);
  const span = json.spans[0];
  if (!span) throw new Error("no span");
  return { span, decoded: json };
}

describe("what is past a limit is left out and counted", () => {
  test("attributes of a span, beside those its SDK dropped", () => {
    const attributes = Array.from({ length: 8 }, (_, index) => pair(`a${index}`));
    const { span } = readSpan({ attributes, droppedAttributesCount: 3 }, { attributes: 5 });
    expect(Object.keys(span.attributes)).toEqual(["a0", "a1", "a2", "a3", "a4"]);
    expect(span.dropped_attributes_count).toBe(6);
  });

  test("attributes of an event and of a link, on the event and the link", () => {
    const attributes = [pair("a"), pair("b"), pair("c")];
    const links = [{ traceId: TRACE, spanId: SPAN, attributes }];
    const bytes = [{ traceId: Buffer.from(TRACE, "hex"), spanId: Buffer.from(SPAN, "hex"), attributes }];
    const limits = { ...DEFAULT_LIMITS, attributes: 1 };
    const event = { name: "e", attributes, droppedAttributesCount: 4 };
    const { span } = readSpan({ events: [event, { name: "f" }] }, limits);
    expect(span.events).toEqual([
      { name: "e", time_unix_nano: "0", attributes: { a: 1 }, dropped_attributes_count: 6 },
      { name: "f", time_unix_nano: "0", attributes: {} },
    ]);
    expect(span.dropped_attributes_count).toBe(0);
    const request = (spans: Fields[]) => ({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
    const json = decodeTracesJson(JSON.stringify(request([{ traceId: TRACE, spanId: SPAN, links }])), limits);
    const ids = { traceId: Buffer.from(TRACE, "hex"), spanId: Buffer.from(SPAN, "hex") };
    const protobuf = decodeTracesProtobuf(encodeMessage("Request", request([{ ...ids, links: bytes }])), limits);
    expect(json.spans[0]?.links).toEqual([
      { trace_id: TRACE, span_id: SPAN, attributes: { a: 1 }, dropped_attributes_count: 2 },
    ]);
    expect(protobuf.spans).toEqual(json.spans);
  });

  test("events and links of a span", () => {
    const { span } = readSpan({ events: [{ name: "a" }, { name: "b" }], droppedEventsCount: 1 }, { events: 1 });
    expect([span.events.length, span.dropped_events_count]).toEqual([1, 2]);
  });

  test("keys too long, at any depth", () => {
    const long = "k".repeat(11);
    const nested = { kvlistValue: { values: [pair("in"), pair(long)] } };
    const { span } = readSpan({ attributes: [pair(long), pair("k".repeat(10)), pair("m", nested)] }, { keyBytes: 10 });
    expect(span.attributes).toEqual({ kkkkkkkkkk: 1, m: { in: 1 } });
    expect(span.dropped_attributes_count).toBe(2);
  });

  test("a key is measured in bytes", () => {
    expect(readSpan({ attributes: [pair("ключ")] }, { keyBytes: 7 }).span.attributes).toEqual({});
    expect(readSpan({ attributes: [pair("ключ")] }, { keyBytes: 8 }).span.attributes).toEqual({ ключ: 1 });
  });
});

describe("what is cut leaves a marker", () => {
  test("a text, between characters", () => {
    const { span, decoded } = readSpan(
      { name: "héllo", attributes: [pair("a", text("12345")), pair("b", text("123é5"))] },
      { valueBytes: 4 },
    );
    expect(span.attributes).toEqual({
      a: "1234… [truncated: kept 4 of 5 bytes]",
      b: "123… [truncated: kept 3 of 6 bytes]",
    });
    expect(span.name).toBe("hél… [truncated: kept 4 of 6 bytes]");
    expect(decoded.truncated).toBe(3);
  });

  test("bytes", () => {
    const value = { bytesValue: Buffer.from("abcdefgh").toString("base64") };
    expect(readSpan({ attributes: [pair("a", value)] }, { valueBytes: 6 }).span.attributes).toEqual({
      a: "YWJjZGVm… [truncated: kept 6 of 8 bytes]",
    });
  });

  test("a value of exactly the limit stays whole", () => {
    expect(readSpan({ attributes: [pair("a", text("1234"))] }, { valueBytes: 4 }).span.attributes).toEqual({
      a: "1234",
    });
  });

  test("nesting", () => {
    let value: unknown = { intValue: "1" };
    for (let depth = 0; depth < 5; depth++) value = { arrayValue: { values: [value] } };
    expect(readSpan({ attributes: [pair("a", value)] }, { depth: 3 }).span.attributes).toEqual({
      a: [[["[nested too deep to keep]"]]],
    });
  });
});

describe("a request that decodes to too much is refused before it is decoded", () => {
  const ids = { traceId: Buffer.from(TRACE, "hex"), spanId: Buffer.from(SPAN, "hex") };
  const events = Array.from({ length: 9_000 }, () => ({}));
  const spans = Array.from({ length: 300 }, () => ({ ...ids, events }));

  test("protobuf: 2.7 million events in 5 MB", () => {
    const body = encodeMessage("Request", { resourceSpans: [{ scopeSpans: [{ spans }] }] });
    expect(body.length).toBeLessThan(6_000_000);
    const before = process.memoryUsage().heapUsed;
    expect(() => decodeTracesProtobuf(body)).toThrow(TooManyItemsError);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(400_000_000);
  });

  test.each([
    ["empty objects", "{},"],
    ["empty lists", "[],"],
    ["numbers", "1,"],
  ])("JSON: millions of %s", (_name, item) => {
    const body = `{"unknown":[${item.repeat(9_000_000)}0]}`;
    const before = process.memoryUsage().heapUsed;
    expect(() => decodeTracesJson(body)).toThrow(TooManyItemsError);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000);
  });

  test("text full of commas and brackets is text", () => {
    const content = '[{,"\\'.repeat(500_000);
    const { span } = readSpan({ attributes: [pair("a", text(content))] }, { items: 100 });
    expect(span.attributes).toEqual({ a: content });
  });
});

describe("integers of JSON that no double can hold", () => {
  const read = (value: string) => {
    const span = `{"traceId":"${TRACE}","spanId":"${SPAN}","startTimeUnixNano":${value},"attributes":[{"key":"a","value":{"intValue":${value}}},{"key":"t","value":{"stringValue":"x: ${value}, [${value}]"}}]}`;
    return decodeTracesJson(`{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`).spans[0];
  };

  test("keep every digit, and text that looks like them stays as it is", () => {
    const span = read("1544712660300000001");
    expect(span?.start_time_unix_nano).toBe("1544712660300000001");
    expect(span?.attributes).toEqual({ a: "1544712660300000001", t: "x: 1544712660300000001, [1544712660300000001]" });
  });

  test("those a double can hold stay numbers", () => {
    expect(read("9007199254740991")?.attributes["a"]).toBe(9007199254740991);
  });
});

describe("log records obey the same limits", () => {
  test("in both encodings", () => {
    const record = (ids: Fields) => ({
      ...ids,
      observedTimeUnixNano: "5",
      severityNumber: 9,
      severityText: "INFO",
      eventName: "gen_ai.choice",
      body: { kvlistValue: { values: [pair("content", text("12345")), pair("k".repeat(11))] } },
      attributes: [pair("a"), pair("b")],
      droppedAttributesCount: 1,
    });
    const limits = { ...DEFAULT_LIMITS, valueBytes: 4, keyBytes: 10, attributes: 1 };
    const request = (ids: Fields) => ({
      resourceLogs: [{ scopeLogs: [{ scope: { name: "s", version: "1" }, logRecords: [record(ids)] }] }],
    });
    const json = decodeLogsJson(JSON.stringify(request({ traceId: TRACE, spanId: SPAN })), limits);
    const bytes = { traceId: Buffer.from(TRACE, "hex"), spanId: Buffer.from(SPAN, "hex") };
    expect(decodeLogsProtobuf(encodeMessage("LogsRequest", request(bytes)), limits)).toEqual(json);
    expect(json.logs).toEqual([
      {
        trace_id: TRACE,
        span_id: SPAN,
        log_id: expect.stringMatching(/^[0-9a-f]{32}$/),
        position: 0,
        time_unix_nano: "5",
        severity_number: 9,
        severity_text: "INFO",
        event_name: "gen_… [truncated: kept 4 of 13 bytes]",
        body: { content: "1234… [truncated: kept 4 of 5 bytes]" },
        scope_name: "s",
        scope_version: "1",
        resource_attributes: {},
        attributes: { a: 1 },
        dropped_attributes_count: 3,
      },
    ]);
  });

  test.each([
    ["a number", 13],
    ["its name", "SEVERITY_NUMBER_WARN"],
  ])("severity as %s", (_name, severityNumber) => {
    const body = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ traceId: TRACE, severityNumber }] }] }] };
    expect(decodeLogsJson(JSON.stringify(body)).logs[0]?.severity_number).toBe(13);
  });
});
