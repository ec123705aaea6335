import { decodeTracesJson, decodeTracesProtobuf, readHead, readSpan } from "@culprit/collector";
import type { IncomingSpan, RawSpan } from "@culprit/schemas";
import { type EmbeddedStore, openEmbedded } from "@culprit/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toJson, toProtobuf } from "../../bench/fuzz/encode.ts";
import { mutateBytes, mutateJson } from "../../bench/fuzz/mutate.ts";
import { makeRequest } from "../../bench/fuzz/request.ts";
import { Random } from "../../bench/load/random.ts";
import { temporaryDirectory } from "../../bench/systems/child.ts";

const [data, remove] = temporaryDirectory("hostile-spans");
let store: EmbeddedStore;
beforeAll(async () => {
  store = await openEmbedded(data);
  store.readWith(readSpan);
});
afterAll(async () => {
  await store?.close();
  remove();
});

/** Spans that came out of valid, of mutated and of restructured requests; ids are made unique. */
function hostileSpans(requests: number): RawSpan[] {
  const random = new Random(4242);
  const spans = new Map<string, RawSpan>();
  for (let made = 0; made < requests; made++) {
    const request = makeRequest(random);
    const protobuf = toProtobuf("traces", request);
    const json = toJson("traces", request);
    for (const decode of [
      () => decodeTracesProtobuf(protobuf),
      () => decodeTracesProtobuf(mutateBytes(random, protobuf, protobuf)),
      () => decodeTracesJson(mutateJson(random, json)),
    ]) {
      try {
        for (const span of decode().spans) spans.set(`${span.trace_id}${span.span_id}`, span);
      } catch {
        // Refused; what is refused is the fuzzer's own business.
      }
    }
  }
  return [...spans.values()];
}

test("whatever the decoders let through is stored, and read back as it was", { timeout: 120_000 }, async () => {
  const spans = hostileSpans(1_500);
  expect(spans.length).toBeGreaterThan(3_000);
  const expected = structuredClone(spans);
  const incoming: IncomingSpan[] = spans.map((span) =>
    Object.assign(span, { project: "hostile", reading: readHead(span) }),
  );
  await store.insertSpans(incoming);
  expect((await store.counts("hostile")).spans).toBe(spans.length);
  const sample = new Random(1);
  for (let looked = 0; looked < 400; looked++) {
    const sent = sample.pick(expected);
    const read = await store.readSpans("hostile", sent.trace_id);
    const found = read.find(({ span_id }) => span_id === sent.span_id);
    const { project: _project, reading: _reading, ...raw } = found ?? { project: "", reading: {} };
    expect(asJson(raw)).toEqual(asJson(sent));
  }
});

/** Lists and maps are kept as JSON, which has no negative zero. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
