import type { Attributes } from "@culprit/schemas";
import { readAttributes } from "./json-attributes.ts";
import { type Fields, fieldsOf, listOf, text } from "./json-fields.ts";
import type { Allowance } from "./limits.ts";

/** What surrounds a record of an export request. */
export interface Surroundings {
  scope: string;
  version: string;
  resource: Attributes;
}

/** The names a signal gives the levels of its request. */
export interface LevelNames {
  groups: string;
  scopes: string;
  records: string;
}

/** Walks an export request in OTLP/JSON; `read` is called at every record. */
export function readJsonEnvelope(
  request: unknown,
  names: LevelNames,
  allowance: Allowance,
  read: (record: Fields, surroundings: Surroundings) => void,
): void {
  for (const value of listOf(fieldsOf(request, "the body"), names.groups)) {
    const group = fieldsOf(value, names.groups);
    const resource: Attributes = {};
    if (group["resource"] != null) readAttributes(fieldsOf(group["resource"], "resource"), resource, allowance);
    for (const inner of listOf(group, names.scopes)) {
      const scoped = fieldsOf(inner, names.scopes);
      const scope = scoped["scope"] == null ? {} : fieldsOf(scoped["scope"], "scope");
      const surroundings = {
        scope: text(scope, "name", allowance),
        version: text(scope, "version", allowance),
        resource,
      };
      for (const record of listOf(scoped, names.records)) read(fieldsOf(record, names.records), surroundings);
    }
  }
}
