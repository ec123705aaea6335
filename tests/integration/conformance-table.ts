/** One line of the conformance table. */
export interface Row {
  /** The test of the OTel Collector's receiver, or the paragraph of OTLP 1.11, that the case comes from. */
  from: string;
  signal: string;
  encoding: string;
  compression: string;
  contentType: string;
  /** What is wrong with the request; `-` when nothing is. */
  fault: string;
  expected: string;
  got: string;
}

/** Rows as text, those that differ in nothing but signal, encoding or content type drawn together. */
export function formatTable(rows: readonly Row[]): string {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.from, row.compression, row.fault, row.expected, row.got]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const lines = [...groups.values()].map((group) => {
    const first = group[0] as Row;
    const all = (pick: (row: Row) => string): string => [...new Set(group.map(pick))].join(", ");
    const passed = group.filter(({ expected, got }) => expected === got).length;
    return [
      first.from,
      all((row) => row.signal),
      all((row) => row.encoding),
      first.compression,
      all((row) => row.contentType),
      first.fault,
      first.expected,
      first.got,
      `${passed}/${group.length}`,
    ];
  });
  const head = ["case", "signals", "encodings", "compression", "content types", "fault", "expected", "got", "passed"];
  const passed = rows.filter(({ expected, got }) => expected === got).length;
  return `${align([head, head.map(() => "---"), ...lines])}\n${passed} of ${rows.length} cases passed\n`;
}

function align(lines: readonly string[][]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  return lines
    .map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`)
    .join("\n");
}
