/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [head, head.map((_, column) => (column === 0 ? "---" : "---:")), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** `12,345`; small numbers keep a digit. */
export function number(value: number | undefined, digits = Math.abs(value ?? 0) < 100 ? 1 : 0): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function megabytes(bytes: number | undefined): string {
  return bytes === undefined || bytes === 0 ? "–" : number(bytes / 1e6, 0);
}
