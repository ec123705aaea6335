import type { ReadObservation } from "./observation.ts";
import type { CommandResult } from "./run-command.ts";
import { type Steady, steadyLines } from "./volatile.ts";

const LONGEST_LINE = 120;

/**
 * How a command that was executed again departs from what was recorded, as one sentence for a person; null when it
 * does not. Of an output that was recorded in part, the part before the cut counts.
 */
export function resultDrift(recorded: ReadObservation, result: CommandResult, more?: Steady): string | null {
  if (result.stopped !== "") return `it was stopped: ${result.stopped}`;
  if (recorded.code !== null && recorded.code !== result.code) {
    return `it ended with ${result.code} where ${recorded.code} is recorded: ${shortened(lastLine(result.output))}`;
  }
  const was = steadyLines(recorded.output, more);
  const is = steadyLines(result.output, more);
  const compared = recorded.cut ? untilCut(was) : Math.max(was.length, is.length);
  for (let line = 0; line < compared; line++) {
    if (was[line] === is[line]) continue;
    const place = `line ${line + 1} of its output`;
    if (is[line] === undefined) return `${place} is gone: ${shortened(was[line] ?? "")}`;
    if (was[line] === undefined) return `${place} is new: ${shortened(is[line] ?? "")}`;
    return `${place} was ${shortened(was[line] ?? "")} and is ${shortened(is[line] ?? "")}`;
  }
  return null;
}

/** The line in which the recording was cut, which is not whole, does not count. */
function untilCut(lines: readonly string[]): number {
  const mark = lines.findIndex((line) => /^\[.*(?:left out|truncated|elided).*\]$|^…$|^\[…\]$/i.test(line));
  return Math.max(0, mark === -1 ? 0 : mark - 1);
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

function shortened(line: string): string {
  return `"${line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line}"`;
}
