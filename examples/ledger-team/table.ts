/** What a row may hold. */
export type Cell = string | number;
export type Row = Readonly<Record<string, Cell>>;

export interface Table {
  name: string;
  columns: readonly string[];
  rows: readonly Row[];
}

export const RELATIONS = ["is", "is at least", "is at most"] as const;
export type Relation = (typeof RELATIONS)[number];

/** What a row has to be like. */
export interface Condition {
  column: string;
  relation: Relation;
  value: Cell;
}

const HOLDS: Record<Relation, (cell: Cell, value: Cell) => boolean> = {
  is: (cell, value) => cell === value,
  "is at least": (cell, value) => typeof cell === "number" && typeof value === "number" && cell >= value,
  "is at most": (cell, value) => typeof cell === "number" && typeof value === "number" && cell <= value,
};

/** The rows that every condition holds for. */
export function rowsWhere(table: Table, where: readonly Condition[]): Row[] {
  return table.rows.filter((row) =>
    where.every(({ column, relation, value }) => {
      const cell = row[column];
      return cell !== undefined && HOLDS[relation](cell, value);
    }),
  );
}

/** `region is "Harbour" and amount is at least 40` */
export function writeConditions(where: readonly Condition[]): string {
  return where
    .map(({ column, relation, value }) => `${column} ${relation} ${typeof value === "string" ? `"${value}"` : value}`)
    .join(" and ");
}

const CONDITION = /([a-z]+) (is at least|is at most|is) (?:"([^"\n]*)"|(-?\d+(?:\.\d+)?))/g;

/** The conditions a sentence names. */
export function readConditions(text: string): Condition[] {
  return [...text.matchAll(CONDITION)].map(([, column = "", relation = "is", word, number]) => ({
    column,
    relation: relation as Relation,
    value: word ?? Number(number),
  }));
}
