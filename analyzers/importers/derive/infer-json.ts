import type { SourceFile } from "../format.ts";
import { asObject } from "../json-shape.ts";
import { parseTime } from "../run-times.ts";
import { isVerdict, listOf } from "./apply-json.ts";
import { type JsonMapping, valueAt } from "./mapping.ts";
import { fit, KEYS, type RoleWord, roleOfWord } from "./words.ts";

/** Turns looked at to find out what they hold. */
const SAMPLE = 200;
/** Depth to which a list of turns is looked for, and values in a turn. */
const LIST_DEPTH = 5;
const TURN_DEPTH = 3;

/** What is at one path of the turns. */
interface Field {
  path: string;
  /** The last key of the path. */
  key: string;
  present: number;
  strings: string[];
  lists: number;
  objects: number;
  numbers: number;
}

export interface Inferred<T> {
  mapping: T;
  confidence: number;
}

/** The likeliest reading of a JSON file as turns of an agent, and how sure that is (0 to 1). */
export function inferJson(file: SourceFile): Inferred<JsonMapping> | undefined {
  const document: unknown = file.records ?? file.json;
  let best: Inferred<JsonMapping> | undefined;
  for (const { runs, turns, first } of turnLists(document)) {
    const found = inferTurns(first.run, first.turns);
    if (found === undefined) continue;
    const mapping = { ...found.mapping, turns, ...(runs === undefined ? {} : { runs }) };
    if (best === undefined || found.confidence > best.confidence) best = { mapping, confidence: found.confidence };
  }
  return best;
}

interface TurnList {
  runs: string | undefined;
  turns: string;
  first: { run: unknown; turns: unknown[] };
}

/** Lists of objects that may be turns: in the document, or in each entry of a list of runs. */
function turnLists(document: unknown): TurnList[] {
  const found: TurnList[] = [];
  eachList(document, "", 0, (path, list) => {
    if (asObject(list[0]) === undefined) return;
    found.push({ runs: undefined, turns: path, first: { run: document, turns: list } });
    eachList(list[0], "", 0, (inner, turns) => {
      if (inner !== "" && asObject(turns[0]) !== undefined && turns.length > 1) {
        found.push({ runs: path, turns: inner, first: { run: list[0], turns } });
      }
    });
  });
  return found;
}

function eachList(value: unknown, path: string, depth: number, take: (path: string, list: unknown[]) => void): void {
  const list = listOf(value);
  if (list.length > 0) {
    take(path, list);
    return;
  }
  const object = asObject(value);
  if (object === undefined || depth >= LIST_DEPTH) return;
  for (const [key, inner] of Object.entries(object).slice(0, 200)) {
    if (!key.includes(".")) eachList(inner, path === "" ? key : `${path}.${key}`, depth + 1, take);
  }
}

function inferTurns(run: unknown, all: readonly unknown[]): Inferred<JsonMapping> | undefined {
  const turns = all.slice(0, SAMPLE);
  if (turns.length < 2) return undefined;
  const fields = fieldsOf(turns);
  const role = roleField(fields, turns.length);
  const calls = callsOf(fields, turns);
  const pair = role === undefined ? pairOf(fields, turns.length) : undefined;
  if (role === undefined && pair === undefined) return undefined;
  const taken = new Set(
    [role?.path, calls?.path, pair?.action, pair?.observation].filter((path) => path !== undefined),
  );
  const reasoning = best(
    fields.filter(({ strings }) => strings.length > 0),
    KEYS.reasoning,
    taken,
  );
  if (reasoning !== undefined) taken.add(reasoning);
  const content = contentPaths(fields, taken, turns.length);
  const time = fields.find((field) => fit(field.key, KEYS.time) > 0 && isTime(turns, field.path))?.path;
  const name =
    role === undefined
      ? undefined
      : fields.find(
          (field) =>
            field.path !== role.path &&
            !isInside(field.path, calls?.path) &&
            fit(field.key, KEYS.name) > 0 &&
            field.strings.every((text) => text.length < 60),
        )?.path;
  const answer = observationOf(fields, turns, { calls, pair, role });
  const mapping: JsonMapping = {
    version: 1,
    kind: "json",
    turns: "",
    ...(role === undefined ? {} : { role: { path: role.path, values: role.values } }),
    ...(name === undefined ? {} : { name }),
    content: pair !== undefined && content.length === 0 && reasoning !== undefined ? [reasoning] : content,
    reasoning: reasoning === undefined ? [] : [reasoning],
    ...(pair !== undefined && calls === undefined
      ? { calls: { path: pair.action } }
      : calls === undefined
        ? {}
        : { calls: calls.calls }),
    ...(answer === undefined ? {} : { observation: answer }),
    ...(time === undefined ? {} : { time }),
    ...aboutTheRun(run),
  };
  return { mapping, confidence: confidenceOf(mapping, turns, role, pair !== undefined) };
}

function fieldsOf(turns: readonly unknown[]): Field[] {
  const fields = new Map<string, Field>();
  const take = (value: unknown, path: string, key: string, depth: number): void => {
    if (path !== "") {
      const field = fields.get(path) ?? { path, key, present: 0, strings: [], lists: 0, objects: 0, numbers: 0 };
      field.present++;
      if (typeof value === "string") field.strings.push(value);
      else if (Array.isArray(value)) field.lists++;
      else if (typeof value === "number") field.numbers++;
      else if (asObject(value) !== undefined) field.objects++;
      fields.set(path, field);
    }
    const object = asObject(value);
    if (object === undefined || depth >= TURN_DEPTH) return;
    for (const [inner, item] of Object.entries(object).slice(0, 100)) {
      if (!inner.includes(".")) take(item, path === "" ? inner : `${path}.${inner}`, inner, depth + 1);
    }
  };
  for (const turn of turns) take(turn, "", "", 0);
  return [...fields.values()];
}

interface RoleField {
  path: string;
  values: Record<string, RoleWord>;
  /** Share of turns whose role is a known word. */
  known: number;
}

/** The field whose few short values say who acts. */
function roleField(fields: readonly Field[], turns: number): RoleField | undefined {
  let found: (RoleField & { score: number }) | undefined;
  for (const field of fields) {
    const { strings, path, key } = field;
    if (strings.length < turns * 0.8 || strings.some((text) => text.length > 60)) continue;
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

/** An action and what came of it in one turn. */
function pairOf(fields: readonly Field[], turns: number): { action: string; observation: string } | undefined {
  const often = fields.filter(({ present, path }) => present >= turns * 0.5 && !path.includes("."));
  const action = best(often, KEYS.action, new Set());
  const observation = best(often, KEYS.observation, new Set(action === undefined ? [] : [action]));
  return action === undefined || observation === undefined ? undefined : { action, observation };
}

interface Calls {
  path: string;
  calls: NonNullable<JsonMapping["calls"]>;
}

/** Where calls of tools are: a list or object of them in a turn, or a name and arguments in the turn itself. */
function callsOf(fields: readonly Field[], turns: readonly unknown[]): Calls | undefined {
  const holders = fields
    .filter((field) => (field.lists > 0 || field.objects > 0) && fit(field.key, KEYS.calls) > 0)
    .sort((left, right) => fit(right.key, KEYS.calls) - fit(left.key, KEYS.calls));
  for (const holder of holders) {
    const items = turns.flatMap((turn) => {
      const held = valueAt(turn, holder.path);
      return Array.isArray(held) ? held : held === undefined || held === null ? [] : [held];
    });
    const inner = fieldsOf(items);
    const name = best(
      inner.filter(({ strings, path }) => strings.length > 0 && path.split(".").length <= 2),
      KEYS.callName,
      new Set(),
    );
    const args = best(inner, KEYS.callArguments, new Set(name === undefined ? [] : [name]));
    if (name === undefined && args === undefined) continue;
    const id = best(
      inner.filter(({ strings, numbers }) => strings.length + numbers > 0),
      KEYS.callId,
      new Set(),
    );
    return { path: holder.path, calls: parts(holder.path, name, args, id) };
  }
  const flat = fields.filter(({ path }) => !path.includes("."));
  const name = best(
    flat.filter(({ strings }) => strings.length > 0 && strings.every((text) => text.length < 80)),
    ["tool", "tool_name", "function", "function_name", "fn", "command_name", "action", "method"],
    new Set(),
  );
  const args = best(flat, KEYS.callArguments, new Set(name === undefined ? [] : [name]));
  if (name === undefined || args === undefined) {
    const command = best(
      flat.filter(({ strings }) => strings.length > 0),
      ["command", "cmd", "code", "keystrokes"],
      new Set(),
    );
    return command === undefined ? undefined : { path: command, calls: { path: command } };
  }
  const id = best(
    flat.filter(({ strings, numbers }) => strings.length + numbers > 0),
    KEYS.callId.slice(1),
    new Set(),
  );
  return { path: name, calls: parts("", name, args, id) };
}

function parts(
  path: string,
  name: string | undefined,
  args: string | undefined,
  id: string | undefined,
): NonNullable<JsonMapping["calls"]> {
  return {
    path,
    ...(name === undefined ? {} : { name }),
    ...(args === undefined ? {} : { arguments: args }),
    ...(id === undefined ? {} : { id }),
  };
}

function observationOf(
  fields: readonly Field[],
  turns: readonly unknown[],
  {
    calls,
    pair,
    role,
  }: { calls: Calls | undefined; pair: { observation: string } | undefined; role: RoleField | undefined },
): JsonMapping["observation"] | undefined {
  const code = fields.find(
    (field) => fit(field.key, KEYS.exitCode) > 0 && field.numbers > 0 && !isInside(field.path, calls?.path),
  )?.path;
  const exit = code === undefined ? {} : { exit_code: code };
  if (pair !== undefined) return { path: pair.observation, same_turn: true, ...exit };
  const observed = best(
    fields.filter(({ path }) => !path.includes(".") && path !== role?.path && path !== calls?.path),
    KEYS.observation,
    new Set(),
  );
  const asked = calls === undefined ? [] : turns.flatMap((turn) => idsOf(turn, calls.calls));
  const pairing = pairedBy(fields, turns, new Set(asked), calls);
  const ofAgents = turns.filter(
    (turn) => role !== undefined && role.values[String(valueAt(turn, role.path))] === "agent",
  );
  const inside = observed !== undefined && ofAgents.some((turn) => valueAt(turn, observed) !== undefined);
  const hasEnvironment = role !== undefined && Object.values(role.values).includes("environment");
  if (!hasEnvironment && !inside && pairing === undefined)
    return code === undefined ? undefined : { same_turn: false, ...exit };
  return {
    same_turn: inside && !hasEnvironment,
    ...(observed === undefined ? {} : { path: observed }),
    ...(pairing === undefined ? {} : { call_id: pairing }),
    ...exit,
  };
}

function idsOf(turn: unknown, calls: NonNullable<JsonMapping["calls"]>): string[] {
  if (calls.id === undefined) return [];
  const held = valueAt(turn, calls.path);
  const items = Array.isArray(held) ? held : [held];
  return items.map((item) => String(valueAt(item, calls.id as string) ?? "")).filter((id) => id !== "");
}

/** The field whose values are the ids of calls, in other turns than theirs: found by the data, whatever it is called. */
function pairedBy(
  fields: readonly Field[],
  turns: readonly unknown[],
  asked: ReadonlySet<string>,
  calls: Calls | undefined,
): string | undefined {
  if (asked.size === 0) return undefined;
  for (const field of fields) {
    if (
      field.strings.length + field.numbers === 0 ||
      isInside(field.path, calls?.path === "" ? undefined : calls?.path)
    )
      continue;
    const values = turns
      .map((turn) => valueAt(turn, field.path))
      .filter((value) => value !== undefined && value !== null && value !== "");
    const hits = values.filter((value) => asked.has(String(value))).length;
    if (hits >= 2 || (hits === 1 && asked.size === 1)) {
      if (
        hits >= values.length * 0.6 &&
        !(calls?.calls.path === "" && field.path === calls.calls.id && hits <= asked.size)
      )
        return field.path;
    }
  }
  return undefined;
}

function isInside(path: string, holder: string | undefined): boolean {
  return holder !== undefined && holder !== "" && (path === holder || path.startsWith(`${holder}.`));
}

/** Texts of a turn, the best-named first, then the longest. */
function contentPaths(fields: readonly Field[], taken: ReadonlySet<string>, turns: number): string[] {
  const texts = fields.filter(
    ({ path, strings, lists }) =>
      !taken.has(path) && ![...taken].some((holder) => isInside(path, holder)) && (strings.length > 0 || lists > 0),
  );
  const named = texts
    .filter(({ key }) => fit(key, KEYS.content) > 0 || fit(key, KEYS.observation) > 0)
    .sort(
      (left, right) =>
        Math.max(fit(right.key, KEYS.content), fit(right.key, KEYS.observation) * 0.5) -
        Math.max(fit(left.key, KEYS.content), fit(left.key, KEYS.observation) * 0.5),
    )
    .map(({ path }) => path);
  const long = texts
    .filter(({ strings, key }) => strings.length >= turns * 0.2 && mean(strings) > 30 && fit(key, KEYS.time) === 0)
    .sort((left, right) => mean(right.strings) - mean(left.strings))
    .map(({ path }) => path);
  return [...new Set([...named, ...long])].slice(0, 6);
}

function mean(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0) / Math.max(1, texts.length);
}

function best(fields: readonly Field[], names: readonly string[], taken: ReadonlySet<string>): string | undefined {
  let found: { path: string; score: number } | undefined;
  for (const { path, key } of fields) {
    if (taken.has(path)) continue;
    const score = fit(key, names) - path.split(".").length * 0.02;
    if (score > 0 && (found === undefined || score > found.score)) found = { path, score };
  }
  return found?.path;
}

function isTime(turns: readonly unknown[], path: string): boolean {
  const values = turns.map((turn) => valueAt(turn, path)).filter((value) => value !== undefined);
  return values.length > 0 && values.filter((value) => parseTime(value) !== undefined).length >= values.length * 0.8;
}

/** Task, id, outcome and cost among the run's own fields. */
function aboutTheRun(run: unknown): Pick<JsonMapping, "task" | "task_id" | "outcome" | "cost"> {
  const fields = asObject(run) === undefined ? [] : fieldsOf([run]).filter(({ path }) => path.split(".").length <= 3);
  const task = best(
    fields.filter(({ strings }) => strings.some((text) => text.length > 3)),
    KEYS.task,
    new Set(),
  );
  const id = best(
    fields.filter(({ strings }) => strings.some((text) => text.length < 200)),
    KEYS.taskId,
    new Set(),
  );
  const outcome = best(
    fields.filter(({ path }) => isVerdict(valueAt(run, path))),
    KEYS.outcome,
    new Set(),
  );
  const cost = best(
    fields.filter(({ numbers }) => numbers > 0),
    KEYS.cost,
    new Set(),
  );
  return {
    task: task === undefined ? [] : [task],
    ...(id === undefined ? {} : { task_id: id }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(cost === undefined ? {} : { cost }),
  };
}

/** How much speaks for it: known words for who acts, text in the turns, calls and answers that pair, enough turns. */
function confidenceOf(
  mapping: JsonMapping,
  turns: readonly unknown[],
  role: RoleField | undefined,
  paired: boolean,
): number {
  const spoken =
    turns.filter(
      (turn) =>
        mapping.content.some((path) => valueAt(turn, path)) ||
        (mapping.calls !== undefined && valueAt(turn, mapping.calls.path || (mapping.calls.name ?? "")) !== undefined),
    ).length / turns.length;
  const kinds = new Set(Object.values(role?.values ?? {}));
  const sides = paired || (kinds.has("agent") && (kinds.has("environment") || kinds.has("user")));
  const score =
    0.35 * (paired ? 0.9 : (role?.known ?? 0)) +
    0.25 * spoken +
    0.2 * (sides ? 1 : 0) +
    0.1 * (mapping.calls === undefined ? 0 : 1) +
    0.1 * Math.min(1, turns.length / 4);
  return Math.round(score * 100) / 100;
}
