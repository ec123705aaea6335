import type { Attributes, AttributeValue, RawLog } from "@culprit/schemas";
import { addLog, type DecodedLogs, identifyLogs } from "./decoded.ts";
import { Allowance, COST, type Limits } from "./limits.ts";
import { eventNameOf, newLog } from "./new-log.ts";
import { readEnvelope } from "./protobuf-envelope.ts";
import { readAttributeWithin, readValue } from "./protobuf-values.ts";
import { field, WIRE, WireReader } from "./wire-reader.ts";

/**
 * Decodes the bytes of an `ExportLogsServiceRequest` of OTLP 1.11, under the rules of `decodeTracesProtobuf`.
 *
 * @throws UndecodableError, TooManyItemsError
 */
export function decodeLogsProtobuf(bytes: Uint8Array, limits?: Limits): DecodedLogs {
  const reader = new WireReader(bytes, new Allowance(limits));
  const decoded: DecodedLogs = { logs: [], refused: new Map(), items: 0, truncated: 0 };
  readEnvelope(reader, decoded.logs, (resource) => readLog(reader, decoded, resource));
  identifyLogs(decoded.logs);
  decoded.items = reader.allowance.spent;
  decoded.truncated = reader.allowance.truncated;
  return decoded;
}

function readLog(reader: WireReader, decoded: DecodedLogs, resource: Attributes): void {
  const { allowance } = reader;
  allowance.spend(COST.record);
  const lostBefore = allowance.enter();
  const outer = reader.enter();
  const log: RawLog = newLog(resource);
  let traceId: string | undefined = "";
  let spanId: string | undefined = "";
  let observed = "0";
  let body: AttributeValue = null;
  let kept = 0;
  while (reader.position < reader.limit) {
    const tag = reader.tag();
    switch (tag) {
      case field(1, WIRE.fixed64):
        log.time_unix_nano = reader.fixed64();
        break;
      case field(2, WIRE.varint):
        log.severity_number = reader.uint32() & 0xff;
        break;
      case field(3, WIRE.bytes):
        log.severity_text = reader.name();
        break;
      case field(5, WIRE.bytes):
        body = readValue(reader, 0);
        break;
      case field(6, WIRE.bytes):
        readAttributeWithin(reader, tag, kept++, log.attributes);
        break;
      case field(7, WIRE.varint):
        log.dropped_attributes_count = reader.uint32();
        break;
      case field(9, WIRE.bytes):
        traceId = reader.id(16);
        break;
      case field(10, WIRE.bytes):
        spanId = reader.id(8);
        break;
      case field(11, WIRE.fixed64):
        observed = reader.fixed64();
        break;
      case field(12, WIRE.bytes):
        log.event_name = reader.name();
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  log.body = body;
  log.dropped_attributes_count += allowance.leave(lostBefore);
  if (log.time_unix_nano === "0") log.time_unix_nano = observed;
  log.event_name = eventNameOf(log);
  addLog(decoded, log, { traceId, spanId });
}
