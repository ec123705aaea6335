import { SPANS_PER_RUN } from "./workload.ts";

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
/** 2026-11-01, nanoseconds since 1970: start of the first span of the load. */
const FIRST_START = 1_793_491_200_000_000_000n;

/** Bijective mixing of 32 bits (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}

/**
 * Ids of the spans of run number `run` of a load, 16 and 8 bytes: random-looking, unique, and known from the number
 * alone, so that whoever checks the store knows what must be in it.
 */
export function putTraceId(bytes: Uint8Array, at: number, run: number): void {
  putWord(bytes, at, mix(run + 1));
  putWord(bytes, at + 4, mix(run ^ 0x5bd1e995));
  putWord(bytes, at + 8, 0xc0ffee00);
  putWord(bytes, at + 12, run);
}

export function putSpanId(bytes: Uint8Array, at: number, run: number, index: number): void {
  const number = run * SPANS_PER_RUN + index;
  putWord(bytes, at, mix(number + 1));
  // At least one bit is set, whatever the number.
  putWord(bytes, at + 4, (number | 0x8000_0000) >>> 0);
}

const scratch = new Uint8Array(16);

export function traceIdOf(run: number): string {
  putTraceId(scratch, 0, run);
  return hex(scratch, 16);
}

export function spanIdOf(run: number, index: number): string {
  putSpanId(scratch, 0, run, index);
  return hex(scratch, 8);
}

/** Nanoseconds since 1970; a run starts a tenth of a second after the one before. */
export function startOf(run: number, index: number): bigint {
  return FIRST_START + BigInt(run) * 100_000_000n + BigInt(index) * 1_000_000n;
}

export function endOf(run: number, index: number): bigint {
  return startOf(run, index) + (index === 0 ? 90_000_000n : 800_000n);
}

function hex(bytes: Uint8Array, length: number): string {
  let text = "";
  for (let at = 0; at < length; at++) text += HEX[bytes[at] as number];
  return text;
}
