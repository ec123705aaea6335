import type { Config } from "@culprit/schemas";
import { TooManyItemsError } from "./decoded.ts";

/**
 * How much of one request is kept. What goes past a limit is counted in the record's `dropped_*_count`, as an SDK
 * counts what it drops itself, or leaves a marker where it stood.
 */
export interface Limits {
  /** Attributes of one span, event, link, log record or resource. */
  attributes: number;
  /** Events of one span. */
  events: number;
  /** Links of one span. */
  links: number;
  /** Nesting of lists and maps inside one attribute value. */
  depth: number;
  /** Bytes of UTF-8 of an attribute key. */
  keyBytes: number;
  /** Bytes of one text or bytes value. */
  valueBytes: number;
  /** What a whole request may decode to, in {@link COST}. */
  items: number;
}

/** The limits of a collector nobody configured. */
export const DEFAULT_LIMITS: Limits = {
  attributes: 10_000,
  events: 10_000,
  links: 10_000,
  depth: 64,
  keyBytes: 1024,
  valueBytes: 4 * 1024 * 1024,
  items: 2_097_152,
};

/** The limits a configuration asks for. */
export function limitsOf(config: Config): Limits {
  return {
    attributes: config.max_attributes,
    events: config.max_events,
    links: config.max_links,
    depth: config.max_depth,
    keyBytes: config.max_key_bytes,
    valueBytes: config.max_value_bytes,
    items: config.max_request_items,
  };
}

/** Items a decoded thing counts as, by what it costs in memory: an event of two bytes on the wire is an object here. */
export const COST = { record: 8, event: 2, link: 2, value: 1 } as const;

/** Bytes of memory an item is reckoned at, beside the text it holds. */
export const ITEM_BYTES = 96;

/** Stands where a value was nested deeper than {@link Limits.depth}. */
export const TOO_DEEP = "[nested too deep to keep]";

/** What decoding one request may still use, and what it had to leave out. */
export class Allowance {
  readonly limits: Limits;
  /** Attributes left out of the record, event or link being read. */
  lost = 0;
  /** Values that were cut. */
  truncated = 0;
  #left: number;

  constructor(limits: Limits = DEFAULT_LIMITS) {
    this.limits = limits;
    this.#left = limits.items;
  }

  /** Items used so far. */
  get spent(): number {
    return this.limits.items - this.#left;
  }

  /** @throws TooManyItemsError when the request decodes to more than it may */
  spend(items: number): void {
    this.#left -= items;
    if (this.#left < 0) throw new TooManyItemsError(this.limits.items);
  }

  /** Starts counting {@link lost} anew; give what it returns to {@link leave}. */
  enter(): number {
    const outer = this.lost;
    this.lost = 0;
    return outer;
  }

  /** What was lost since {@link enter}. */
  leave(outer: number): number {
    const own = this.lost;
    this.lost = outer;
    return own;
  }

  /** Text of UTF-8 bytes that are past the limit: their start, cut between characters, and a marker. */
  cut(bytes: Buffer, start: number, end: number, as: "utf8" | "base64" = "utf8"): string {
    this.truncated++;
    let stop = start + this.limits.valueBytes;
    if (as === "utf8") while (stop > start && ((bytes[stop] as number) & 0xc0) === 0x80) stop--;
    return `${bytes.toString(as, start, stop)}… [truncated: kept ${stop - start} of ${end - start} bytes]`;
  }

  /** Text as it is, or cut when it is longer than a value may be. */
  fitted(text: string): string {
    const limit = this.limits.valueBytes;
    // No UTF-16 unit takes more than three bytes of UTF-8.
    if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return text;
    const bytes = Buffer.from(text);
    return this.cut(bytes, 0, bytes.byteLength);
  }

  /** Whether a key may be kept; one that may not is counted as lost. */
  keeps(key: string): boolean {
    const limit = this.limits.keyBytes;
    if (key.length * 3 <= limit || Buffer.byteLength(key) <= limit) return true;
    this.lost++;
    return false;
  }
}
