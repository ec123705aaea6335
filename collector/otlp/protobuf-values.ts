import type { Attributes, AttributeValue } from "@culprit/schemas";
import { COST, TOO_DEEP } from "./limits.ts";
import { doubleValue, putAttribute } from "./values.ts";
import { field, WIRE, type WireReader } from "./wire-reader.ts";

const KEY = field(1, WIRE.bytes);
const VALUE = field(2, WIRE.bytes);
const VALUES = field(1, WIRE.bytes);

/** Reads one `KeyValue` into `target`; one whose key is too long is counted as lost. */
export function readAttribute(reader: WireReader, target: Attributes, depth = 0): void {
  reader.allowance.spend(COST.value);
  const outer = reader.enter();
  let key: string | undefined = "";
  let value: AttributeValue = null;
  while (reader.position < reader.limit) {
    const tag = reader.tag();
    if (tag === KEY) key = reader.key();
    else if (tag === VALUE) value = readValue(reader, depth);
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (key === undefined) reader.allowance.lost++;
  else putAttribute(target, key, value);
}

/** Reads one more `KeyValue` of a record that holds `kept` already, or passes over it when that is all it may hold. */
export function readAttributeWithin(reader: WireReader, tag: number, kept: number, target: Attributes): void {
  if (kept < reader.allowance.limits.attributes) readAttribute(reader, target);
  else {
    reader.allowance.lost++;
    reader.skip(tag);
  }
}

/** Reads one `AnyValue`; one that says nothing is null. */
export function readValue(reader: WireReader, depth: number): AttributeValue {
  const outer = reader.enter();
  let value: AttributeValue = null;
  while (reader.position < reader.limit) {
    const tag = reader.tag();
    switch (tag) {
      case field(1, WIRE.bytes):
        value = reader.string();
        break;
      case field(2, WIRE.varint):
        value = reader.bool();
        break;
      case field(3, WIRE.varint):
        value = reader.int64();
        break;
      case field(4, WIRE.fixed64):
        value = doubleValue(reader.double());
        break;
      case field(5, WIRE.bytes):
        value = readNested(reader, tag, depth, readList);
        break;
      case field(6, WIRE.bytes):
        value = readNested(reader, tag, depth, readMap);
        break;
      case field(7, WIRE.bytes):
        value = reader.base64();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  return value;
}

function readNested(
  reader: WireReader,
  tag: number,
  depth: number,
  read: (reader: WireReader, depth: number) => AttributeValue,
): AttributeValue {
  if (depth < reader.allowance.limits.depth) return read(reader, depth + 1);
  reader.skip(tag);
  return TOO_DEEP;
}

function readList(reader: WireReader, depth: number): AttributeValue[] {
  const outer = reader.enter();
  const values: AttributeValue[] = [];
  while (reader.position < reader.limit) {
    const tag = reader.tag();
    if (tag === VALUES) {
      reader.allowance.spend(COST.value);
      values.push(readValue(reader, depth));
    } else reader.skip(tag);
  }
  reader.leave(outer);
  return values;
}

function readMap(reader: WireReader, depth: number): Attributes {
  const outer = reader.enter();
  const map: Attributes = {};
  while (reader.position < reader.limit) {
    const tag = reader.tag();
    if (tag === VALUES) readAttribute(reader, map, depth);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return map;
}
