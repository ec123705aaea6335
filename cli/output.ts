import { styleText } from "node:util";
import Table from "cli-table3";

type Style = Parameters<typeof styleText>[0];

/** What a command writes: one JSON document with `--json`, text for a person otherwise. Logs go to stderr. */
export interface Output {
  readonly json: boolean;
  /** Writes the document (with `--json`) or the text. */
  result(document: unknown, text: () => string): void;
  /** Progress for a person; silent with `--json` or when stderr is not a terminal. */
  progress(line: string): void;
}

/** @param json the command was given `--json` */
export function createOutput(json: boolean): Output {
  const live = !json && process.stderr.isTTY === true;
  return {
    json,
    result(document, text) {
      process.stdout.write(`${json ? JSON.stringify(document) : text()}\n`);
    },
    progress(line) {
      if (live) process.stderr.write(`\r\u001b[2K${line}`);
    },
  };
}

/** Colour on a terminal that wants it, plain text elsewhere. */
export function style(format: Style, text: string): string {
  return process.stdout.isTTY && !process.env["NO_COLOR"] ? styleText(format, text) : text;
}

/** One cell of a table: text, or text in a colour. */
export type Cell = string | number | null | { text: string; format: Style };

/** A borderless table; cells are one line of text each, with control characters made visible. */
export function table(head: string[], rows: Cell[][]): string {
  const made = new Table({
    head: head.map((title) => style("bold", title)),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
    chars: {
      top: "",
      "top-mid": "",
      "top-left": "",
      "top-right": "",
      bottom: "",
      "bottom-mid": "",
      "bottom-left": "",
      "bottom-right": "",
      left: "",
      "left-mid": "",
      mid: "",
      "mid-mid": "",
      right: "",
      "right-mid": "",
      middle: "",
    },
  });
  for (const row of rows) made.push(row.map((cell) => cellText(cell)));
  return made.toString();
}

/** One line of at most `width` characters. */
export function clip(text: string, width: number): string {
  const line = oneLine(text);
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}

/**
 * Text from a trace must not drive the terminal or forge its lines: control, bidirectional and invisible characters
 * become visible ones. Line breaks stay.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => (KEPT.has(character) ? character : "\uFFFD"));
}

const KEPT = new Set(["\n", "\t"]);
const NAME_WIDTH = 40;

/** A name from a trace: one line of bounded width. */
export function named(text: string): string {
  return clip(text, NAME_WIDTH);
}

function cellText(cell: Cell): string {
  if (cell === null) return "–";
  return typeof cell === "object" ? style(cell.format, oneLine(cell.text)) : oneLine(String(cell));
}

function oneLine(text: string): string {
  return printable(text.replace(/\s+/g, " ").trim());
}

export function percent(rate: number): string {
  return `${(rate * 100).toFixed(1)} %`;
}
