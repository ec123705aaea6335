import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RawSpan, type Span, spanSchema } from "@culprit/schemas";

const rawSpanSchema = spanSchema.omit({ project: true, reading: true });
const FOLDER = join(import.meta.dirname, "..", "unit", "collector", "dialects");

/** Spans as a library sent them, kept for a dialect's test that runs without the library. */
export interface Fixture {
  /** Where they come from: the program and the versions, or the documentation they were written after. */
  source: string;
  spans: RawSpan[];
}

/** Reads `tests/unit/collector/dialects/NAME.json`. */
export function readFixture(name: string): Fixture {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), "utf8")) as Fixture;
}

/**
 * Keeps the spans of a run under `tests/unit/collector/dialects`: ids become small numbers, times begin at a fixed
 * moment with what lies between them as it was, paths and ports of this machine go.
 */
export function writeFixture(name: string, source: string, spans: readonly Span[]): void {
  const ids = new Map(spans.map(({ span_id }, at) => [span_id, (at + 1).toString(16).padStart(16, "0")]));
  const times = spans.flatMap((span) => [
    span.start_time_unix_nano,
    span.end_time_unix_nano,
    ...span.events.map(({ time_unix_nano }) => time_unix_nano),
  ]);
  const first = times.map(BigInt).reduce((left, right) => (right < left ? right : left), BigInt(times[0] ?? 0));
  const at = (time: string) => String(1_700_000_000_000_000_000n + BigInt(time) - first);
  const kept = spans.map((span) => {
    const raw = rawSpanSchema.parse(span);
    return {
      ...raw,
      trace_id: "f".repeat(32),
      span_id: ids.get(raw.span_id) ?? raw.span_id,
      parent_span_id: ids.get(raw.parent_span_id) ?? raw.parent_span_id,
      start_time_unix_nano: at(raw.start_time_unix_nano),
      end_time_unix_nano: at(raw.end_time_unix_nano),
      events: raw.events.map((event) => ({ ...event, time_unix_nano: at(event.time_unix_nano) })),
      links: raw.links.map((link) => ({ ...link, trace_id: "f".repeat(32), span_id: ids.get(link.span_id) ?? "" })),
      resource_attributes: {},
    };
  });
  mkdirSync(FOLDER, { recursive: true });
  const text = JSON.stringify({ source, spans: kept }, null, 1)
    .replace(/127\.0\.0\.1:\d+/g, "scripted")
    .replace(/(?<=[" (])\/(?:[\w.~-]+\/)+(?=[\w.-])/g, "…/");
  writeFileSync(join(FOLDER, `${name}.json`), `${text}\n`);
}
