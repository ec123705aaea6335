import { bestNamed, type Field, meanLength } from "./fields.ts";
import { fit, KEYS, type RoleWord, roleOfWord } from "./words.ts";

/** Longest value that can say who acts. */
const LONGEST = 60;

export interface RoleField {
  path: string;
  values: Record<string, RoleWord>;
  /** Share of turns whose role is a known word. */
  known: number;
}

/** The field whose few short values say who acts. */
export function roleField(fields: readonly Field[], turns: number): RoleField | undefined {
  let found: (RoleField & { score: number }) | undefined;
  for (const { strings, path, key } of fields) {
    if (strings.length < turns * 0.8 || strings.some((text) => text.length > LONGEST)) continue;
    const counts = new Map<string, number>();
    for (const text of strings) counts.set(text, (counts.get(text) ?? 0) + 1);
    if (counts.size < 2 || counts.size > Math.max(12, turns / 3)) continue;
    const values: Record<string, RoleWord> = Object.create(null);
    let known = 0;
    for (const [text, count] of counts) {
      const role = roleOfWord(text);
      // A name of its own is an agent's.
      values[text] = role ?? "agent";
      if (role !== undefined) known += count;
    }
    const share = known / strings.length;
    const kinds = new Set(Object.values(values).filter((value) => value !== "skip" && value !== "system"));
    const named = fit(key, KEYS.role);
    if (!kinds.has("agent") || (kinds.size < 2 && named === 0) || (named === 0 && share < 0.8)) continue;
    const score = named + share * 1.5 + (kinds.size > 1 ? 1 : 0) - path.split(".").length * 0.1;
    if (found === undefined || score > found.score) found = { path, values: { ...values }, known: share, score };
  }
  return found;
}

/** A turn that holds both what was done and what came of it. */
export interface Pair {
  /** Where what was done is: the action itself, or the agent's side of the turn. */
  action: string;
  observation: string;
  /** The agent's side, where it is an object of its own. */
  side?: string;
}

/** An action and its observation in one turn: by their names, or as an agent's and an environment's side. */
export function pairOf(fields: readonly Field[], turns: number): Pair | undefined {
  const often = fields.filter(({ present, parent }) => present >= turns * 0.5 && parent === "");
  const action = bestNamed(often, KEYS.action);
  const observation = bestNamed(often, KEYS.observation, new Set(action === undefined ? [] : [action]));
  if (action !== undefined && observation !== undefined) return { action, observation };
  const sides = often.filter(({ objects, strings }) => objects + strings.length > 0);
  const agent = sides.find(({ key }) => roleOfWord(key) === "agent");
  const other = sides.find(({ key }) => roleOfWord(key) === "environment");
  if (agent === undefined || other === undefined) return undefined;
  const inside = (side: Field) => fields.filter(({ parent, strings }) => parent === side.path && strings.length > 0);
  const longest = (side: Field) => inside(side).sort((left, right) => meanLength(right) - meanLength(left))[0]?.path;
  const does = bestNamed(inside(agent), [...KEYS.command, ...KEYS.action]);
  return {
    action: does ?? agent.path,
    observation: longest(other) ?? other.path,
    ...(agent.objects > 0 ? { side: agent.path } : {}),
  };
}
