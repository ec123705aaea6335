import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";

/** About how many bytes a span takes on its way. */
export function estimate(span: ReadableSpan): number {
  let bytes = 256 + span.name.length;
  for (const attributes of [span.attributes, ...span.events.map((event) => event.attributes ?? {})]) {
    for (const [key, value] of Object.entries(attributes)) {
      bytes += key.length + (typeof value === "string" ? value.length : Array.isArray(value) ? value.join().length : 8);
    }
  }
  return bytes;
}
