import { asObject } from "../json-shape.ts";
import { fit } from "./words.ts";

/** Depth to which values of a turn are looked at. */
const DEEPEST = 3;
const MOST_KEYS = 100;

/** What is at one path of the turns. */
export interface Field {
  path: string;
  /** The last key of the path. */
  key: string;
  /** The path without its last key; empty at the top. */
  parent: string;
  present: number;
  strings: string[];
  lists: number;
  objects: number;
  numbers: number;
}

/** Every path of the turns with what is there. A turn that is a list (`["agent", "hello"]`) has its places for keys. */
export function fieldsOf(turns: readonly unknown[]): Field[] {
  const fields = new Map<string, Field>();
  const take = (value: unknown, path: string, key: string, parent: string, depth: number): void => {
    if (path !== "") {
      const field = fields.get(path) ?? {
        path,
        key,
        parent,
        present: 0,
        strings: [],
        lists: 0,
        objects: 0,
        numbers: 0,
      };
      field.present++;
      if (typeof value === "string") field.strings.push(value);
      else if (Array.isArray(value)) field.lists++;
      else if (typeof value === "number") field.numbers++;
      else if (asObject(value) !== undefined) field.objects++;
      fields.set(path, field);
    }
    const inner = path === "" && Array.isArray(value) ? value : asObject(value);
    if (inner === undefined || depth >= DEEPEST) return;
    for (const [name, item] of Object.entries(inner).slice(0, MOST_KEYS)) {
      if (!name.includes(".")) take(item, path === "" ? name : `${path}.${name}`, name, path, depth + 1);
    }
  };
  for (const turn of turns) take(turn, "", "", "", 0);
  return [...fields.values()];
}

/** The path whose key's name fits best and is not taken; nearer to the top before deeper. */
export function bestNamed(
  fields: readonly Field[],
  names: readonly string[],
  taken: ReadonlySet<string> = new Set(),
): string | undefined {
  let found: { path: string; score: number } | undefined;
  for (const { path, key } of fields) {
    if (taken.has(path)) continue;
    const named = fit(key, names);
    const score = named - path.split(".").length * 0.02;
    if (named > 0 && (found === undefined || score > found.score)) found = { path, score };
  }
  return found?.path;
}

/** Whether a path is the holder or something in it. */
export function isInside(path: string, holder: string | undefined): boolean {
  return holder !== undefined && holder !== "" && (path === holder || path.startsWith(`${holder}.`));
}

export function meanLength({ strings }: Field): number {
  return strings.reduce((sum, text) => sum + text.length, 0) / Math.max(1, strings.length);
}
