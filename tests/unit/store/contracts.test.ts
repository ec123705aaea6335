import { loadMigrations } from "@culprit/schemas";
import { describe, expect, test } from "vitest";
import { CONTENT_COLUMNS } from "../../../store/contents/collect.ts";
import { decodeCursor, encodeCursor, pageOf } from "../../../store/queries/cursor.ts";
import { keyTable, keyUsageTable } from "../../../store/rows/access.ts";
import { alertDeliveryTable, alertEventTable, alertStandingTable } from "../../../store/rows/alert.ts";
import { annotationTable, replayTable } from "../../../store/rows/evidence.ts";
import { commentTable, savedQueryTable } from "../../../store/rows/feedback.ts";
import { groupStateTable, runGroupTable } from "../../../store/rows/group.ts";
import { attributionTable, outcomeTable, runTable } from "../../../store/rows/run.ts";
import { runTimeTable } from "../../../store/rows/run-time.ts";
import { SPAN_COLUMNS } from "../../../store/rows/span.ts";

describe("migrations", () => {
  const statements = loadMigrations().flatMap(({ name, statements }) => statements.map((sql) => ({ name, sql })));

  test("can each run twice, so that two processes may start together", () => {
    expect(statements.length).toBeGreaterThan(0);
    for (const { name, sql } of statements)
      expect(sql, name).toMatch(/^(CREATE|ALTER|DROP)\b[^(]*\bIF (NOT )?EXISTS\b/);
  });

  test("make every column the program writes, and fsync every table", () => {
    const spans = { name: "spans", columns: SPAN_COLUMNS.map((name) => [name] as const) };
    const contents = { name: "contents", columns: CONTENT_COLUMNS.map((name) => [name] as const) };
    for (const table of [
      spans,
      contents,
      runTimeTable,
      outcomeTable,
      attributionTable,
      runTable,
      replayTable,
      annotationTable,
      alertEventTable,
      alertStandingTable,
      alertDeliveryTable,
      runGroupTable,
      groupStateTable,
      savedQueryTable,
      commentTable,
      keyTable,
      keyUsageTable,
    ]) {
      const made = statements.find((statement) => statement.sql.includes(`EXISTS ${table.name}\n`))?.sql ?? "";
      const added = statements.flatMap(({ sql }) =>
        sql.startsWith(`ALTER TABLE ${table.name} ADD COLUMN`) ? sql.replace(/^.* EXISTS/, "\n   ") : [],
      );
      const sql = [made, ...added].join("");
      expect(sql, table.name).toContain("fsync_after_insert = 1, fsync_part_directory = 1");
      for (const [column] of table.columns)
        expect(sql, `${table.name}.${column}`).toMatch(new RegExp(`\\n    ${column} `));
    }
  });
});

describe("cursors", () => {
  test("bring back a position", () => {
    const position = { time: "2026-11-20T10:00:00.123Z", id: "ü'\"" };
    expect(decodeCursor(encodeCursor(position))).toEqual(position);
  });

  test.each([
    "",
    "x",
    "bm90IGpzb24",
    Buffer.from('["never","a"]').toString("base64url"),
    Buffer.from("[1]").toString("base64url"),
  ])("that no page gave out are refused: %j", (cursor) => {
    expect(() => decodeCursor(cursor)).toThrow(expect.objectContaining({ code: "cursor_invalid" }));
  });

  test("end with the last page", () => {
    const position = (id: string) => ({ time: "2026-11-20T10:00:00.000Z", id });
    expect(pageOf(["a", "b", "c"], 2, position)).toEqual({
      rows: ["a", "b"],
      next_cursor: encodeCursor(position("b")),
    });
    expect(pageOf(["a", "b"], 2, position)).toEqual({ rows: ["a", "b"], next_cursor: null });
    expect(pageOf([], 2, position)).toEqual({ rows: [], next_cursor: null });
  });
});
