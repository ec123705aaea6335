import { emitKeypressEvents } from "node:readline";
import type { ReadStream, WriteStream } from "node:tty";
import { CulpritError, describeError } from "@culprit/schemas";
import type { Reading } from "./facts.ts";
import { type Key, pressed } from "./machine.ts";
import { ENTER_SCREEN, LEAVE_SCREEN, painted, repainted } from "./paint.ts";
import type { ReadRun } from "./read-run.ts";
import { screenOf } from "./screen.ts";
import { type Effect, openingState, type Size, type State } from "./state.ts";

export interface TerminalOptions {
  input: ReadStream;
  output: WriteStream;
  /** Reads a run to compare with. */
  read(traceId: string): Promise<ReadRun>;
  colours: boolean;
}

interface Keypress {
  name?: string;
  sequence?: string;
  ctrl?: boolean;
  shift?: boolean;
}

/**
 * Shows a run on a terminal until its reader leaves. Whatever ends it, the terminal is as it was.
 *
 * @throws CulpritError `usage` when there is no terminal
 */
export async function explore(reading: Reading, options: TerminalOptions): Promise<void> {
  const { input, output } = options;
  requireTerminal(input, output);
  const screen = new Screen(reading, options);
  const leave = () => screen.leave();
  process.once("exit", leave);
  try {
    await screen.run();
  } finally {
    process.off("exit", leave);
    leave();
  }
}

/** @throws CulpritError `usage` when input or output is no terminal, or one that can do nothing */
export function requireTerminal(input: { isTTY?: boolean }, output: { isTTY?: boolean }): void {
  if (input.isTTY && output.isTTY && process.env["TERM"] !== "dumb") return;
  throw new CulpritError("usage", "culprit explore needs a terminal.", {
    mend: "`culprit show RUN` and `culprit inspect RUN STEP` print the same.",
  });
}

class Screen {
  readonly #reading: Reading;
  readonly #options: TerminalOptions;
  #state: State;
  #shown: string[] = [];
  #entered = false;
  #finish: () => void = () => undefined;

  constructor(reading: Reading, options: TerminalOptions) {
    this.#reading = reading;
    this.#options = options;
    this.#state = openingState(reading.steps(false), reading.decisive);
  }

  async run(): Promise<void> {
    const { input, output } = this.#options;
    const onKey = (text: string | undefined, key: Keypress) => this.#press(keyOf(text, key));
    const onResize = () => this.#draw(true);
    const onSignal = () => this.#finish();
    const onContinue = () => this.#enter();
    emitKeypressEvents(input);
    this.#enter();
    input.on("keypress", onKey);
    output.on("resize", onResize);
    process.on("SIGTERM", onSignal).on("SIGHUP", onSignal).on("SIGCONT", onContinue);
    try {
      await new Promise<void>((resolve) => {
        this.#finish = resolve;
        input.once("end", resolve);
      });
    } finally {
      input.off("keypress", onKey);
      output.off("resize", onResize);
      process.off("SIGTERM", onSignal).off("SIGHUP", onSignal).off("SIGCONT", onContinue);
      input.pause();
    }
  }

  leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    this.#options.input.setRawMode(false);
    this.#options.output.write(LEAVE_SCREEN);
  }

  #enter(): void {
    const { input, output } = this.#options;
    this.#entered = true;
    input.setRawMode(true);
    input.resume();
    output.write(ENTER_SCREEN);
    this.#draw(true);
  }

  #press(key: Key): void {
    const { state, effect } = pressed(this.#state, key, this.#reading, this.#size());
    this.#state = state;
    if (state.done) {
      this.#finish();
      return;
    }
    this.#draw();
    if (effect !== undefined) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    if ("suspend" in effect) {
      this.leave();
      process.kill(process.pid, "SIGTSTP");
      return;
    }
    this.#options.read(effect.load).then(
      (run) => {
        this.#reading.compareWith(run);
        this.#state = { ...this.#state, view: "compare", message: "", scroll: 0 };
        this.#draw();
      },
      (error: unknown) => {
        this.#state = { ...this.#state, message: describeError(error) };
        this.#draw();
      },
    );
  }

  #size(): Size {
    const { columns, rows } = this.#options.output;
    return { columns: columns || 80, rows: rows || 24 };
  }

  #draw(whole = false): void {
    if (!this.#entered) return;
    const { output, colours } = this.#options;
    const rows = screenOf(this.#state, this.#reading, this.#size()).map((row) => painted(row, colours));
    output.write(`${whole ? "\u001b[2J" : ""}${repainted(whole ? [] : this.#shown, rows)}`);
    this.#shown = rows;
  }
}

function keyOf(text: string | undefined, { name, sequence, ctrl, shift }: Keypress): Key {
  const typed = text ?? "";
  return {
    name: name ?? "",
    text: ctrl === true || typed.length > 2 || (sequence ?? "").startsWith("\u001b") ? "" : typed,
    ctrl: ctrl === true,
    shift: shift === true,
  };
}
