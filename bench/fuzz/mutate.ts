import type { Random } from "../load/random.ts";

/** Bytes that mean something to a wire format: ends of varints, tags of groups and of wire types there are not. */
const TELLING = [
  0x00, 0x01, 0x0a, 0x0b, 0x0c, 0x0e, 0x0f, 0x12, 0x13, 0x1a, 0x7f, 0x80, 0xff, 0xc0, 0xe2, 0xf4, 0x22, 0x5b, 0x7b,
];
/** A varint that never ends, one past 64 bits, one past 32, the largest length. */
const VARINTS = [
  Buffer.alloc(12, 0xff),
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0x1f]),
  Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
  Buffer.from([0x80, 0x80, 0x80, 0x80, 0x00]),
];

/** A body with one to three things wrong with it. */
export function mutateBytes(random: Random, body: Buffer, other: Buffer): Buffer {
  let bytes: Buffer = Buffer.from(body);
  for (let rest = 1 + random.below(3); rest > 0; rest--) bytes = mutateOnce(random, bytes, other);
  return bytes;
}

function mutateOnce(random: Random, bytes: Buffer, other: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  const length = random.below(Math.min(64, bytes.length - at) + 1);
  switch (random.below(9)) {
    case 0:
      if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
      return bytes;
    case 1:
      if (at < bytes.length) bytes[at] = random.pick(TELLING);
      return bytes;
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    case 5:
      return Buffer.concat([bytes.subarray(0, at), random.pick(VARINTS), bytes.subarray(at)]);
    case 6:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random.below(other.length + 1))]);
    case 7:
      return Buffer.concat([bytes.subarray(0, at), randomBytes(random, length), bytes.subarray(at)]);
    default:
      // Near the start are the lengths that everything else lies in.
      if (bytes.length > 0) bytes[random.below(Math.min(bytes.length, 8))] = random.bits();
      return bytes;
  }
}

export function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, () => random.bits()));
}

const FOREIGN: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  0.5,
  "",
  "x",
  "18446744073709551616",
  "-9223372036854775809",
  "0x10",
  " 7 ",
  "\ud800",
  [],
  {},
  [[]],
  [null],
  { values: null },
  { stringValue: {} },
  { intValue: "1e999" },
  { arrayValue: { values: {} } },
  { kvlistValue: [] },
  { bytesValue: "***" },
  { doubleValue: "Infinity" },
  { stringValue: "a", intValue: 1 },
];

/** A JSON document with values replaced, moved, wrapped, repeated or taken away, still JSON. */
export function mutateJson(random: Random, text: string): string {
  try {
    return mutateDocument(random, text);
  } catch {
    // Wrapped so often that it can't be copied or written.
    return text;
  }
}

function mutateDocument(random: Random, text: string): string {
  const document: unknown = JSON.parse(text);
  const places: [holder: Record<string, unknown> | unknown[], key: string][] = [];
  collect(document, places);
  for (let rest = 1 + random.below(5); rest > 0 && places.length > 0; rest--) {
    const [holder, key] = random.pick(places);
    const record = holder as Record<string, unknown>;
    switch (random.below(6)) {
      case 0:
        put(record, key, random.pick(FOREIGN));
        break;
      case 1: {
        const [from, name] = random.pick(places);
        // By value: a document that holds itself is no JSON.
        put(record, key, structuredClone((from as Record<string, unknown>)[name]));
        break;
      }
      case 2:
        put(record, key, nest(record[key], random.pick([1, 3, 70, 400]), random.chance(0.5)));
        break;
      case 3:
        delete record[key];
        break;
      case 4:
        if (Array.isArray(holder)) holder.push(...Array.from({ length: 20 }, () => record[key]));
        else put(record, random.pick(["__proto__", "constructor", key.toUpperCase(), `${key}s`, "value"]), record[key]);
        break;
      default:
        put(
          record,
          key,
          typeof record[key] === "string"
            ? `${record[key]}${random.pick(["", "Z", "0", "\u0000"])}`
            : String(record[key]),
        );
    }
  }
  return JSON.stringify(document).slice(0, 262_144);
}

/** Defines a property, so that `__proto__` is one. */
function put(record: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
}

function nest(value: unknown, depth: number, asList: boolean): unknown {
  let nested = value;
  for (let level = 0; level < depth; level++) {
    nested = asList ? { arrayValue: { values: [nested] } } : { kvlistValue: { values: [{ key: "k", value: nested }] } };
  }
  return nested;
}

function collect(value: unknown, places: [Record<string, unknown> | unknown[], string][]): void {
  if (typeof value !== "object" || value === null || places.length > 2_000) return;
  for (const key of Object.keys(value)) {
    places.push([value as Record<string, unknown>, key]);
    collect((value as Record<string, unknown>)[key], places);
  }
}
