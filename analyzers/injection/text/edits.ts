import { codeBlocks } from "../code/blocks.ts";
import type { Fault, FaultSite, PureOperator } from "../operator.ts";
import { type TextPlace, textPlaces } from "../places.ts";

/** One way to spoil a text: what stands between two places becomes something else. */
export interface TextEdit {
  from: number;
  to: number;
  insert: string;
  /** What is wrong then; a sentence. */
  reason: string;
}

/** An operator on what agents say in words. Of all its edits outside of code, the seed chooses one. */
export function textOperator(
  name: string,
  does: string,
  edits: (text: string, site: FaultSite) => TextEdit[],
): PureOperator {
  return { name, family: "text", does, apply: (site) => spoil(site, edits) };
}

const FENCED = /^[ \t]*(```|~~~)[\s\S]*?^[ \t]*\1[ \t]*$/gm;
/** Longer texts are only looked at as far as this. */
const LONGEST = 100_000;

function spoil(site: FaultSite, edits: (text: string, site: FaultSite) => TextEdit[]): Fault | null {
  const choices = prose(site).flatMap((place) => {
    const fences = [...place.text.matchAll(FENCED)].map(({ index, 0: { length } }) => [index, index + length] as const);
    return edits(place.text.slice(0, LONGEST), site)
      .filter(({ from, to }) => !fences.some(([start, end]) => from < end && to > start))
      .filter(({ from, to, insert }) => place.text.slice(from, to) !== insert)
      .map((edit) => ({ place, edit }));
  });
  const chosen = site.random.pick(choices);
  if (chosen === undefined) return null;
  const { place, edit } = chosen;
  return {
    action: place.put(`${place.text.slice(0, edit.from)}${edit.insert}${place.text.slice(edit.to)}`),
    reason: edit.reason,
  };
}

/** The message, else the texts of its tool calls that are no code. */
function prose({ action }: FaultSite): TextPlace[] {
  const places = textPlaces(action);
  const said = places.filter(({ path }) => path === "");
  if (said.length > 0 && action.tool_calls.length === 0) return said;
  const bare = { ...action, content: "" };
  const inCalls = codeBlocks(bare).length > 0 ? [] : places.filter(({ path }) => path !== "");
  return inCalls.length > 0 ? inCalls : said;
}

/** How far a quoted sentence may reach. */
const WINDOW = 160;

/** The sentence or line around a place, to quote it. */
export function sentenceAt(text: string, at: number): string {
  const before = text.slice(Math.max(0, at - WINDOW), at);
  const after = text.slice(at, at + WINDOW);
  const start = Math.max(before.lastIndexOf("\n"), before.lastIndexOf(". ")) + 1;
  const ends = [after.indexOf("\n"), after.indexOf(". ")].filter((end) => end !== -1);
  return `${before.slice(start)}${after.slice(0, Math.min(WINDOW, ...ends))}`.trim();
}
