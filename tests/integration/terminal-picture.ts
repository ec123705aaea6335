import type { Cell } from "./terminal.ts";

const CELL = { width: 8.4, height: 18, size: 14, edge: 14 };
const GROUND = "#16181d";
const INK = "#d6d9e0";
const PALETTE = ["#3b4048", "#ff6b6b", "#7bd88f", "#e5c07b", "#61afef", "#d096e8", "#56c8d8", INK];

/** A screen as an SVG picture, each cell where the terminal has it. */
export function pictureOf(cells: readonly (readonly Cell[])[]): string {
  const columns = cells[0]?.length ?? 0;
  const width = Math.ceil(columns * CELL.width + 2 * CELL.edge);
  const height = cells.length * CELL.height + 2 * CELL.edge;
  const rows = cells.flatMap((line, row) => line.map((cell, column) => cellPicture(cell, column, row)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="${CELL.size}">`,
    `<rect width="100%" height="100%" rx="8" fill="${GROUND}"/>`,
    ...rows.filter((text) => text !== ""),
    "</svg>\n",
  ].join("\n");
}

function cellPicture({ text, width, colour, bold, dim, inverse }: Cell, column: number, row: number): string {
  const x = (CELL.edge + column * CELL.width).toFixed(1);
  const y = CELL.edge + row * CELL.height;
  const ink = PALETTE[colour] ?? INK;
  const ground = inverse
    ? `<rect x="${x}" y="${y}" width="${(Math.max(1, width) * CELL.width + 0.3).toFixed(1)}" height="${CELL.height}" fill="${ink}"/>`
    : "";
  if (text.trim() === "") return ground;
  const weight = bold ? ' font-weight="bold"' : "";
  const faint = dim ? ' opacity="0.6"' : "";
  const letter = text.replace(/[&<>]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[character] ?? "");
  return `${ground}<text x="${x}" y="${y + CELL.size}" fill="${inverse ? GROUND : ink}"${weight}${faint}>${letter}</text>`;
}
