/** The two encodings of OTLP over HTTP; an answer uses the one of its request. */
export type Encoding = "protobuf" | "json";

export const CONTENT_TYPES: Record<Encoding, string> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

/** The encoding a content type asks for, whatever its case and parameters. */
export function encodingOf(contentType: string | undefined): Encoding | undefined {
  const media = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (media === CONTENT_TYPES.json) return "json";
  return media === CONTENT_TYPES.protobuf ? "protobuf" : undefined;
}

/** Codes of `google.rpc.Status` that a receiver answers with (`google/rpc/code.proto`). */
export const RPC = {
  invalidArgument: 3,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** A body of `google.rpc.Status`. */
export function statusBody(encoding: Encoding, code: number, message: string): string | Uint8Array<ArrayBuffer> {
  if (encoding === "json") return JSON.stringify({ code, message });
  return concat([varintField(1, code), bytesField(2, Buffer.from(message))]);
}

/** What `partial_success` says; a count of none makes it a warning. */
export interface Partial {
  rejected: number;
  message: string;
}

/** The name OTLP/JSON gives each signal's rejected count. */
export type RejectedField = "rejectedSpans" | "rejectedLogRecords" | "rejectedDataPoints";

/**
 * A body of `Export*ServiceResponse`; the signal's own name of the rejected count matters to JSON only. Nothing
 * refused is an empty protobuf message, `{}` in JSON.
 */
export function exportResponseBody(
  encoding: Encoding,
  rejectedField: RejectedField,
  partial?: Partial,
): string | Uint8Array<ArrayBuffer> {
  if (encoding === "json") {
    if (!partial) return "{}";
    return JSON.stringify({
      partialSuccess: { [rejectedField]: String(partial.rejected), errorMessage: partial.message },
    });
  }
  if (!partial) return new Uint8Array(0);
  const inner = concat([varintField(1, partial.rejected), bytesField(2, Buffer.from(partial.message))]);
  return concat([bytesField(1, inner)]);
}

function varintField(number: number, value: number): Uint8Array {
  return Uint8Array.from([(number << 3) | 0, ...varint(value)]);
}

function bytesField(number: number, content: Uint8Array): Uint8Array {
  return concat([Uint8Array.from([(number << 3) | 2, ...varint(content.byteLength)]), content]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
