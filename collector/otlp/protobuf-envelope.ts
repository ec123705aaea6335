import type { Attributes } from "@culprit/schemas";
import { readAttributeWithin } from "./protobuf-values.ts";
import { field, WIRE, type WireReader } from "./wire-reader.ts";

/**
 * Field numbers of what every export request wraps its records in; `opentelemetry/proto/collector/{trace,logs}/v1`
 * use the same ones.
 */
const TAG = {
  groups: field(1, WIRE.bytes),
  group: { resource: field(1, WIRE.bytes), scopes: field(2, WIRE.bytes) },
  resource: { attributes: field(1, WIRE.bytes) },
  scoped: { scope: field(1, WIRE.bytes), records: field(2, WIRE.bytes) },
  scope: { name: field(1, WIRE.bytes), version: field(2, WIRE.bytes) },
} as const;

/** What a record takes from the scope around it. */
interface Scoped {
  scope_name: string;
  scope_version: string;
}

/**
 * Walks an export request: `read` is called at every record with the attributes of its resource and appends to
 * `records`, which get their scope when it is known. On the wire the resource and the scope may follow the records
 * that belong to them.
 */
export function readEnvelope(
  reader: WireReader,
  records: readonly Scoped[],
  read: (resource: Attributes) => void,
): void {
  while (reader.position < reader.limit) {
    const tag = reader.tag();
    if (tag === TAG.groups) readGroup(reader, records, read);
    else reader.skip(tag);
  }
}

function readGroup(reader: WireReader, records: readonly Scoped[], read: (resource: Attributes) => void): void {
  const outer = reader.enter();
  const resource: Attributes = {};
  let kept = 0;
  while (reader.position < reader.limit) {
    const tag = reader.tag();
    if (tag === TAG.group.resource) {
      const end = reader.enter();
      while (reader.position < reader.limit) {
        const inner = reader.tag();
        if (inner === TAG.resource.attributes) readAttributeWithin(reader, inner, kept++, resource);
        else reader.skip(inner);
      }
      reader.leave(end);
    } else if (tag === TAG.group.scopes) readScope(reader, records, () => read(resource));
    else reader.skip(tag);
  }
  reader.leave(outer);
}

function readScope(reader: WireReader, records: readonly Scoped[], read: () => void): void {
  const outer = reader.enter();
  const first = records.length;
  let name = "";
  let version = "";
  while (reader.position < reader.limit) {
    const tag = reader.tag();
    if (tag === TAG.scoped.scope) {
      const end = reader.enter();
      while (reader.position < reader.limit) {
        const inner = reader.tag();
        if (inner === TAG.scope.name) name = reader.name();
        else if (inner === TAG.scope.version) version = reader.name();
        else reader.skip(inner);
      }
      reader.leave(end);
    } else if (tag === TAG.scoped.records) read();
    else reader.skip(tag);
  }
  for (let index = first; index < records.length; index++) {
    const record = records[index] as Scoped;
    record.scope_name = name;
    record.scope_version = version;
  }
  reader.leave(outer);
}
