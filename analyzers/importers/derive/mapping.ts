import { z } from "zod";

/** A key, or keys under one another with dots between: `message.content`. Empty is the value itself. */
const path = z.string().max(200);
const paths = z.array(path).max(8);
const role = z.enum(["agent", "environment", "user", "system", "skip"]);

/** How to read runs out of JSON or JSON lines, one entry of a list a turn. */
export const jsonMappingSchema = z.strictObject({
  version: z.literal(1),
  kind: z.literal("json"),
  /** Where a list of runs is; absent where the file, or each of its lines, is one run. */
  runs: path.optional(),
  /** Where the list of turns is in a run; empty when the run is the list (so are the lines of a file). */
  turns: path,
  /** Which value says who acts; absent where each turn holds an action and its observation. */
  role: z.strictObject({ path, values: z.record(z.string().max(200), role) }).optional(),
  /** Who acts, by name. */
  name: path.optional(),
  content: paths,
  reasoning: paths.default([]),
  /** Calls of a turn: a list or one object at `path`, or the turn itself when empty. */
  calls: z.strictObject({ path, name: path.optional(), arguments: path.optional(), id: path.optional() }).optional(),
  /** The answer inside the same turn, or in a turn of its own when `same_turn` is false. */
  observation: z
    .strictObject({
      path: path.optional(),
      call_id: path.optional(),
      exit_code: path.optional(),
      same_turn: z.boolean(),
    })
    .optional(),
  time: path.optional(),
  model: path.optional(),
  /** Paths in the run. */
  task: paths.default([]),
  task_id: path.optional(),
  outcome: path.optional(),
  cost: path.optional(),
});
export type JsonMapping = z.infer<typeof jsonMappingSchema>;

/** How to read a run out of a text log: a marker opens each turn. */
export const textMappingSchema = z.strictObject({
  version: z.literal(1),
  kind: z.literal("text"),
  /** One of the built-in markers, or an RE2 pattern for a line with the groups `speaker`, `time`, `text`. */
  marker: z.union([z.strictObject({ template: z.string().max(40) }), z.strictObject({ pattern: z.string().max(400) })]),
  /** What each speaker is; a speaker that is not here is an agent of that name. */
  roles: z.record(z.string().max(200), role),
});
export type TextMapping = z.infer<typeof textMappingSchema>;

/**
 * A parser for a format that nobody has told us of: where things are, never code. Made by looking at the data, or by a
 * model; kept as a file by the format's fingerprint.
 */
export const mappingSchema = z.discriminatedUnion("kind", [jsonMappingSchema, textMappingSchema]);
export type TrajectoryMapping = z.infer<typeof mappingSchema>;

/** The value at a path; `undefined` where there is none. Only own keys are looked at. */
export function valueAt(value: unknown, at: string): unknown {
  if (at === "") return value;
  let current = value;
  for (const key of at.split(".")) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string, unknown>)[key];
  }
  return current;
}
