import { type Encoding, encodeTemplate, type Template } from "./encode.ts";
import { Random } from "./random.ts";
import { makeRun, SPANS_PER_RUN } from "./workload.ts";

/** Encoded text the pool holds; past it, requests repeat content (never ids) at a distance no compressor sees. */
const POOL_BYTES = 64 * 1024 * 1024;
const MOST_TEMPLATES = 256;

export interface Load {
  encoding: Encoding;
  /** Bytes of a span as protobuf, about. */
  spanBytes: number;
  /** Spans of one request, a multiple of the spans of a run. */
  requestSpans: number;
}

/** Requests of a load, encoded before the clock starts. */
export function makePool({ encoding, spanBytes, requestSpans }: Load, seed = 1): Template[] {
  const random = new Random(seed);
  const runs = Math.max(1, Math.round(requestSpans / SPANS_PER_RUN));
  const count = Math.max(4, Math.min(MOST_TEMPLATES, Math.floor(POOL_BYTES / (spanBytes * runs * SPANS_PER_RUN))));
  return Array.from({ length: count }, () =>
    encodeTemplate(
      encoding,
      Array.from({ length: runs }, () => makeRun(random, spanBytes)),
    ),
  );
}
