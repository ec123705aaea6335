import type { Marked } from "./text-markers.ts";

/** One turn of a log: who, when, and every line up to the next marker. */
export interface TextTurn {
  speaker: string;
  time: string;
  lines: string[];
  /** The marker's line as it stands. */
  opened: string;
}

/** Turns of a log; what stands before the first marker is the preamble. */
export function textTurns(
  text: string,
  mark: (line: string) => Marked | undefined,
): { turns: TextTurn[]; preamble: string } {
  const turns: TextTurn[] = [];
  const preamble: string[] = [];
  let fence = false;
  for (let from = 0; from <= text.length; ) {
    const end = text.indexOf("\n", from);
    const until = end === -1 ? text.length : end;
    const line = text.slice(from, text[until - 1] === "\r" ? until - 1 : until);
    from = until + 1;
    // What is inside a code fence is quoted, whatever it looks like.
    if (/^\s{0,3}(```|~~~)/.test(line)) fence = !fence;
    const found = fence ? undefined : mark(line);
    if (found !== undefined)
      turns.push({
        speaker: found.speaker,
        time: found.time,
        lines: found.text === "" ? [] : [found.text],
        opened: line,
      });
    else (turns.at(-1)?.lines ?? preamble).push(line);
  }
  return { turns, preamble: preamble.join("\n").trim() };
}
