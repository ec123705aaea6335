import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { createClient } from "@clickhouse/client";
import { type Attributes, type AttributeValue, type IncomingSpan, SPAN_KINDS, STATUS_CODES } from "@culprit/schemas";
import { type EmbeddedStore, openEmbedded } from "@culprit/store";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeSpanBlock, SPAN_COLUMNS } from "../../store/rows/span.ts";
import { aSpan, project, spanId, temporaryDirectory, traceId } from "./store-rows.ts";

const NUMBERS = new Set(["start_unix_nano", "end_unix_nano", "input_tokens", "output_tokens"]);

let store: EmbeddedStore;
let client: ReturnType<typeof createClient>;
let remove: () => void;

beforeAll(async () => {
  const [directory, removeDirectory] = temporaryDirectory();
  remove = removeDirectory;
  store = await openEmbedded(directory);
  client = createClient({ url: store.engine.url, clickhouse_settings: { async_insert: 0 } });
});
afterAll(async () => {
  await client.close();
  await store.close();
  remove();
});

const select = async (query: string): Promise<Record<string, string>[]> =>
  (await client.query({ query, format: "JSONEachRow" })).json();

async function insert(query: string, body: string | Uint8Array): Promise<void> {
  const { stream } = await client.exec({ query, values: Readable.from([body], { objectMode: false }) });
  await finished(stream.resume());
}

/** Maps go in as two lists, keys and values: a JSON object would put number-like keys first. */
const JSON_INSERT = `INSERT INTO json (${SPAN_COLUMNS.join(", ")})
  SELECT ${SPAN_COLUMNS.map((name) => (name === "attributes" ? "mapFromArrays(keys, values)" : name)).join(", ")}
  FROM input('${SPAN_COLUMNS.map((name) => `${name === "attributes" ? "keys Array(String), values Array(String)" : `${name} ${NUMBERS.has(name) ? "UInt64" : "String"}`}`).join(", ")}')
  FORMAT JSONCompactEachRow`;

/** Text as it may be sent: any UTF-16, NUL, quotes, unpaired surrogates, all lengths around where encodings change. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 30 }).map((units) => String.fromCharCode(...units)),
  fc
    .tuple(
      fc.constantFrom("a", "é", "漢", "🦊", "\0", "\ud800"),
      fc.constantFrom(0, 1, 23, 24, 25, 42, 43, 127, 128, 129, 700),
    )
    .map(([unit, times]) => unit.repeat(times)),
);
const value = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(text, tie("value"), { maxKeys: 3 }),
  ),
})).value as fc.Arbitrary<AttributeValue>;
const attributes = fc.dictionary(fc.oneof(text, fc.constantFrom("__proto__", "1", "0")), value, { maxKeys: 8 });
const nano = fc
  .oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.constantFrom(0n, 1n, 999_999_999n, 10n ** 9n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n),
  )
  .map(String);
const count = fc.oneof(fc.nat(0xffff_ffff), fc.constantFrom(0xffff_ffff, 2 ** 31));
const span: fc.Arbitrary<IncomingSpan> = fc
  .record({
    name: text,
    kind: fc.constantFrom(...SPAN_KINDS),
    start_time_unix_nano: nano,
    end_time_unix_nano: nano,
    status_code: fc.constantFrom(...STATUS_CODES),
    status_message: text,
    trace_state: text,
    scope_name: text,
    scope_version: text,
    resource_attributes: attributes,
    attributes,
    events: fc.array(fc.record({ name: text, time_unix_nano: nano, attributes }), { maxLength: 2 }),
    links: fc.array(
      fc.record({ attributes }).map((link) => ({ ...link, trace_id: traceId(), span_id: spanId() })),
      { maxLength: 2 },
    ),
    dropped_attributes_count: count,
    dropped_events_count: count,
    dropped_links_count: count,
    reading: fc.record({
      dialect: text,
      operation: text,
      agent: text,
      tool: text,
      model: text,
      input_tokens: fc.maxSafeInteger().map(Math.abs),
      output_tokens: fc.nat(),
      conversation_id: text,
    }),
  })
  .map((fields) => ({ ...aSpan(), ...fields }));

/** A span as the engine's own JSON reader takes it: the other way into the same table. */
function jsonRow(item: IncomingSpan): unknown[] {
  const keys = Object.keys(item.attributes);
  const types = keys.map((key) => letterOf(item.attributes[key] as AttributeValue)).join("");
  return [
    item.project,
    item.trace_id,
    item.span_id,
    item.parent_span_id,
    wellFormed(item.name),
    item.kind,
    item.start_time_unix_nano,
    item.end_time_unix_nano,
    item.status_code,
    ...[item.status_message, item.scope_name, item.scope_version].map(wellFormed),
    JSON.stringify(item.resource_attributes),
    keys.map(wellFormed),
    keys.map((key) => wellFormed(textOf(item.attributes[key] as AttributeValue))),
    /^s*$/.test(types) ? "" : types,
    item.events.length > 0 ? JSON.stringify(item.events) : "",
    item.links.length > 0 ? JSON.stringify(item.links) : "",
    extra(item),
    ...[item.reading.dialect, item.reading.operation, item.reading.agent, item.reading.tool, item.reading.model].map(
      wellFormed,
    ),
    item.reading.input_tokens,
    item.reading.output_tokens,
    wellFormed(item.reading.conversation_id),
    "",
  ];
}

const extra = (item: IncomingSpan): string => {
  const { trace_state, dropped_attributes_count, dropped_events_count, dropped_links_count } = item;
  const values = { trace_state, dropped_attributes_count, dropped_events_count, dropped_links_count };
  return Object.values(values).some((value) => value !== "" && value !== 0) ? JSON.stringify(values) : "";
};
const wellFormed = (given: string): string => given.replace(/\p{Surrogate}/gu, "\ufffd");
const textOf = (given: AttributeValue): string =>
  typeof given === "string"
    ? given
    : Object.is(given, -0)
      ? "-0"
      : typeof given === "object"
        ? JSON.stringify(given)
        : String(given);
const letterOf = (given: AttributeValue): string =>
  given === null ? "0" : ({ string: "s", number: "n", boolean: "b", object: "j" }[typeof given as string] ?? "?");

describe("spans in Native bytes", () => {
  test("are what the engine makes of the same spans in JSON, in every column", async () => {
    await client.command({ query: "CREATE TABLE native AS spans" });
    await client.command({ query: "CREATE TABLE json AS spans" });
    const columns = SPAN_COLUMNS.join(", ");
    await fc.assert(
      fc.asyncProperty(fc.array(span, { minLength: 20, maxLength: 40 }), async (spans) => {
        const block = encodeSpanBlock(spans, { put: () => undefined });
        await insert(`INSERT INTO native (${columns}) FORMAT Native`, block);
        await insert(JSON_INSERT, spans.map((item) => JSON.stringify(jsonRow(item))).join("\n"));
        const missing = await select(`SELECT ${columns} FROM json EXCEPT SELECT ${columns} FROM native`);
        const wrong = await select(`SELECT ${columns} FROM native EXCEPT SELECT ${columns} FROM json`);
        expect(missing).toEqual([]);
        expect(wrong).toEqual([]);
      }),
      { numRuns: 12 },
    );
    const [counted] = await select("SELECT (SELECT count() FROM native) AS native, (SELECT count() FROM json) AS json");
    expect(Number(counted?.["native"])).toBeGreaterThan(100);
    expect(counted?.["native"]).toBe(counted?.["json"]);
  });

  test("come back as they went in", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(span, { minLength: 1, maxLength: 60 }), async (given) => {
        const name = project();
        const trace_id = traceId();
        const spans = given.map((item) => ({
          ...item,
          project: name,
          trace_id,
          reading: { ...item.reading, input: [], output: [] },
        }));
        await store.insertSpans(spans);
        const back = new Map((await store.readSpans(name, trace_id)).map((item) => [item.span_id, item]));
        expect(back.size).toBe(spans.length);
        for (const item of spans) expect(back.get(item.span_id)).toEqual(asStored(item));
      }),
      { numRuns: 12 },
    );
  });
});

/** What UTF-8 cannot hold is replaced, in every text that is not inside JSON. */
function asStored(item: IncomingSpan): IncomingSpan {
  const plain = (given: Attributes): Attributes =>
    Object.fromEntries(
      Object.entries(given).map(([key, item]) => [wellFormed(key), typeof item === "string" ? wellFormed(item) : item]),
    );
  return {
    ...item,
    name: wellFormed(item.name),
    status_message: wellFormed(item.status_message),
    scope_name: wellFormed(item.scope_name),
    scope_version: wellFormed(item.scope_version),
    attributes: plain(item.attributes),
  };
}
