import type { ByteWriter } from "./byte-writer.ts";

/** One column of a Native block: its values for all rows, in the binary form of its type. */
export interface NativeColumn<Item> {
  readonly name: string;
  /** The type the bytes are in; the engine casts to the table's own where that differs (`LowCardinality`, `Enum8`). */
  readonly type: string;
  write(out: ByteWriter, items: readonly Item[]): void;
}

export function textColumn<Item>(name: string, get: (item: Item) => string): NativeColumn<Item> {
  return {
    name,
    type: "String",
    write: (out, items) => {
      for (const item of items) out.text(get(item));
    },
  };
}

/** Bytes given as hex digits, so many of them in each row. */
export function hexColumn<Item>(name: string, size: number, get: (item: Item) => string): NativeColumn<Item> {
  return {
    name,
    type: `FixedString(${size})`,
    write: (out, items) => {
      for (const item of items) out.hex(get(item));
    },
  };
}

/** The position of a name in a constant list, as `Enum8` numbers it; a name not in it is 0. */
export function enumColumn<Item>(
  name: string,
  names: readonly string[],
  get: (item: Item) => string,
): NativeColumn<Item> {
  return {
    name,
    type: "Int8",
    write: (out, items) => {
      for (const item of items) out.uint8(Math.max(0, names.indexOf(get(item))));
    },
  };
}

export function uint32Column<Item>(name: string, get: (item: Item) => number): NativeColumn<Item> {
  return {
    name,
    type: "UInt32",
    write: (out, items) => {
      for (const item of items) out.uint32(clamp(get(item), 0xffff_ffff));
    },
  };
}

export function uint64Column<Item>(name: string, get: (item: Item) => number): NativeColumn<Item> {
  return {
    name,
    type: "UInt64",
    write: (out, items) => {
      for (const item of items) out.uint64(clamp(get(item), Number.MAX_SAFE_INTEGER));
    },
  };
}

/** Decimal digits as UInt64; past its range they are its largest value. */
export function decimalColumn<Item>(name: string, get: (item: Item) => string): NativeColumn<Item> {
  return {
    name,
    type: "UInt64",
    write: (out, items) => {
      for (const item of items) writeDecimal(out, get(item));
    },
  };
}

/**
 * 64 bits out of decimal digits without a BigInt: the digits are `high * 10^9 + low`, and `high` is split at 2^20, so
 * that no product passes 2^53.
 */
function writeDecimal(out: ByteWriter, digits: string): void {
  const high = digits.length > 9 ? Number(digits.slice(0, -9)) : 0;
  const low = Number(digits.length > 9 ? digits.slice(-9) : digits);
  if (high > 18_446_744_073 || (high === 18_446_744_073 && low > 709_551_615)) {
    out.uint64Halves(0xffff_ffff, 0xffff_ffff);
    return;
  }
  const upper = Math.floor(high / 0x10_0000) * 1e9;
  const lower = (high % 0x10_0000) * 1e9 + low;
  const bottom = (upper % 0x1000) * 0x10_0000 + (lower % 0x1_0000_0000);
  const top = Math.floor(upper / 0x1000) + Math.floor(lower / 0x1_0000_0000) + Math.floor(bottom / 0x1_0000_0000);
  out.uint64Halves(bottom % 0x1_0000_0000, top);
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(Math.trunc(value), 0), most);
}
