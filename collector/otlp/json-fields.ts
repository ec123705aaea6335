import { UndecodableError } from "./decoded.ts";
import type { Allowance } from "./limits.ts";
import { int64Value, unixNano, wellFormed } from "./values.ts";

/** A JSON object whose fields have not been looked at. */
export type Fields = Record<string, unknown>;

export function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UndecodableError(`${what} is not a JSON object`);
  }
  return value as Fields;
}

/** A list field; absent and null are an empty one. */
export function listOf(fields: Fields, key: string): unknown[] {
  const value = fields[key];
  if (value == null) return [];
  if (!Array.isArray(value)) throw new UndecodableError(`${key} is not a list`);
  return value;
}

/** Text, cut to what a value may be where an allowance is given; "" when absent. */
export function text(fields: Fields, key: string, allowance?: Allowance): string {
  const value = fields[key];
  if (value == null) return "";
  if (typeof value !== "string") throw new UndecodableError(`${key} is not a string`);
  const whole = wellFormed(value);
  return allowance === undefined ? whole : allowance.fitted(whole);
}

/** An integer given as a number or a decimal string. */
export function integer(value: unknown, what: string): bigint {
  if (typeof value === "number" && Number.isFinite(value)) return BigInt(Math.trunc(value));
  if (typeof value === "string" && /^[+-]?\d{1,40}$/.test(value)) return BigInt(value);
  throw new UndecodableError(`${what} is not an integer`);
}

export function int64(value: unknown): number | string {
  const checked = int64Value(integer(value, "intValue"));
  if (checked === undefined) throw new UndecodableError("intValue does not fit 64 bits");
  return checked;
}

/** Nanoseconds since 1970; "0" when absent. */
export function nanos(fields: Fields, key: string): string {
  const value = fields[key];
  if (value == null || value === "") return "0";
  const checked = unixNano(integer(value, key));
  if (checked === undefined) throw new UndecodableError(`${key} does not fit 64 bits`);
  return checked;
}

/** A uint32 counter; 0 when absent. */
export function count(fields: Fields, key: string): number {
  const value = fields[key];
  if (value == null) return 0;
  const number = Number(integer(value, key));
  if (number < 0 || number > 0xffff_ffff) throw new UndecodableError(`${key} does not fit 32 bits`);
  return number;
}

/** A `SeverityNumber` by number, or by name (`SEVERITY_NUMBER_WARN2`); 0 when it is unknown. */
export function severity(fields: Fields, key: string): number {
  const value = fields[key];
  if (value == null) return 0;
  const [, level = "", step = "1"] =
    /^SEVERITY_NUMBER_(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)([2-4]?)$/.exec(`${value}`) ?? [];
  if (level !== "") return SEVERITIES.indexOf(level) * 4 + Number(step || "1");
  if (typeof value === "string" && /^SEVERITY_NUMBER_/.test(value)) return 0;
  const number = Number(integer(value, key));
  return number >= 0 && number <= 0xff ? number : 0;
}
const SEVERITIES = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/** An enum by number, as OTLP writes it, or by name, as protobuf's own JSON does; unknown ones are the first. */
export function enumName<const Names extends readonly string[]>(
  fields: Fields,
  key: string,
  names: Names,
  prefix: string,
): Names[number] {
  const value = fields[key];
  const found =
    typeof value === "string" && value.startsWith(prefix)
      ? names.find((name) => name === value.slice(prefix.length).toLowerCase())
      : value == null
        ? undefined
        : names[Number(integer(value, key))];
  return found ?? (names[0] as Names[number]);
}

/**
 * An identifier as lower-case hex: "" when it is absent, empty or all zero, undefined when it is not `digits` hex
 * digits.
 */
export function hexId(fields: Fields, key: string, digits: number): string | undefined {
  const value = fields[key];
  if (value == null || value === "") return "";
  if (typeof value !== "string" || value.length !== digits || !/^[\da-f]+$/i.test(value)) return undefined;
  return /^0+$/.test(value) ? "" : value.toLowerCase();
}
