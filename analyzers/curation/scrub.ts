import type { DatasetRecord } from "@culprit/schemas";
import { PERSONAL_RULES } from "./personal-rules.ts";
import { SCRUB_RULES, type ScrubKind } from "./scrub-rules.ts";

/** Replacements made, by kind. */
export type ScrubCounts = Partial<Record<ScrubKind, number>>;

/** Exact texts of one run that must not appear in what a tracer reads. */
export interface Forbidden {
  /** Ids of the run, its replays and annotations. */
  provenance?: readonly string[];
  /** The reason of the label, and the known right answer. Texts under 16 characters are not searched for. */
  label?: readonly string[];
}

const ALL_RULES = [...SCRUB_RULES, ...PERSONAL_RULES];

/** Shorter than this, a text occurs by itself too often to call it a leak. */
const SHORTEST_LEAK = 16;

/**
 * Replaces secrets, e-mail addresses, phone, card and account numbers, absolute paths, marks of injection or replay, and leaked labels in one text.
 * What is replaced twice gets the same placeholder, so the text stays coherent; agents' own words stay as they are.
 *
 * @param counts incremented by kind
 */
export function scrubText(text: string, forbidden: Forbidden = {}, counts: ScrubCounts = {}): string {
  const count = (kind: ScrubKind): void => {
    counts[kind] = (counts[kind] ?? 0) + 1;
  };
  let clean = text;
  for (const id of forbidden.provenance ?? []) {
    if (id.length >= 8) clean = replaceExact(clean, id, "[run]", () => count("provenance"));
  }
  for (const leak of forbidden.label ?? []) {
    if (leak.trim().length >= SHORTEST_LEAK) clean = replaceExact(clean, leak.trim(), "[answer]", () => count("label"));
  }
  for (const rule of ALL_RULES) {
    clean = clean.replace(rule.pattern, (match: string, ...rest: unknown[]) => {
      const groups = rest.filter((value): value is string => typeof value === "string").slice(0, -1);
      const replaced = rule.replace?.(match, groups) ?? `[${rule.word}]`;
      if (replaced !== match) count(rule.kind);
      return replaced;
    });
  }
  return clean;
}

function replaceExact(text: string, needle: string, placeholder: string, onHit: () => void): string {
  const pieces = text.split(needle);
  for (let hit = 1; hit < pieces.length; hit++) onHit();
  return pieces.join(placeholder);
}

/**
 * A record fit to leave the house: every text a trainer would show a tracer is scrubbed, names included (the
 * label's agent is scrubbed alike, so it still names the step's actor). `ground_truth` itself is scrubbed of
 * secrets only: it is a column, not part of the prompt.
 */
export function scrubRecord(
  record: DatasetRecord,
  provenance: readonly string[] = [],
): { record: DatasetRecord; counts: ScrubCounts } {
  const counts: ScrubCounts = {};
  const history: Forbidden = { provenance, label: [record.mistake_reason, record.ground_truth] };
  const uncounted: ScrubCounts = {};
  return {
    record: {
      ...record,
      question: scrubText(record.question, { provenance }, counts),
      ground_truth: scrubText(record.ground_truth, {}, uncounted),
      agents: record.agents.map((name) => scrubText(name, {}, uncounted)),
      history: record.history.map((step) => ({
        ...step,
        name: scrubText(step.name, {}, uncounted),
        content: scrubText(step.content, history, counts),
      })),
      mistake_agent: scrubText(record.mistake_agent, {}, uncounted),
      mistake_reason: scrubText(record.mistake_reason, { provenance }, uncounted),
      ...(record.correction === undefined
        ? {}
        : { correction: scrubText(record.correction, { provenance }, uncounted) }),
    },
    counts,
  };
}

/** Adds `more` into `total`. */
export function addCounts(total: ScrubCounts, more: ScrubCounts): void {
  for (const kind of Object.keys(more) as ScrubKind[]) total[kind] = (total[kind] ?? 0) + (more[kind] ?? 0);
}
