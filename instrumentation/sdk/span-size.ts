import type { Attributes } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";

/** About how many bytes a span takes on its way. */
export function estimate(span: ReadableSpan): number {
  let bytes = 256 + span.name.length + attributesSize(span.attributes);
  for (const { attributes } of span.events) if (attributes !== undefined) bytes += attributesSize(attributes);
  return bytes;
}

function attributesSize(attributes: Attributes): number {
  let bytes = 0;
  for (const key in attributes) {
    const value = attributes[key];
    bytes += key.length + (typeof value === "string" ? value.length : Array.isArray(value) ? value.join().length : 8);
  }
  return bytes;
}
