import type { CommandResult } from "./run-command.ts";

/** What an agent of the mini-SWE-agent kind says, as the output of a command, when it is done. */
export const SUBMIT_MARKER = "COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT";

const LONGEST = 10_000;
const HALF = LONGEST / 2;

/** A command's result as an agent reads it: mini-SWE-agent's form, long outputs without their middle. */
export function renderObservation({ code, output, dropped, stopped }: CommandResult): string {
  const left = output.length > LONGEST ? output.length - LONGEST : 0;
  const text = left === 0 ? output : `${output.slice(0, HALF)}\n[${left} characters left out]\n${output.slice(-HALF)}`;
  return [
    `<returncode>${code ?? -1}</returncode>`,
    `<output>\n${text.endsWith("\n") || text === "" ? text : `${text}\n`}</output>`,
    ...(dropped > 0 ? [`[${dropped} bytes dropped]`] : []),
    ...(stopped === "" ? [] : [stopped]),
  ].join("\n");
}

/** The agent says that it is done: the marker is the first thing the command printed. */
export function isSubmission(output: string): boolean {
  return /^\s*(.*)/.exec(output)?.[1]?.trim() === SUBMIT_MARKER;
}
