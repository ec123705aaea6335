import { printable, style } from "../output.ts";

export type Tone = "plain" | "bold" | "dim" | "red" | "green" | "yellow" | "cyan" | "magenta";

/** A piece of text of one tone. */
export interface Piece {
  text: string;
  tone: Tone;
}

/** One line of a page; no line breaks in it. */
export type Line = Piece[];

export function piece(text: string, tone: Tone = "plain"): Piece {
  return { text, tone };
}

/**
 * Text from a run as lines: control, bidirectional and invisible characters become visible ones, so that it can neither
 * drive the terminal nor forge a line.
 */
export function textLines(text: string, tone: Tone = "plain", indent = "  "): Line[] {
  return printable(text.replaceAll("\r\n", "\n"))
    .replaceAll("\t", "    ")
    .split("\n")
    .map((line) => [piece(indent + line, tone)]);
}

/** Lines as a command prints them. */
export function printLines(lines: readonly Line[]): string {
  return lines
    .map((line) => line.map(({ text, tone }) => (tone === "plain" ? text : style(tone, text))).join(""))
    .join("\n");
}
