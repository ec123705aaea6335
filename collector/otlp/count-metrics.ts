import { fieldsOf, listOf } from "./json-fields.ts";
import { parseJson } from "./json-parse.ts";
import { Allowance, type Limits } from "./limits.ts";
import { field, WIRE, WireReader } from "./wire-reader.ts";

/** `ResourceMetrics`, `ScopeMetrics`, `Metric`, one of its five kinds, `data_points`. */
const PATH: readonly (readonly number[])[] = [[1], [2], [2], [5, 7, 9, 10, 11], [1]];
const KINDS = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] as const;

/**
 * Counts the data points of an `ExportMetricsServiceRequest`, and nothing else: Culprit keeps no metrics.
 *
 * @throws UndecodableError when the bytes are not that message
 */
export function countMetricsProtobuf(bytes: Uint8Array, limits?: Limits): number {
  return countAt(new WireReader(bytes, new Allowance(limits)), 0);
}

function countAt(reader: WireReader, depth: number): number {
  const wanted = PATH[depth] as readonly number[];
  let count = 0;
  while (reader.position < reader.limit) {
    const tag = reader.tag();
    if (!wanted.some((number) => tag === field(number, WIRE.bytes))) reader.skip(tag);
    else if (depth === PATH.length - 1) {
      reader.skip(tag);
      count++;
    } else {
      const outer = reader.enter();
      count += countAt(reader, depth + 1);
      reader.leave(outer);
    }
  }
  return count;
}

/**
 * {@link countMetricsProtobuf} for OTLP/JSON.
 *
 * @throws UndecodableError, TooManyItemsError
 */
export function countMetricsJson(body: Uint8Array, limits?: Limits): number {
  let count = 0;
  for (const group of listOf(fieldsOf(parseJson(body, limits), "the body"), "resourceMetrics")) {
    for (const scoped of listOf(fieldsOf(group, "resourceMetrics"), "scopeMetrics")) {
      for (const value of listOf(fieldsOf(scoped, "scopeMetrics"), "metrics")) {
        const metric = fieldsOf(value, "metric");
        for (const kind of KINDS) {
          if (metric[kind] != null) count += listOf(fieldsOf(metric[kind], kind), "dataPoints").length;
        }
      }
    }
  }
  return count;
}
