import { addLog, type DecodedLogs, identifyLogs } from "./decoded.ts";
import { readAttributes, readValue } from "./json-attributes.ts";
import { readJsonEnvelope, type Surroundings } from "./json-envelope.ts";
import { count, type Fields, hexId, nanos, severity, text } from "./json-fields.ts";
import { parseJson } from "./json-parse.ts";
import { Allowance, COST, type Limits } from "./limits.ts";
import { eventNameOf, newLog } from "./new-log.ts";

const LEVELS = { groups: "resourceLogs", scopes: "scopeLogs", records: "logRecords" };

/**
 * Decodes an `ExportLogsServiceRequest` in OTLP/JSON, under the rules of `decodeTracesJson`.
 *
 * @throws UndecodableError, TooManyItemsError
 */
export function decodeLogsJson(body: string | Uint8Array, limits?: Limits): DecodedLogs {
  const allowance = new Allowance(limits);
  const decoded: DecodedLogs = { logs: [], refused: new Map(), items: 0, truncated: 0 };
  readJsonEnvelope(parseJson(body, limits), LEVELS, allowance, (record, surroundings) =>
    readLog(record, surroundings, allowance, decoded),
  );
  identifyLogs(decoded.logs);
  decoded.items = allowance.spent;
  decoded.truncated = allowance.truncated;
  return decoded;
}

function readLog(fields: Fields, surroundings: Surroundings, allowance: Allowance, decoded: DecodedLogs): void {
  allowance.spend(COST.record);
  const lostBefore = allowance.enter();
  const log = newLog(surroundings.resource);
  log.scope_name = surroundings.scope;
  log.scope_version = surroundings.version;
  log.time_unix_nano = nanos(fields, "timeUnixNano");
  if (log.time_unix_nano === "0") log.time_unix_nano = nanos(fields, "observedTimeUnixNano");
  log.severity_number = severity(fields, "severityNumber");
  log.severity_text = text(fields, "severityText", allowance);
  log.event_name = text(fields, "eventName", allowance);
  log.body = readValue(fields["body"], 0, allowance);
  readAttributes(fields, log.attributes, allowance);
  log.event_name = eventNameOf(log);
  log.dropped_attributes_count = count(fields, "droppedAttributesCount") + allowance.leave(lostBefore);
  addLog(decoded, log, { traceId: hexId(fields, "traceId", 32), spanId: hexId(fields, "spanId", 16) });
}
