import type { SourceFile } from "../format.ts";
import type { Inferred } from "./infer-json.ts";
import type { TextMapping } from "./mapping.ts";
import { MARKER_TEMPLATES, marked, markerPattern, PROMPT } from "./text-markers.ts";
import { textTurns } from "./text-turns.ts";
import { type RoleWord, roleOfWord } from "./words.ts";

/** Characters looked at to find the marker; the whole log is read with it afterwards. */
const SAMPLE = 512 * 1024;
/** Speakers that one log may have. */
const MOST_SPEAKERS = 24;

/** The likeliest reading of a text log as turns of an agent, and how sure that is (0 to 1). */
export function inferText(file: SourceFile): Inferred<TextMapping> | undefined {
  const sample = file.text.slice(0, SAMPLE);
  let best: Inferred<TextMapping> | undefined = inferShell(sample);
  for (const { name, pattern } of MARKER_TEMPLATES) {
    const found = inferWith(sample, name, pattern);
    if (found !== undefined && (best === undefined || found.confidence > best.confidence + 0.001)) best = found;
  }
  return best;
}

function inferWith(sample: string, template: string, pattern: RegExp): Inferred<TextMapping> | undefined {
  const { turns, preamble } = textTurns(sample, (line) => marked(line, pattern));
  if (turns.length < 3) return undefined;
  const counts = new Map<string, number>();
  for (const { speaker } of turns) counts.set(speaker, (counts.get(speaker) ?? 0) + 1);
  if (counts.size < 2 || counts.size > MOST_SPEAKERS) return undefined;
  const roles: Record<string, RoleWord> = Object.create(null);
  let known = 0;
  for (const [speaker, count] of counts) {
    const role = roleOfWord(speaker);
    if (role !== undefined) {
      roles[speaker] = role;
      if (role !== "skip") known += count;
    }
  }
  const kinds = new Set(Object.values(roles));
  // Who acts must be known and who answers; a list of definitions has neither.
  if (!kinds.has("agent") || !(kinds.has("environment") || kinds.has("user"))) return undefined;
  const repeated =
    [...counts.values()].filter((count) => count > 1).reduce((sum, count) => sum + count, 0) / turns.length;
  const acted = turns.filter(({ speaker }) => roles[speaker] === "agent").length;
  if (acted < 2) return undefined;
  // Headings of a document are there once each; turns come again.
  if (repeated < 0.5) return undefined;
  const covered = 1 - Math.min(1, preamble.length / Math.max(1, sample.length));
  const said = turns.filter(({ lines }) => lines.some((line) => line.trim() !== "")).length / turns.length;
  const confidence =
    0.4 * (known / turns.length) + 0.2 * repeated + 0.15 * covered + 0.15 * said + 0.1 * Math.min(1, turns.length / 6);
  if (markerPattern(template) === undefined) return undefined;
  return {
    mapping: { version: 1, kind: "text", marker: { template }, roles: { ...roles } },
    confidence: Math.round(confidence * 100) / 100,
  };
}

/** A terminal's transcript: prompts with commands, and output below them. */
function inferShell(sample: string): Inferred<TextMapping> | undefined {
  const { turns, preamble } = textTurns(sample, (line) => marked(line, PROMPT));
  if (turns.length < 3) return undefined;
  const answered = turns.filter(({ lines }) => lines.slice(1).some((line) => line.trim() !== "")).length / turns.length;
  const covered = 1 - Math.min(1, preamble.length / Math.max(1, sample.length));
  const confidence = 0.25 + 0.2 * answered + 0.35 * covered + 0.1 * Math.min(1, turns.length / 6);
  return {
    mapping: { version: 1, kind: "text", marker: { template: "shell" }, roles: {} },
    confidence: Math.round(confidence * 100) / 100,
  };
}
