import type { CommandResult } from "./run-command.ts";

/** What an agent of the mini-SWE-agent kind says, as the output of a command, when it is done. */
export const SUBMIT_MARKER = "COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT";

/** What a recorded observation says a command did. */
export interface ReadObservation {
  /** Null where it is not said. */
  code: number | null;
  output: string;
  /** Part of the output was left out. */
  cut: boolean;
}

/** How an agent system tells its agent what a command did. */
export interface ObservationStyle {
  name: string;
  /** Null for a text of another style. */
  read(text: string): ReadObservation | null;
  render(result: CommandResult): string;
}

const LONGEST = 10_000;
const HALF = LONGEST / 2;

const tagged: ObservationStyle = {
  name: "mini-swe-agent",
  read(text) {
    const code = /<returncode>\s*(-?\d+)\s*<\/returncode>/.exec(text)?.[1];
    if (code === undefined) return null;
    const output = /<output>\n?([\s\S]*?)<\/output>/.exec(text)?.[1];
    const cut = output === undefined || /^\[\d+ characters left out\]$/m.test(output);
    return { code: Number(code), output: output ?? "", cut };
  },
  render({ code, output, dropped, stopped }) {
    const left = output.length > LONGEST ? output.length - LONGEST : 0;
    const text =
      left === 0 ? output : `${output.slice(0, HALF)}\n[${left} characters left out]\n${output.slice(-HALF)}`;
    return [
      `<returncode>${code ?? -1}</returncode>`,
      `<output>\n${text.endsWith("\n") || text === "" ? text : `${text}\n`}</output>`,
      ...(dropped > 0 ? [`[${dropped} bytes dropped]`] : []),
      ...(stopped === "" ? [] : [stopped]),
    ].join("\n");
  },
};

const OPENHANDS_END = /\n?\[(?:The command completed|Command finished) with exit code (-?\d+)\.?\]/;

const openhands: ObservationStyle = {
  name: "openhands",
  read(text) {
    const match = OPENHANDS_END.exec(text);
    if (match === null) return null;
    const output = text
      .slice(0, match.index)
      .replace(/\n\[(?:Python interpreter|Current working directory): .*\]$/gm, "");
    return { code: Number(match[1]), output, cut: output.includes("[... Observation truncated") };
  },
  render: ({ code, output, stopped }) =>
    `${shortened(output)}\n[Command finished with exit code ${code ?? -1}]${stopped === "" ? "" : `\n${stopped}`}`,
};

const plain: ObservationStyle = {
  name: "plain",
  read: (text) => ({ code: null, output: text, cut: false }),
  render: ({ code, output, stopped }) =>
    [
      shortened(output),
      ...(code === 0 ? [] : [`[exit code ${code ?? -1}]`]),
      ...(stopped === "" ? [] : [stopped]),
    ].join("\n"),
};

const STYLES: readonly ObservationStyle[] = [tagged, openhands, plain];

/** The style of the observations of a run: that of the first one that is not plain. */
export function observationStyle(texts: readonly string[]): ObservationStyle {
  const of = (text: string) => STYLES.find((style) => style.read(text) !== null) ?? plain;
  return texts.map(of).find((style) => style !== plain) ?? (texts.length === 0 ? tagged : plain);
}

/** A command's result as an agent reads it: mini-SWE-agent's form, long outputs without their middle. */
export function renderObservation(result: CommandResult): string {
  return tagged.render(result);
}

/** The agent says that it is done: the marker is the first thing the command printed. */
export function isSubmission(output: string): boolean {
  return /^\s*(.*)/.exec(output)?.[1]?.trim() === SUBMIT_MARKER;
}

function shortened(output: string): string {
  return output.length > 2 * LONGEST ? `${output.slice(0, LONGEST)}\n[…]\n${output.slice(-LONGEST)}` : output;
}
