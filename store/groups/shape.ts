import { createHash } from "node:crypto";

/** What a reason says once everything that differs from run to run is taken out of it. */
const MOST_CHARACTERS = 2000;
const MOST_WORDS = 80;
/** Shapes at least this much alike are one failure. */
const ALIKE = 0.6;

/** What is taken out, in this order: what holds others comes first. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/\S+/g, " url "],
  [/[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,32})+/g, " email "],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, " id "],
  [/\b\d{4}-\d{2}-\d{2}(?:[t ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:?\d{2})?)?\b/g, " time "],
  [/(?:\b[a-z]:)?(?:[\\/][\w.@-]{1,100}){2,30}/g, " path "],
  [/\b0x[0-9a-f]+\b/g, " id "],
  // Letters and digits in one word: a name somebody counted up, a hash, a version.
  [/\b(?=[\w-]*\d)(?=[\w-]*[a-z])[\w-]+\b/g, " id "],
  [/[-+]?\d[\d.,:]*%?/g, " number "],
];

/**
 * The shape of a reason: lower-case words in their order, with addresses, paths, times, ids and numbers named by their
 * kind only. Pure; the same for ever, since groups are named by it.
 */
export function reasonShape(reason: string): string {
  let text = reason.slice(0, MOST_CHARACTERS).normalize("NFKC").toLowerCase();
  for (const [pattern, name] of VARIABLE) text = text.replace(pattern, name);
  const words = text.split(/[^\p{L}\p{M}\p{N}_]+/u).filter((word) => word !== "");
  // "items 1, 2 and 3" and "items 1 and 2" are one shape.
  const told = words.filter((word, index) => !(KINDS.has(word) && word === words[index - 1]));
  return told.slice(0, MOST_WORDS).join(" ");
}

const KINDS = new Set(["url", "email", "id", "time", "path", "number"]);

/** What makes two failures one: who, at what kind of step, why. */
export interface Fingerprint {
  agent: string;
  kind: string;
  shape: string;
}

/** The id of the group that a failure founds. */
export function groupIdOf({ agent, kind, shape }: Fingerprint): string {
  return createHash("sha256")
    .update(JSON.stringify([agent, kind, shape]))
    .digest("hex")
    .slice(0, 16);
}

/** How much of two shapes is the same, 0 to 1: words and pairs of neighbours in both, of those in either. */
export function likeness(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  if (left.size === 0 || right.size === 0) return left.size === right.size ? 1 : 0;
  let both = 0;
  for (const part of left) if (right.has(part)) both++;
  return both / (left.size + right.size - both);
}

/** The words of a shape and its pairs of neighbours. */
export function partsOf(shape: string): ReadonlySet<string> {
  const words = shape.split(" ").filter(Boolean);
  return new Set([...words, ...words.slice(1).map((word, index) => `${words[index]} ${word}`)]);
}

interface Founder {
  group_id: string;
  parts: ReadonlySet<string>;
}

/**
 * Known groups of one project: which one a failure belongs to. A shape is compared with the one that founded a group
 * and with no other, so a group does not wander from failure to failure.
 */
export class GroupIndex {
  readonly #exact = new Map<string, string>();
  readonly #founders = new Map<string, Founder[]>();

  /** Makes a member known; founders and others in any order. */
  add(member: Fingerprint, groupId: string): void {
    this.#exact.set(keyOf(member), groupId);
    if (groupIdOf(member) !== groupId) return;
    const place = placeOf(member);
    const founders = this.#founders.get(place) ?? [];
    this.#founders.set(place, founders);
    if (!founders.some(({ group_id }) => group_id === groupId)) {
      founders.push({ group_id: groupId, parts: partsOf(member.shape) });
    }
  }

  /** The group of a failure: the one it was found in before, the one most like it, or a new one that it founds. */
  assign(failure: Fingerprint): string {
    const known = this.#exact.get(keyOf(failure));
    if (known !== undefined) return known;
    const parts = partsOf(failure.shape);
    let best: { group_id: string; alike: number } | undefined;
    for (const { group_id, parts: others } of this.#founders.get(placeOf(failure)) ?? []) {
      const alike = likeness(parts, others);
      if (alike < ALIKE) continue;
      // Of two that are as much alike, the same one whatever the order.
      if (best === undefined || alike > best.alike || (alike === best.alike && group_id < best.group_id)) {
        best = { group_id, alike };
      }
    }
    const groupId = best?.group_id ?? groupIdOf(failure);
    this.add(failure, groupId);
    return groupId;
  }
}

function keyOf({ agent, kind, shape }: Fingerprint): string {
  return JSON.stringify([agent, kind, shape]);
}

function placeOf({ agent, kind }: Fingerprint): string {
  return JSON.stringify([agent, kind]);
}
