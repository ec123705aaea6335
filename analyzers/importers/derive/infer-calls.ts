import { bestNamed, type Field, fieldsOf } from "./fields.ts";
import type { Pair, RoleField } from "./infer-roles.ts";
import { type JsonMapping, valueAt } from "./mapping.ts";
import { fit, KEYS } from "./words.ts";

type CallsMapping = NonNullable<JsonMapping["calls"]>;

/** Where calls of tools are: a list or object of them in a turn, or a name and arguments beside one another, or a command. */
export function callsOf(fields: readonly Field[], turns: readonly unknown[]): CallsMapping | undefined {
  return heldCalls(fields, turns) ?? besideOneAnother(fields) ?? command(fields);
}

function heldCalls(fields: readonly Field[], turns: readonly unknown[]): CallsMapping | undefined {
  const holders = fields
    .filter((field) => (field.lists > 0 || field.objects > 0) && fit(field.key, KEYS.calls) > 0)
    .sort((left, right) => fit(right.key, KEYS.calls) - fit(left.key, KEYS.calls));
  for (const { path } of holders) {
    const items = turns.flatMap((turn) => {
      const held = valueAt(turn, path);
      return Array.isArray(held) ? held : held === undefined || held === null ? [] : [held];
    });
    const inner = fieldsOf(items);
    const shallow = inner.filter(({ strings, path: at }) => strings.length > 0 && at.split(".").length <= 2);
    const name = bestNamed(shallow, KEYS.callName);
    const args = bestNamed(inner, KEYS.callArguments, new Set(name === undefined ? [] : [name]));
    if (name === undefined && args === undefined) continue;
    return parts(path, name, args, bestNamed(inner.filter(isId), KEYS.callId));
  }
  return undefined;
}

/** The name of a tool and its arguments in the same object, at the top of a turn or one below. */
function besideOneAnother(fields: readonly Field[]): CallsMapping | undefined {
  const short = ({ strings }: Field) => strings.length > 0 && strings.every((text) => text.length < 80);
  for (const parent of new Set(fields.map((field) => field.parent))) {
    if (parent.includes(".")) continue;
    const here = fields.filter((field) => field.parent === parent);
    const name = here.find((field) => field.path === bestNamed(here.filter(short), KEYS.toolName));
    if (name === undefined) continue;
    const args = here.find((field) => field.path === bestNamed(here, KEYS.callArguments, new Set([name.path])));
    if (args === undefined) continue;
    // At the top `id` is the turn's, and a call's only by a name of its own.
    const ids = bestNamed(here.filter(isId), parent === "" ? KEYS.callId.slice(1) : KEYS.callId);
    return parts(parent, name.key, args.key, here.find(({ path }) => path === ids)?.key);
  }
  return undefined;
}

function command(fields: readonly Field[]): CallsMapping | undefined {
  const path = bestNamed(
    fields.filter(({ strings, parent }) => strings.length > 0 && !parent.includes(".")),
    KEYS.command,
  );
  return path === undefined ? undefined : { path };
}

function isId({ strings, numbers }: Field): boolean {
  return strings.length + numbers > 0;
}

function parts(path: string, name?: string, args?: string, id?: string): CallsMapping {
  return {
    path,
    ...(name === undefined ? {} : { name }),
    ...(args === undefined ? {} : { arguments: args }),
    ...(id === undefined ? {} : { id }),
  };
}

/** Where what came of a call is: in the same turn, or in one of its own that names the call. */
export function observationOf(
  fields: readonly Field[],
  turns: readonly unknown[],
  { calls, pair, role }: { calls: CallsMapping | undefined; pair: Pair | undefined; role: RoleField | undefined },
): JsonMapping["observation"] | undefined {
  const codes = fields.filter((field) => fit(field.key, KEYS.exitCode) > 0 && field.numbers > 0);
  const exit = codes[0] === undefined ? {} : { exit_code: codes[0].path };
  if (pair !== undefined) return { path: pair.observation, same_turn: true, ...exit };
  const byRole = (wanted: string) => turns.filter((turn) => role?.values[String(valueAt(turn, role.path))] === wanted);
  const answers = byRole("environment");
  const pairing = pairedBy(fieldsOf(answers), answers, askedIds(byRole("agent"), calls));
  const taken = new Set([role?.path, calls?.path].filter((path) => path !== undefined));
  const observed = bestNamed(
    answers.length > 0 ? fieldsOf(answers) : fields.filter(({ parent }) => parent === ""),
    KEYS.observation,
    taken,
  );
  const inside = observed !== undefined && byRole("agent").some((turn) => valueAt(turn, observed) !== undefined);
  if (answers.length === 0 && !inside) return codes[0] === undefined ? undefined : { same_turn: false, ...exit };
  return {
    same_turn: answers.length === 0,
    ...(observed === undefined ? {} : { path: observed }),
    ...(pairing === undefined ? {} : { call_id: pairing }),
    ...exit,
  };
}

function askedIds(turns: readonly unknown[], calls: CallsMapping | undefined): Set<string> {
  const { id } = calls ?? {};
  if (calls === undefined || id === undefined) return new Set();
  const ids = turns.flatMap((turn) => {
    const held = valueAt(turn, calls.path);
    return (Array.isArray(held) ? held : [held]).map((item) => String(valueAt(item, id) ?? ""));
  });
  return new Set(ids.filter((own) => own !== ""));
}

/** The field of the answers whose values are the ids of calls: found by the data, whatever it is called. */
function pairedBy(
  fields: readonly Field[],
  answers: readonly unknown[],
  asked: ReadonlySet<string>,
): string | undefined {
  if (asked.size === 0) return undefined;
  let found: { path: string; hits: number } | undefined;
  for (const { path, strings, numbers } of fields) {
    if (strings.length + numbers === 0) continue;
    const hits = answers.filter((turn) => asked.has(String(valueAt(turn, path) ?? ""))).length;
    if (hits >= answers.length * 0.6 && hits > (found?.hits ?? 0)) found = { path, hits };
  }
  return found?.path;
}
