import type { RawSpan, SpanHead, SpanReading } from "@culprit/schemas";
import { createDetector } from "./detect.ts";
import type { Dialect } from "./dialect.ts";
import { readHeadWith, readWith } from "./read-with.ts";
import { DIALECTS, GENERIC } from "./tables.ts";

const detector = createDetector(DIALECTS);

/**
 * What a span says, in the words of the GenAI conventions, read by the table of the vendor that wrote it.
 *
 * The tables whose scope names match are tried first, then those whose attribute shape matches; the first that finds
 * an operation wins, so a vendor that moved to another dialect keeps being understood. Pure, never throws, and leaves
 * the raw attributes alone: a newer table can read them again.
 */
export function readSpan(raw: RawSpan): SpanReading {
  return readBy(raw, readWith);
}

/** {@link readSpan} without the messages: what the write path needs, which leaves those to be read on demand. */
export function readHead(raw: RawSpan): SpanHead {
  return readBy(raw, readHeadWith);
}

function readBy<Reading extends SpanHead>(raw: RawSpan, read: (dialect: Dialect, raw: RawSpan) => Reading): Reading {
  let first: Reading | undefined;
  for (const find of [detector.byScope, detector.byShape]) {
    for (const position of find(raw)) {
      const reading = read(DIALECTS[position] as Dialect, raw);
      if (reading.operation !== "") return reading;
      first ??= reading;
    }
  }
  return first ?? read(GENERIC, raw);
}
