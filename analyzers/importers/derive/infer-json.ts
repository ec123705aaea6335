import type { SourceFile } from "../format.ts";
import { asObject } from "../json-shape.ts";
import { parseTime } from "../run-times.ts";
import { isVerdict, listOf } from "./apply-json.ts";
import { bestNamed, type Field, fieldsOf, isInside, meanLength } from "./fields.ts";
import { callsOf, observationOf } from "./infer-calls.ts";
import { pairOf, type RoleField, roleField } from "./infer-roles.ts";
import { type JsonMapping, valueAt } from "./mapping.ts";
import { fit, KEYS } from "./words.ts";

/** Turns looked at to find out what they hold. */
const SAMPLE = 200;
/** Depth to which a list of turns is looked for. */
const LIST_DEPTH = 5;

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

/** Lists that may be turns: in the document, or in each entry of a list of runs. */
function turnLists(document: unknown): TurnList[] {
  const found: TurnList[] = [];
  eachList(document, "", 0, (path, list) => {
    if (!isTurn(list[0])) return;
    found.push({ runs: undefined, turns: path, first: { run: document, turns: list } });
    eachList(list[0], "", 0, (inner, turns) => {
      if (inner !== "" && isTurn(turns[0]) && turns.length > 1) {
        found.push({ runs: path, turns: inner, first: { run: list[0], turns } });
      }
    });
  });
  return found;
}

/** An object, or a short list that begins with a word: `["agent", "hello"]`. */
function isTurn(value: unknown): boolean {
  if (Array.isArray(value)) return value.length >= 2 && value.length <= 4 && typeof value[0] === "string";
  return asObject(value) !== undefined;
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
  const pair = role === undefined ? pairOf(fields, turns.length) : undefined;
  if (role === undefined && pair === undefined) return undefined;
  const found = callsOf(fields, turns);
  const calls =
    pair === undefined || (found !== undefined && !isInside(found.path, pair.observation)) ? found : undefined;
  const taken = new Set(
    [role?.path, pair?.action, pair?.observation, ...callPaths(calls, fields)].filter((path) => path !== undefined),
  );
  const side = pair?.side;
  const said = fields.filter((field) => side === undefined || isInside(field.path, side));
  const reasoning = bestNamed(
    said.filter(({ strings }) => strings.length > 0),
    KEYS.reasoning,
    taken,
  );
  if (reasoning !== undefined) taken.add(reasoning);
  const time = fields.find((field) => fit(field.key, KEYS.time) > 0 && isTime(turns, field.path))?.path;
  const name = nameOf(said, role, calls?.path);
  for (const path of [name, time]) if (path !== undefined) taken.add(path);
  const content = contentPaths(said, taken, turns.length);
  const answer = observationOf(fields, turns, { calls, pair, role });
  const mapping: JsonMapping = {
    version: 1,
    kind: "json",
    turns: "",
    ...(role === undefined ? {} : { role: { path: role.path, values: role.values } }),
    ...(name === undefined ? {} : { name }),
    content: content.length === 0 && reasoning !== undefined ? [reasoning] : content,
    reasoning: reasoning === undefined ? [] : [reasoning],
    ...(calls !== undefined
      ? { calls }
      : pair === undefined || pair.action === side
        ? {}
        : { calls: { path: pair.action } }),
    ...(answer === undefined ? {} : { observation: answer }),
    ...(time === undefined ? {} : { time }),
    ...aboutTheRun(run),
  };
  return { mapping, confidence: confidenceOf(mapping, turns, role) };
}

/** What a call takes of a turn: the list that holds it, or its name, arguments and id in an object that holds more. */
function callPaths(calls: JsonMapping["calls"], fields: readonly Field[]): string[] {
  if (calls === undefined) return [];
  const holder = fields.find(({ path }) => path === calls.path);
  const parts = [calls.name, calls.arguments, calls.id].filter((part) => part !== undefined);
  if (parts.length === 0 || (holder !== undefined && holder.lists > 0)) return [calls.path];
  return parts.map((part) => (calls.path === "" ? part : `${calls.path}.${part}`));
}

function nameOf(fields: readonly Field[], role: RoleField | undefined, calls: string | undefined): string | undefined {
  return fields.find(
    ({ path, key, strings }) =>
      path !== role?.path &&
      !isInside(path, calls) &&
      strings.length > 0 &&
      fit(key, KEYS.name) > 0 &&
      strings.every((text) => text.length < 60),
  )?.path;
}

/** Texts of a turn: the best-named first, then the longest. */
function contentPaths(fields: readonly Field[], taken: ReadonlySet<string>, turns: number): string[] {
  const texts = fields.filter(
    ({ path, strings, lists }) =>
      ![...taken].some((holder) => isInside(path, holder)) && (strings.length > 0 || lists > 0),
  );
  const rank = ({ key }: Field) => Math.max(fit(key, KEYS.content), fit(key, KEYS.observation) * 0.5);
  const named = texts.filter((field) => rank(field) > 0).sort((left, right) => rank(right) - rank(left));
  const long = texts
    .filter((field) => field.strings.length >= turns * 0.2 && meanLength(field) > 30)
    .sort((left, right) => meanLength(right) - meanLength(left));
  const longest = [...texts].sort((left, right) => meanLength(right) - meanLength(left)).slice(0, 1);
  const chosen = named.length + long.length > 0 ? [...named, ...long] : longest;
  return [...new Set(chosen.map(({ path }) => path))].slice(0, 6);
}

function isTime(turns: readonly unknown[], path: string): boolean {
  const values = turns.map((turn) => valueAt(turn, path)).filter((value) => value !== undefined);
  return values.length > 0 && values.filter((value) => parseTime(value) !== undefined).length >= values.length * 0.8;
}

/** Task, id, outcome and cost among the run's own fields. */
function aboutTheRun(run: unknown): Pick<JsonMapping, "task" | "task_id" | "outcome" | "cost"> {
  const fields = asObject(run) === undefined ? [] : fieldsOf([run]);
  const task = bestNamed(
    fields.filter(({ strings }) => strings.some((text) => text.length > 3)),
    KEYS.task,
  );
  const id = bestNamed(
    fields.filter(({ strings }) => strings.some((text) => text.length < 200)),
    KEYS.taskId,
  );
  const outcome = bestNamed(
    fields.filter(({ path }) => isVerdict(valueAt(run, path))),
    KEYS.outcome,
  );
  const cost = bestNamed(
    fields.filter(({ numbers }) => numbers > 0),
    KEYS.cost,
  );
  return {
    task: task === undefined ? [] : [task],
    ...(id === undefined ? {} : { task_id: id }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(cost === undefined ? {} : { cost }),
  };
}

/** How much speaks for it: known words for who acts, text in the turns, both sides, calls, enough turns. */
function confidenceOf(mapping: JsonMapping, turns: readonly unknown[], role: RoleField | undefined): number {
  const { content, calls } = mapping;
  const says = (turn: unknown) =>
    content.some((path) => valueAt(turn, path)) ||
    (calls !== undefined && valueAt(turn, calls.path || (calls.name ?? "")) !== undefined);
  const kinds = new Set(Object.values(role?.values ?? {}));
  const sides = role === undefined || (kinds.has("agent") && (kinds.has("environment") || kinds.has("user")));
  const score =
    0.35 * (role?.known ?? 0.9) +
    0.25 * (turns.filter(says).length / turns.length) +
    0.2 * (sides ? 1 : 0) +
    0.1 * (calls === undefined ? 0 : 1) +
    0.1 * Math.min(1, turns.length / 4);
  return Math.round(score * 100) / 100;
}
