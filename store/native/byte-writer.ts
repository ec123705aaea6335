const INITIAL_BYTES = 64 * 1024;
/** Up to this many characters a loop over ASCII beats a call into the runtime. */
const SHORT_TEXT = 24;

/** Bytes put one after another into a buffer that grows; the engine's binary formats are little-endian throughout. */
export class ByteWriter {
  #bytes: Buffer;
  #at = 0;

  constructor(capacity = INITIAL_BYTES) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
  }

  get length(): number {
    return this.#at;
  }

  /** A copy of what has been written, no larger than it. */
  take(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#at));
  }

  /** Forgets what has been written and keeps the room for the next. */
  clear(): void {
    this.#at = 0;
  }

  /** Gives back room past `most` bytes; only what was cleared may be trimmed. */
  trim(most: number): void {
    if (this.#bytes.byteLength > most && this.#at === 0) this.#bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }

  uint8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  /** A whole number from 0 to 2^53. */
  uint64(value: number): void {
    this.uint64Halves(value % 0x1_0000_0000, Math.floor(value / 0x1_0000_0000));
  }

  uint64Halves(low: number, high: number): void {
    this.#reserve(8);
    this.#at = this.#bytes.writeUInt32LE(low, this.#at);
    this.#at = this.#bytes.writeUInt32LE(high, this.#at);
  }

  /** A whole number from 0 to 2^53 in LEB128. */
  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#at++] = rest;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.byteLength);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.byteLength;
  }

  /** Bytes given as hex digits, as they are. */
  hex(digits: string): void {
    this.#reserve(digits.length >> 1);
    this.#at += this.#bytes.write(digits, this.#at, "hex");
  }

  /** Text as UTF-8 after its length in bytes; an unpaired surrogate, which UTF-8 has no bytes for, becomes U+FFFD. */
  text(value: string): void {
    const { length } = value;
    if (length <= SHORT_TEXT && this.#shortText(value, length)) return;
    const size = Buffer.byteLength(value);
    this.#reserve(size + 8);
    this.varint(size);
    this.#bytes.write(value, this.#at, size, size === length ? "latin1" : "utf8");
    this.#at += size;
  }

  /** False, with nothing written, for text that is not all ASCII. */
  #shortText(value: string, length: number): boolean {
    this.#reserve(length + 1);
    const bytes = this.#bytes;
    let at = this.#at;
    bytes[at++] = length;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 127) return false;
      bytes[at++] = code;
    }
    this.#at = at;
    return true;
  }

  #reserve(size: number): void {
    const needed = this.#at + size;
    if (needed <= this.#bytes.byteLength) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.byteLength * 2));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
  }
}
