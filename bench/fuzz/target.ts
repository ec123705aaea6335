import {
  decodeLogsJson,
  decodeLogsProtobuf,
  decodeTracesJson,
  decodeTracesProtobuf,
  readSpan,
  TooManyItemsError,
  UndecodableError,
} from "@culprit/collector";
import type { FuzzedSignal } from "./encode.ts";

export type FuzzedEncoding = "protobuf" | "json";

/** What a body did: records that came out of it, or that it was refused as the contract says. */
export type Verdict = { records: unknown[] } | { refused: string };

/** Decodes a body and reads its spans, as the collector does; throws only what it must not throw. */
export function feed(signal: FuzzedSignal, encoding: FuzzedEncoding, body: Buffer): Verdict {
  try {
    if (signal === "logs") {
      return { records: (encoding === "json" ? decodeLogsJson(body) : decodeLogsProtobuf(body)).logs };
    }
    const { spans } = encoding === "json" ? decodeTracesJson(body) : decodeTracesProtobuf(body);
    for (const span of spans) readSpan(span);
    return { records: spans };
  } catch (error) {
    if (error instanceof UndecodableError || error instanceof TooManyItemsError) return { refused: error.message };
    throw error;
  }
}
