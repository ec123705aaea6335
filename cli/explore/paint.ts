import type { Tone } from "./lines.ts";
import type { ScreenRow } from "./screen.ts";
import { cells } from "./width.ts";

const ESC = "\u001b[";
const SGR: Record<Tone, string> = {
  plain: "",
  bold: "1",
  dim: "2",
  red: "31",
  green: "32",
  yellow: "33",
  cyan: "36",
  magenta: "35",
};

/** A row as what a terminal is sent: its text and SGR codes, nothing else. */
export function painted({ line, selected }: ScreenRow, colours: boolean): string {
  let out = "";
  let at = 0;
  for (const { text: given, tone } of line) {
    // Whatever a page forgot: no control character and no half character leaves this place.
    const text = given.replace(/[\p{Cc}\p{Cs}]/gu, "\uFFFD");
    if (text === "") continue;
    const inverse = at < selected;
    const own = colours || tone === "bold" || tone === "dim" ? SGR[tone] : "";
    // One bar, whatever its row is made of.
    const codes = [inverse ? "7" : own].filter(Boolean);
    out += codes.length === 0 ? text : `${ESC}${codes.join(";")}m${text}${ESC}0m`;
    at += cells(text);
  }
  return out;
}

/** What to send so that a terminal that shows `before` shows `after`: only the rows that changed. */
export function repainted(before: readonly string[], after: readonly string[]): string {
  return after.map((row, at) => (row === before[at] ? "" : `${ESC}${at + 1};1H${ESC}0m${row}${ESC}K`)).join("");
}

/** The other screen, without a cursor, and lines that do not wrap. */
export const ENTER_SCREEN = `${ESC}?1049h${ESC}?25l${ESC}?7l${ESC}2J`;
export const LEAVE_SCREEN = `${ESC}0m${ESC}?7h${ESC}?25h${ESC}?1049l`;
