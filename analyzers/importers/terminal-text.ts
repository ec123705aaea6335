/**
 * JSON events out of a captured terminal: a pane wraps long lines at its width and drops spaces at a line's end, so an
 * event goes over several lines that are padded again before they are joined.
 */
export function eventsInTerminal(text: string): { events: unknown[]; rest: string } {
  const lines = text.split(/\r?\n/);
  const width = widthOf(lines);
  const events: unknown[] = [];
  const rest: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (!/^\{"(type|parent_tool_use_id|message)"/.test(line)) {
      rest.push(line);
      continue;
    }
    const found = eventAt(lines, at, width);
    if (found === undefined) rest.push(line);
    else {
      events.push(found.event);
      at = found.last;
    }
  }
  return { events, rest: rest.join("\n") };
}

/** Most lines that one event may go over. */
const LONGEST = 4000;

function eventAt(lines: readonly string[], first: number, width: number): { event: unknown; last: number } | undefined {
  const pieces: string[] = [];
  for (let at = first; at < lines.length && at - first < LONGEST; at++) {
    const line = lines[at] ?? "";
    if (at > first && /^\{"type":"(assistant|user|system|result)"/.test(line)) return undefined;
    pieces.push(line.length < width ? line.padEnd(width) : line);
    if (!line.trimEnd().endsWith("}")) continue;
    try {
      return { event: JSON.parse(pieces.join("")), last: at };
    } catch {
      // The brace ended a value inside, not the event.
    }
  }
  return undefined;
}

/** The pane's width: the length that most long lines share. */
function widthOf(lines: readonly string[]): number {
  const lengths = new Map<number, number>();
  for (const { length } of lines) if (length >= 40) lengths.set(length, (lengths.get(length) ?? 0) + 1);
  let width = 0;
  for (const [length, count] of lengths) if (count > (lengths.get(width) ?? 0)) width = length;
  return width;
}
