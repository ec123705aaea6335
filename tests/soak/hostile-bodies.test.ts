import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Meter } from "../../bench/measure/processes.ts";
import { temporaryDirectory } from "../../bench/systems/child.ts";
import { type RunningCollector, startCollector } from "../../bench/systems/culprit.ts";
import { attribute, deepKvlist, field, oneSpan, varint } from "./wire.ts";

const MEBIBYTE = 1024 * 1024;
const JSON_TYPE = "application/json";
const PROTOBUF_TYPE = "application/x-protobuf";
/** Longest answer; the slowest case parses 60 MB of JSON, on a machine that is busy with other tests. */
const PATIENCE_MS = 25_000;

interface Body {
  type: string;
  bytes: Buffer;
  encoding?: string;
}

interface Case {
  name: string;
  /** Answers that are right; 200 is followed by a look at the trace. */
  answers: number[];
  body(traceId: string, spanId: string): Body;
  /** What must hold for the stored span. */
  stored?(span: Record<string, unknown>): void;
}

const protobuf = (bytes: Buffer): Body => ({ type: PROTOBUF_TYPE, bytes });
const json = (text: string): Body => ({ type: JSON_TYPE, bytes: Buffer.from(text) });
const jsonSpan = (traceId: string, spanId: string, rest: string): Body =>
  json(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${traceId}","spanId":"${spanId}",${rest}}]}]}]}`);
const text = (value: string): Buffer => field(1, value);

/** A gzip stream of a gibibyte of zeros, a megabyte long. */
const BOMB = gzipSync(Buffer.alloc(1024 * MEBIBYTE));

const CASES: Case[] = [
  { name: "a zip bomb", answers: [413], body: () => ({ ...protobuf(BOMB), encoding: "gzip" }) },
  {
    name: "a zip bomb of JSON in deflate",
    answers: [413],
    body: () => ({ ...json(""), bytes: deflateSync(Buffer.alloc(300 * MEBIBYTE, " ")), encoding: "deflate" }),
  },
  {
    name: "a zip bomb in a zip bomb",
    answers: [400, 413],
    body: () => ({ ...protobuf(gzipSync(BOMB)), encoding: "gzip" }),
  },
  {
    name: "a kvlist 100,000 deep, protobuf",
    answers: [200, 400],
    body: (trace, span) => protobuf(oneSpan(trace, span, [attribute("deep", deepKvlist(100_000))])),
  },
  {
    name: "a kvlist 100,000 deep, JSON",
    answers: [200, 400],
    body: (trace, span) => {
      const [open, close] = ['{"kvlistValue":{"values":[{"key":"k","value":', "}]}}"];
      const value = `${open.repeat(100_000)}{"stringValue":"leaf"}${close.repeat(100_000)}`;
      return jsonSpan(trace, span, `"attributes":[{"key":"deep","value":${value}}]`);
    },
  },
  {
    name: "a message key of index 999999999",
    answers: [200],
    body: (trace, span) =>
      protobuf(
        oneSpan(trace, span, [
          attribute("openinference.span.kind", text("LLM")),
          attribute("llm.input_messages.999999999.x", text("far out")),
          attribute("llm.input_messages.999999999.message.role", text("user")),
          attribute("llm.input_messages.999999999.message.content", text("far out")),
          attribute("gen_ai.prompt.4294967296.content", text("farther")),
        ]),
      ),
    stored: (span) => expect(JSON.stringify(span).length).toBeLessThan(10_000),
  },
  {
    name: "1,000,000 attributes, protobuf",
    answers: [200],
    body: (trace, span) => {
      const attributes = Array.from({ length: 1_000_000 }, (_, index) => attribute(`k${index}`, text("v")));
      return protobuf(oneSpan(trace, span, attributes));
    },
    stored: (span) => expect(span["dropped_attributes_count"]).toBeGreaterThanOrEqual(990_000),
  },
  {
    name: "1,000,000 attributes, JSON",
    answers: [200],
    body: (trace, span) => {
      const entries = Array.from(
        { length: 1_000_000 },
        (_, index) => `{"key":"k${index}","value":{"stringValue":"v"}}`,
      );
      return jsonSpan(trace, span, `"attributes":[${entries.join(",")}]`);
    },
    stored: (span) => expect(span["dropped_attributes_count"]).toBeGreaterThanOrEqual(990_000),
  },
  {
    name: "1,000,000 attributes of one key",
    answers: [200],
    body: (trace, span) =>
      protobuf(
        oneSpan(
          trace,
          span,
          Array.from({ length: 1_000_000 }, () => attribute("k", text("v"))),
        ),
      ),
  },
  {
    name: "5,000,000 empty events",
    answers: [200, 413],
    body: (trace, span) => protobuf(oneSpan(trace, span, [Buffer.alloc(10_000_000, Buffer.from([0x5a, 0]))])),
  },
  {
    name: "5,000,000 empty lists in a list",
    answers: [200, 413],
    body: (trace, span) => {
      const list = Buffer.alloc(20_000_000, Buffer.from([0x0a, 2, 0x2a, 0]));
      return protobuf(oneSpan(trace, span, [attribute("lists", field(5, list))]));
    },
  },
  {
    name: "5,000,000 empty resources",
    answers: [200, 413],
    body: () => protobuf(Buffer.alloc(10_000_000, Buffer.from([0x0a, 0]))),
  },
  {
    name: "5,000,000 spans without ids",
    answers: [200, 413],
    body: () => protobuf(field(1, field(2, Buffer.alloc(10_000_000, Buffer.from([0x12, 0]))))),
  },
  {
    name: "invalid UTF-8 in keys, values and names",
    answers: [200],
    body: (trace, span) => {
      const broken = Buffer.from([0x61, 0xc3, 0x28, 0xff, 0xfe, 0xed, 0xa0, 0x80]);
      return protobuf(oneSpan(trace, span, [field(5, broken), attribute(broken, field(1, broken))]));
    },
    stored: (span) => expect(span["name"]).toMatch(/^a\uFFFD/),
  },
  {
    name: "invalid UTF-8 in JSON",
    answers: [200, 400],
    body: () => ({ type: JSON_TYPE, bytes: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }),
  },
  {
    name: "a varint that does not end",
    answers: [400],
    body: (trace, span) => protobuf(oneSpan(trace, span, [Buffer.from([0x30]), Buffer.alloc(11, 0xff)])),
  },
  {
    name: "a length past the end",
    answers: [400],
    body: () => protobuf(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07, 1])),
  },
  {
    name: "a length of four gigabytes",
    answers: [400],
    body: () => protobuf(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])),
  },
  {
    name: "a group, begun and ended",
    answers: [200],
    body: (trace, span) => protobuf(oneSpan(trace, span, [Buffer.from([0xa3, 6, 0x08, 1, 0xa4, 6])])),
  },
  {
    name: "1,000,000 groups in each other",
    answers: [400],
    body: (trace, span) =>
      protobuf(oneSpan(trace, span, [Buffer.alloc(1_000_000, 0x0b), Buffer.alloc(1_000_000, 0x0c)])),
  },
  {
    name: "a group that does not end",
    answers: [400],
    body: (trace, span) => protobuf(oneSpan(trace, span, [Buffer.from([0x0b])])),
  },
  {
    name: "a group's end alone",
    answers: [400],
    body: (trace, span) => protobuf(oneSpan(trace, span, [Buffer.from([0x0c])])),
  },
  {
    name: "wire type 6",
    answers: [400],
    body: (trace, span) => protobuf(oneSpan(trace, span, [varint((100 << 3) | 6)])),
  },
  {
    name: "wire type 7",
    answers: [400],
    body: (trace, span) => protobuf(oneSpan(trace, span, [varint((100 << 3) | 7)])),
  },
  {
    name: "a time of 5,000,000 digits",
    answers: [200, 400],
    body: (trace, span) => jsonSpan(trace, span, `"startTimeUnixNano":"${"9".repeat(5_000_000)}"`),
  },
  {
    name: "an integer of 5,000,000 digits",
    answers: [200, 400],
    body: (trace, span) =>
      jsonSpan(trace, span, `"attributes":[{"key":"n","value":{"intValue":"${"9".repeat(5_000_000)}"}}]`),
  },
  {
    name: "messages nested 1,000,000 deep in an attribute's text",
    answers: [200],
    body: (trace, span) =>
      protobuf(
        oneSpan(trace, span, [
          attribute("gen_ai.operation.name", text("chat")),
          attribute("gen_ai.input.messages", text("[".repeat(1_000_000))),
          attribute("gen_ai.output.messages", text(`${"[".repeat(500_000)}${"]".repeat(500_000)}`)),
        ]),
      ),
  },
  {
    name: "a key of 10 MB",
    answers: [200],
    body: (trace, span) => protobuf(oneSpan(trace, span, [attribute("k".repeat(10 * MEBIBYTE), text("v"))])),
  },
  {
    name: "a value of 60 MB",
    answers: [200],
    body: (trace, span) => protobuf(oneSpan(trace, span, [attribute("v", text("v".repeat(60 * MEBIBYTE)))])),
    stored: (span) => expect(JSON.stringify(span).length).toBeLessThan(10 * MEBIBYTE),
  },
  { name: "60 MB of opening brackets", answers: [400, 413], body: () => json("[".repeat(60 * MEBIBYTE)) },
  { name: "60 MB of digits", answers: [400], body: () => json("9".repeat(60 * MEBIBYTE)) },
];

describe("a collector that is sent", { timeout: 90_000 }, () => {
  const [data, remove] = temporaryDirectory("hostile");
  let collector: RunningCollector | undefined;
  let meter: Meter | undefined;
  beforeAll(async () => {
    collector = await startCollector(data);
    meter = new Meter([collector.child.pid]);
  });
  afterAll(async () => {
    meter?.stop();
    await collector?.child.end();
    remove();
  });

  const post = ({ type, bytes, encoding }: Body): Promise<number> => {
    // A connection of its own: making a body takes so long that a kept one may be closed meanwhile.
    const agent = new Agent({ keepAlive: true });
    const headers = {
      "content-type": type,
      "content-length": bytes.length,
      ...(encoding ? { "content-encoding": encoding } : {}),
    };
    return new Promise<number>((resolve, reject) => {
      const outgoing = request(`${collector?.url}/v1/traces`, { method: "POST", headers, agent, timeout: PATIENCE_MS });
      outgoing.on("response", (incoming) => {
        incoming.resume().on("end", () => resolve(incoming.statusCode ?? 0));
      });
      outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
      outgoing.on("error", reject);
      outgoing.end(bytes);
    }).finally(() => agent.destroy());
  };
  const ids = (): [string, string] => [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
  const read = async (traceId: string): Promise<Record<string, unknown>[]> => {
    const response = await fetch(`${collector?.url}/api/v1/traces/${traceId}/spans`);
    if (response.status === 404) return [];
    expect(response.status).toBe(200);
    return ((await response.json()) as { spans: Record<string, unknown>[] }).spans;
  };

  for (const { name, answers, body, stored } of CASES) {
    test(`${name} answers ${answers.join(" or ")} and goes on`, async () => {
      const [traceId, spanId] = ids();
      const status = await post(body(traceId, spanId));
      expect(answers).toContain(status);
      if (status === 200) {
        const spans = await read(traceId);
        if (stored) expect(spans).toHaveLength(1);
        for (const span of spans) stored?.(span);
      }
      const [nextTrace, nextSpan] = ids();
      expect(await post(protobuf(oneSpan(nextTrace, nextSpan, [field(5, "after")])))).toBe(200);
      expect(await read(nextTrace)).toMatchObject([{ span_id: nextSpan, name: "after" }]);
    });
  }

  test("eight zip bombs and eight gigantic bodies at once refuses or stores each of them", async () => {
    const large = CASES.find(({ name }) => name.startsWith("1,000,000 attributes, protobuf"))?.body(...ids());
    const posts = Array.from({ length: 8 }, () => [
      post({ ...protobuf(BOMB), encoding: "gzip" }),
      post(large ?? protobuf(BOMB)),
    ]);
    for (const status of await Promise.all(posts.flat())) expect([200, 413, 429, 503]).toContain(status);
  });

  test("all of the above stays within its memory", async () => {
    await sleep(200);
    expect(meter?.usage().peakBytes).toBeLessThan(1.5e9);
  });
});
