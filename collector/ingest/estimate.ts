import type { IncomingSpan } from "@culprit/schemas";

/** What a span takes beside its attributes. */
const SPAN_BYTES = 400;

/** About how many bytes spans take: never exact, cheap, and in proportion to what they hold. */
export function estimateBytes(spans: readonly IncomingSpan[]): number {
  let bytes = 0;
  for (const span of spans) bytes += SPAN_BYTES + sizeOf(span.attributes) + sizeOf(span.events) + sizeOf(span.links);
  return bytes;
}

function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 8;
  let size = 8;
  if (Array.isArray(value)) for (const item of value) size += sizeOf(item);
  else for (const [key, item] of Object.entries(value)) size += key.length + sizeOf(item);
  return size;
}
