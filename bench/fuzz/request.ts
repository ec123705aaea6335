import type { Random } from "../load/random.ts";

/** Any value OTLP knows, as plain data. */
export type Any =
  | { kind: "none" }
  | { kind: "string"; value: string }
  | { kind: "bool"; value: boolean }
  | { kind: "int"; value: bigint }
  | { kind: "double"; value: number }
  | { kind: "bytes"; value: Uint8Array }
  | { kind: "array"; values: Any[] }
  | { kind: "kvlist"; entries: Entry[] };

export interface Entry {
  key: string;
  value: Any | undefined;
}

/** A record of traces, logs alike: the fields are those of the signal's own message. */
export interface PlainRecord {
  traceId: Uint8Array;
  spanId: Uint8Array;
  parentSpanId: Uint8Array;
  name: string;
  kind: number;
  start: bigint;
  end: bigint;
  attributes: Entry[];
  events: { time: bigint; name: string; attributes: Entry[] }[];
  links: { traceId: Uint8Array; spanId: Uint8Array; attributes: Entry[] }[];
  status: { message: string; code: number } | undefined;
  body: Any;
}

export interface PlainRequest {
  groups: { resource: Entry[]; scope: { name: string; version: string }; records: PlainRecord[] }[];
}

/** Keys that meet the dialects' tables, objects' own names, and indexes past every array. */
const KEYS = [
  ..."gen_ai.agent.name gen_ai.operation.name gen_ai.input.messages gen_ai.output.messages gen_ai.usage.input_tokens".split(
    " ",
  ),
  ..."llm.input_messages.0.message.content llm.input_messages.999999999.x llm.input_messages.-1.message.role".split(
    " ",
  ),
  ..."gen_ai.prompt.0.content gen_ai.prompt.4294967296.role traceloop.span.kind openinference.span.kind".split(" "),
  ..."input.value output.value ai.prompt.messages ai.response.text ai.toolCall.args ai.operationId".split(" "),
  ..."__proto__ constructor toString hasOwnProperty valueOf length 0 -1 1e3".split(" "),
  "",
  " ",
  "\u0000",
  "ключ",
  "k".repeat(300),
];
/** Texts that a reader of JSON, numbers or names may stumble over. */
const TEXTS = [
  "",
  "chat",
  "execute_tool",
  "LLM",
  "AGENT",
  "[]",
  "{}",
  "null",
  "[[[[[[[[[[[[[[[[[[[[",
  "]".repeat(50),
  '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]',
  '[{"role":"user","content":"hi"},null,7,[],{"role":{}}]',
  '{"__proto__":{"polluted":true}}',
  '{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":1,"arguments":"{"}}]}]}',
  "999999999999999999999999",
  "-1",
  "NaN",
  "\ud800",
  "\udc00\ud800",
  "\u0000\u0001\u001f",
  "<script>alert(1)</script>",
  "'); DROP TABLE spans; --",
  "e\u0301".repeat(20),
  "💥".repeat(30),
];

const BITS_64 = 1n << 64n;

export function makeRequest(random: Random): PlainRequest {
  return {
    groups: oneOrMore(random, 2, () => ({
      resource: entries(random, 3, 2),
      scope: { name: text(random), version: random.chance(0.5) ? "" : text(random) },
      records: oneOrMore(random, 4, () => makeRecord(random)),
    })),
  };
}

function makeRecord(random: Random): PlainRecord {
  return {
    traceId: id(random, 16),
    spanId: id(random, 8),
    parentSpanId: random.chance(0.4) ? new Uint8Array(0) : id(random, 8),
    name: text(random),
    kind: random.below(7),
    start: uint64(random),
    end: uint64(random),
    attributes: entries(random, 6, 3),
    events: random.chance(0.7)
      ? []
      : several(random, 3, () => ({ time: uint64(random), name: text(random), attributes: entries(random, 3, 2) })),
    links: random.chance(0.8)
      ? []
      : several(random, 2, () => ({
          traceId: id(random, 16),
          spanId: id(random, 8),
          attributes: entries(random, 2, 1),
        })),
    status: random.chance(0.5) ? undefined : { message: text(random), code: random.below(4) },
    body: any(random, 2),
  };
}

function entries(random: Random, most: number, depth: number): Entry[] {
  return several(random, most, () => ({
    key: random.chance(0.8) ? random.pick(KEYS) : text(random),
    value: random.chance(0.03) ? undefined : any(random, depth),
  }));
}

function any(random: Random, depth: number): Any {
  const choice = random.below(depth > 0 ? 9 : 7);
  if (choice <= 2) return { kind: "string", value: text(random) };
  if (choice === 3) return { kind: "bool", value: random.chance(0.5) };
  if (choice === 4) return { kind: "int", value: BigInt.asIntN(64, uint64(random)) };
  if (choice === 5) return { kind: "double", value: double(random) };
  if (choice === 6) {
    return random.chance(0.5)
      ? { kind: "none" }
      : { kind: "bytes", value: Uint8Array.from({ length: random.below(12) }, () => random.bits()) };
  }
  if (choice === 7) return { kind: "array", values: several(random, 4, () => any(random, depth - 1)) };
  return { kind: "kvlist", entries: entries(random, 4, depth - 1) };
}

function several<Item>(random: Random, most: number, make: () => Item): Item[] {
  return Array.from({ length: random.below(most + 1) }, make);
}

function text(random: Random): string {
  const chosen = random.pick(TEXTS);
  return random.chance(0.1) ? chosen + random.pick(TEXTS) : chosen;
}

function id(random: Random, length: number): Uint8Array {
  if (random.chance(0.03)) return new Uint8Array(random.below(length + 3));
  return Uint8Array.from({ length }, () => random.bits());
}

function uint64(random: Random): bigint {
  if (random.chance(0.4)) return BigInt(random.below(100));
  if (random.chance(0.2)) return BITS_64 - 1n - BigInt(random.below(3));
  return (BigInt(random.bits()) << 32n) | BigInt(random.bits());
}

function double(random: Random): number {
  const special = [
    0,
    -0,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    5e-324,
    1.7976931348623157e308,
  ];
  return random.chance(0.5) ? random.pick(special) : (random.bits() - 2 ** 31) / (1 + random.below(1000));
}

function oneOrMore<Item>(random: Random, most: number, make: () => Item): Item[] {
  return random.chance(0.02) ? [] : Array.from({ length: 1 + random.below(most) }, make);
}
