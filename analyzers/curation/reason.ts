/** Longest piece of an action that a reason quotes. */
const QUOTED = 160;

/**
 * What was wrong with an action, in the same words for a correction that a replay proved and for a fault that was put
 * in: the first place where it departs from the right one. A trainer that learns reasons must not learn which of the
 * two a run is.
 */
export function departure(acted: string, right: string): string {
  const [did, should] = [lines(acted), lines(right)];
  const at = did.findIndex((line, index) => line !== should[index]);
  if (at === -1) {
    const missing = should[did.length];
    return missing === undefined ? "" : `It ends early: ${quote(missing)} should follow.`;
  }
  const wanted = should[at];
  const line = did[at] ?? "";
  if (wanted === undefined) return `${quote(line)} should not be there.`;
  // A line too many or too few: what is compared is what comes after it.
  if (should.slice(at + 1).includes(line)) return `${quote(wanted)} is missing.`;
  if (did.slice(at + 1).includes(wanted)) return `${quote(line)} should not be there.`;
  return `It says ${quote(around(line, wanted))} where ${quote(around(wanted, line))} is right.`;
}

function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** The part of a long line around where it first differs from another. */
function around(line: string, other: string): string {
  if (line.length <= QUOTED) return line;
  let at = 0;
  while (at < line.length && line[at] === other[at]) at++;
  const from = Math.max(0, at - QUOTED / 2);
  return `${from > 0 ? "…" : ""}${line.slice(from, from + QUOTED)}${from + QUOTED < line.length ? "…" : ""}`;
}

function quote(text: string): string {
  return `"${text.length > QUOTED + 2 ? `${text.slice(0, QUOTED)}…` : text}"`;
}
