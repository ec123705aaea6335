import { isAscii } from "node:buffer";
import { UndecodableError } from "./decoded.ts";
import { Allowance } from "./limits.ts";
import { uint64Decimal } from "./values.ts";

/** Wire types of the protobuf encoding. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

/** A field's tag as {@link WireReader.tag} returns it. */
export const field = (number: number, type: number): number => (number << 3) | type;

const MAX_GROUP_DEPTH = 64;
const INTERNED = 2048;
const LONGEST_INTERNED = 64;
/** From here on it pays to look whether text is ASCII, which is copied instead of decoded. */
const LONG_TEXT = 128;

/**
 * A cursor over protobuf bytes. Every read is checked against `limit`, the end of the message being read, so a
 * length that lies can't reach into a neighbour or past the body.
 */
export class WireReader {
  readonly bytes: Buffer;
  /** What the request may still decode to. */
  readonly allowance: Allowance;
  position = 0;
  /** End of the message being read. */
  limit: number;
  readonly #interned: string[] = new Array<string>(INTERNED).fill("");

  constructor(bytes: Uint8Array, allowance = new Allowance()) {
    this.allowance = allowance;
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.limit = bytes.byteLength;
  }

  /** Reads a length and narrows `limit` to that message; give what it returns to {@link leave}. */
  enter(): number {
    const outer = this.limit;
    this.limit = this.#lengthEnd();
    return outer;
  }

  leave(outer: number): void {
    this.limit = outer;
  }

  /** Field number and wire type as `number << 3 | type`. */
  tag(): number {
    const tag = this.#size();
    if (tag >>> 3 === 0) throw new UndecodableError("a field has the number 0");
    return tag;
  }

  /** A varint cut to its low 32 bits, unsigned. */
  uint32(): number {
    const { bytes, limit } = this;
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= limit) throw truncated();
      const byte = bytes[this.position++] as number;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new UndecodableError("a varint is longer than ten bytes");
  }

  /** A signed 64-bit varint: a number where that is exact, else a decimal string. */
  int64(): number | string {
    const { bytes, limit } = this;
    let low = 0;
    let middle = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      if (this.position >= limit) throw truncated();
      const byte = bytes[this.position++] as number;
      const bits = byte & 0x7f;
      if (index < 4) low |= bits << (index * 7);
      else if (index < 8) middle |= bits << ((index - 4) * 7);
      else high |= bits << ((index - 8) * 7);
      if (byte < 0x80) {
        if (high === 0 && middle < 0x200_0000) return middle * 0x1000_0000 + low;
        const whole = (BigInt(high & 0xff) << 56n) | (BigInt(middle) << 28n) | BigInt(low);
        const signed = BigInt.asIntN(64, whole);
        const number = Number(signed);
        return Number.isSafeInteger(number) ? number : signed.toString();
      }
    }
    throw new UndecodableError("a varint is longer than ten bytes");
  }

  /** Any non-zero varint is true. */
  bool(): boolean {
    const { bytes, limit } = this;
    let seen = 0;
    for (let index = 0; index < 10; index++) {
      if (this.position >= limit) throw truncated();
      const byte = bytes[this.position++] as number;
      seen |= byte & 0x7f;
      if (byte < 0x80) return seen !== 0;
    }
    throw new UndecodableError("a varint is longer than ten bytes");
  }

  /** An unsigned fixed 64-bit integer as a decimal string. */
  fixed64(): string {
    const at = this.#advance(8);
    return uint64Decimal(this.bytes.readUInt32LE(at), this.bytes.readUInt32LE(at + 4));
  }

  double(): number {
    return this.bytes.readDoubleLE(this.#advance(8));
  }

  /** Text, cut when it is longer than a value may be; bytes that are not UTF-8 become U+FFFD. */
  string(): string {
    const end = this.#lengthEnd();
    const start = this.position;
    this.position = end;
    if (end - start > this.allowance.limits.valueBytes) return this.allowance.cut(this.bytes, start, end);
    const ascii = end - start > LONG_TEXT && isAscii(this.bytes.subarray(start, end));
    return this.bytes.toString(ascii ? "latin1" : "utf8", start, end);
  }

  /** An attribute key; undefined when it is longer than a key may be. */
  key(): string | undefined {
    const end = this.#lengthEnd();
    const start = this.position;
    this.position = end;
    return end - start > this.allowance.limits.keyBytes ? undefined : this.#shared(start, end);
  }

  /** A name, cut when it is longer than a value may be. */
  name(): string {
    const end = this.#lengthEnd();
    const start = this.position;
    this.position = end;
    if (end - start > this.allowance.limits.valueBytes) return this.allowance.cut(this.bytes, start, end);
    return this.#shared(start, end);
  }

  /** Text that recurs: short ASCII is read once a request and shared. */
  #shared(start: number, end: number): string {
    const { bytes } = this;
    const length = end - start;
    if (length > LONGEST_INTERNED) return bytes.toString("utf8", start, end);
    let hash = length;
    for (let index = start; index < end; index++) hash = (Math.imul(hash, 31) + (bytes[index] as number)) | 0;
    const slot = (hash ^ (hash >>> 15)) & (INTERNED - 1);
    const known = this.#interned[slot] as string;
    if (known.length === length) {
      let index = 0;
      while (index < length && known.charCodeAt(index) === bytes[start + index]) index++;
      if (index === length) return known;
    }
    const text = bytes.toString("utf8", start, end);
    if (text.length === length) this.#interned[slot] = text;
    return text;
  }

  base64(): string {
    const end = this.#lengthEnd();
    const start = this.position;
    this.position = end;
    if (end - start > this.allowance.limits.valueBytes) return this.allowance.cut(this.bytes, start, end, "base64");
    return this.bytes.toString("base64", start, end);
  }

  /**
   * An identifier as lower-case hex: "" when it is empty or all zero, undefined when it has another length than
   * `length` bytes.
   */
  id(length: number): string | undefined {
    const end = this.#lengthEnd();
    const start = this.position;
    this.position = end;
    if (end - start !== length) return end === start ? "" : undefined;
    for (let index = start; index < end; index++) {
      if (this.bytes[index] !== 0) return this.bytes.toString("hex", start, end);
    }
    return "";
  }

  /** Passes over a field this reader does not know, or one that came with another wire type than it has. */
  skip(tag: number): void {
    let depth = 0;
    let current = tag;
    do {
      const type = current & 7;
      if (type === WIRE.varint) this.bool();
      else if (type === WIRE.fixed64) this.#advance(8);
      else if (type === WIRE.bytes) this.position = this.#lengthEnd();
      else if (type === WIRE.fixed32) this.#advance(4);
      else if (type === WIRE.startGroup) {
        if (++depth > MAX_GROUP_DEPTH) throw new UndecodableError("groups are nested too deep");
      } else if (type === WIRE.endGroup) {
        if (--depth < 0) throw new UndecodableError("a group ends that never began");
      } else throw new UndecodableError(`there is no wire type ${type}`);
      if (depth > 0) current = this.tag();
    } while (depth > 0);
  }

  #advance(count: number): number {
    const at = this.position;
    if (count > this.limit - at) throw truncated();
    this.position = at + count;
    return at;
  }

  /** A varint that must fit 32 bits: a tag or a length, where cutting high bits off would change the meaning. */
  #size(): number {
    const { bytes, limit } = this;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.position >= limit) throw truncated();
      const byte = bytes[this.position++] as number;
      if (shift === 28 && byte > 0x0f) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new UndecodableError("a length or field number does not fit 32 bits");
  }

  #lengthEnd(): number {
    const length = this.#size();
    if (length > this.limit - this.position) throw truncated();
    return this.position + length;
  }
}

function truncated(): UndecodableError {
  return new UndecodableError("the message ends in the middle of a field");
}
