import type { parquetWriteFile } from "hyparquet-writer";

export type ParquetSchema = NonNullable<Parameters<typeof parquetWriteFile>[0]["schema"]>;
type Element = ParquetSchema[number];

/** Elements of one column, depth first. */
export type Column = readonly Element[];

export const text = (name: string): Column => [
  {
    name,
    type: "BYTE_ARRAY",
    converted_type: "UTF8",
    logical_type: { type: "STRING" },
    repetition_type: "OPTIONAL",
  },
];

export const integer = (name: string): Column => [{ name, type: "INT64", repetition_type: "OPTIONAL" }];

export const struct = (name: string, ...fields: Column[]): Column => [
  { name, num_children: fields.length, repetition_type: "OPTIONAL" },
  ...fields.flat(),
];

/** A list of structs, in the three levels that Arrow writes and reads. */
export const listOf = (name: string, ...fields: Column[]): Column => [
  { name, num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" }, repetition_type: "OPTIONAL" },
  { name: "list", num_children: 1, repetition_type: "REPEATED" },
  ...struct("element", ...fields),
];

export const schemaOf = (...columns: Column[]): ParquetSchema => [
  { name: "root", num_children: columns.length },
  ...columns.flat(),
];

/** Names of the top-level columns. */
export function columnNames(schema: ParquetSchema): string[] {
  const names: string[] = [];
  for (let at = 1; at < schema.length; at = afterSubtree(schema, at)) names.push(schema[at]?.name ?? "");
  return names;
}

function afterSubtree(schema: ParquetSchema, at: number): number {
  let next = at + 1;
  for (let child = 0; child < (schema[at]?.num_children ?? 0); child++) next = afterSubtree(schema, next);
  return next;
}
