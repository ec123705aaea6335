import { spawn } from "node:child_process";
import { join } from "node:path";
import xterm from "@xterm/headless";

/** One cell of a terminal as it is shown. */
export interface Cell {
  text: string;
  /** 0 for the second half of a wide character. */
  width: number;
  /** A palette index, or -1. */
  colour: number;
  bold: boolean;
  dim: boolean;
  inverse: boolean;
}

/** A program on a pseudo-terminal, and what a terminal emulator makes of what it writes. */
export interface OpenTerminal {
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  signal(name: string): void;
  /** The lines of the screen, ends trimmed. */
  lines(): string[];
  cells(): Cell[][];
  /** Every byte that was sent. */
  sent(): string;
  /** Waits until the screen shows a text; 20 s at most. */
  shows(text: string | RegExp): Promise<void>;
  /** Shown on the alternate screen. */
  alternate(): boolean;
  ended: Promise<number | null>;
}

const PTY = join(import.meta.dirname, "systems", "pseudo_terminal.py");

export function openTerminal(
  command: readonly string[],
  { columns = 100, rows = 30, env = {} }: { columns?: number; rows?: number; env?: Record<string, string> } = {},
): OpenTerminal {
  const child = spawn("python3", [PTY, String(columns), String(rows), ...command], {
    env: {
      PATH: process.env["PATH"] ?? "",
      TERM: "xterm-256color",
      LANG: "C.UTF-8",
      CULPRIT_LOG_LEVEL: "error",
      ...env,
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  let sent = "";
  child.stdout.on("data", (data: Buffer) => {
    sent += data.toString("utf8");
    screen.write(data);
  });
  child.stdin.on("error", () => undefined);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const order = (what: object) => child.stdin.write(`${JSON.stringify(what)}\n`);
  const cells = () =>
    Array.from({ length: screen.rows }, (_, row) => {
      const line = screen.buffer.active.getLine(screen.buffer.active.viewportY + row);
      return Array.from({ length: screen.cols }, (__, column): Cell => {
        const cell = line?.getCell(column);
        return {
          text: cell?.getChars() ?? "",
          width: cell?.getWidth() ?? 1,
          colour: cell?.isFgPalette() ? cell.getFgColor() : -1,
          bold: cell?.isBold() === 1 || (cell?.isBold() ?? 0) > 0,
          dim: (cell?.isDim() ?? 0) > 0,
          inverse: (cell?.isInverse() ?? 0) > 0,
        };
      });
    });
  const lines = () =>
    cells().map((line) =>
      line
        .map(({ text, width }) => (width === 0 ? "" : text === "" ? " " : text))
        .join("")
        .trimEnd(),
    );
  return {
    type: (keys) => order({ keys }),
    resize(newColumns, newRows) {
      screen.resize(newColumns, newRows);
      order({ resize: [newColumns, newRows] });
    },
    signal: (name) => order({ signal: name }),
    lines,
    cells,
    sent: () => sent,
    async shows(text) {
      const deadline = Date.now() + 20_000;
      const there = () => {
        const all = lines().join("\n");
        return typeof text === "string" ? all.includes(text) : text.test(all);
      };
      while (!there()) {
        if (Date.now() > deadline) throw new Error(`The screen does not show ${text}:\n${lines().join("\n")}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    alternate: () => screen.buffer.active.type === "alternate",
    ended,
  };
}
