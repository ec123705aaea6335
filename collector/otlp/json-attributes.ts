import type { Attributes, AttributeValue } from "@culprit/schemas";
import { UndecodableError } from "./decoded.ts";
import { type Fields, fieldsOf, int64, listOf, text } from "./json-fields.ts";
import { type Allowance, COST, TOO_DEEP } from "./limits.ts";
import { doubleValue, putAttribute, wellFormed } from "./values.ts";

/** Reads `fields.attributes` into `target`; what may not be kept is counted in `allowance.lost`. */
export function readAttributes(fields: Fields, target: Attributes, allowance: Allowance): void {
  const list = listOf(fields, "attributes");
  const kept = Math.min(list.length, allowance.limits.attributes);
  for (let index = 0; index < kept; index++) readPair(list[index], target, 0, allowance);
  allowance.lost += list.length - kept;
}

function readPair(value: unknown, target: Attributes, depth: number, allowance: Allowance): void {
  allowance.spend(COST.value);
  const pair = fieldsOf(value, "attribute");
  const key = text(pair, "key");
  if (allowance.keeps(key)) putAttribute(target, key, readValue(pair["value"], depth, allowance));
}

/** An OTLP `AnyValue`; one that says nothing is null. */
export function readValue(value: unknown, depth: number, allowance: Allowance): AttributeValue {
  if (value == null) return null;
  const any = fieldsOf(value, "an attribute's value");
  for (const key in any) {
    const content = any[key];
    if (content === null) continue;
    switch (key) {
      case "stringValue":
        if (typeof content !== "string") throw new UndecodableError("stringValue is not a string");
        return allowance.fitted(wellFormed(content));
      case "boolValue":
        if (typeof content !== "boolean") throw new UndecodableError("boolValue is not true or false");
        return content;
      case "intValue":
        return int64(content);
      case "doubleValue":
        return readDouble(content);
      case "arrayValue": {
        if (depth >= allowance.limits.depth) return TOO_DEEP;
        const items = listOf(fieldsOf(content, "arrayValue"), "values");
        allowance.spend(items.length * COST.value);
        return items.map((item) => readValue(item, depth + 1, allowance));
      }
      case "kvlistValue": {
        if (depth >= allowance.limits.depth) return TOO_DEEP;
        const map: Attributes = {};
        for (const pair of listOf(fieldsOf(content, "kvlistValue"), "values")) {
          readPair(pair, map, depth + 1, allowance);
        }
        return map;
      }
      case "bytesValue": {
        if (typeof content !== "string") throw new UndecodableError("bytesValue is not base64");
        const bytes = Buffer.from(content, "base64");
        const { byteLength } = bytes;
        return byteLength > allowance.limits.valueBytes
          ? allowance.cut(bytes, 0, byteLength, "base64")
          : bytes.toString("base64");
      }
      default:
    }
  }
  return null;
}

function readDouble(content: unknown): AttributeValue {
  if (typeof content === "number") return doubleValue(content);
  const named = content === "NaN" || content === "Infinity" || content === "-Infinity";
  if (named) return content as string;
  const number = typeof content === "string" && content.trim() !== "" ? Number(content) : Number.NaN;
  if (Number.isNaN(number)) throw new UndecodableError("doubleValue is not a number");
  return doubleValue(number);
}
