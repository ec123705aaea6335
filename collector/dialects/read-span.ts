import type { RawSpan, SpanHead, SpanReading } from "@culprit/schemas";
import { createDetector } from "./detect.ts";
import type { Dialect } from "./dialect.ts";
import { operationOf, readHeadWith, readWith } from "./read-with.ts";
import { DIALECTS, GENERIC } from "./tables.ts";

const detector = createDetector(DIALECTS);

/**
 * What a span says, in the words of the GenAI conventions, read by the table of the vendor that wrote it.
 *
 * The tables whose scope names match are tried first, then those whose attribute shape matches; the first that knows
 * the operation wins, so a vendor that moved to another dialect keeps being understood. Pure, never throws, and leaves
 * the raw attributes alone: a newer table can read them again.
 */
export function readSpan(raw: RawSpan): SpanReading {
  return readBy(raw, readWith);
}

/** {@link readSpan} without the messages: what the write path needs, which leaves those to be read on demand. */
export function readHead(raw: RawSpan): SpanHead {
  return readBy(raw, readHeadWith);
}

function readBy<Reading extends SpanHead>(
  raw: RawSpan,
  read: (dialect: Dialect, raw: RawSpan, operation: string | undefined) => Reading,
): Reading {
  let first: Dialect | undefined;
  for (const find of [detector.byScope, detector.byShape]) {
    for (const position of find(raw)) {
      const dialect = DIALECTS[position] as Dialect;
      const operation = operationOf(dialect, raw);
      if (operation !== undefined) return read(dialect, raw, operation);
      first ??= dialect;
    }
  }
  return first === undefined ? read(GENERIC, raw, operationOf(GENERIC, raw)) : read(first, raw, "");
}
