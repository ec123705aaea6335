import type { AttributeValue } from "@culprit/schemas";
import type { ParsedRun, ParsedStep, SourceFile } from "../format.ts";
import { asObject, asText, messageContent, parseArguments } from "../json-shape.ts";
import { parseTime } from "../run-times.ts";
import { type JsonMapping, valueAt } from "./mapping.ts";
import { nameOfWord, type RoleWord, roleOfWord } from "./words.ts";

/** Runs of a file by a mapping; none where the file is not of its form. */
export function applyJsonMapping(file: SourceFile, mapping: JsonMapping): ParsedRun[] {
  const document: unknown = file.records ?? file.json;
  const runs = mapping.runs === undefined ? [document] : listOf(valueAt(document, mapping.runs));
  return runs.flatMap((run, at) => {
    const turns = listOf(valueAt(run, mapping.turns));
    if (turns.length === 0) return [];
    return [readRun(run, turns, mapping, runs.length > 1 ? at : undefined)];
  });
}

/** A list, or the values of an object that is numbered like one. */
export function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  const object = asObject(value);
  if (object === undefined) return [];
  const keys = Object.keys(object);
  if (keys.length < 2 || !keys.every((key) => /^(?:[a-z]+[_-]?)?\d+$/i.test(key))) return [];
  return [...keys]
    .sort((a, b) => Number(a.replace(/\D+/g, "")) - Number(b.replace(/\D+/g, "")))
    .map((key) => object[key]);
}

function readRun(run: unknown, turns: readonly unknown[], mapping: JsonMapping, key: number | undefined): ParsedRun {
  const reader = new TurnReader(mapping);
  for (const [at, turn] of turns.entries()) reader.take(turn, at);
  const told = mapping.task.map((path) => asText(valueAt(run, path))).find((text) => text !== "") ?? "";
  const cost = mapping.cost === undefined ? undefined : valueAt(run, mapping.cost);
  return {
    ...(key === undefined ? {} : { key: String(key), identity: JSON.stringify(run) }),
    subset: "",
    task: told || reader.task,
    task_id: mapping.task_id === undefined ? "" : asText(valueAt(run, mapping.task_id)),
    ground_truth: "",
    outcome: outcomeOf(mapping.outcome === undefined ? undefined : valueAt(run, mapping.outcome)),
    steps: reader.steps,
    system_prompts: new Map(
      reader.system === ""
        ? []
        : [[reader.steps.find(({ role }) => role === "agent")?.agent ?? "agent", reader.system]],
    ),
    label: null,
    ...(typeof cost === "number" && cost > 0 ? { cost_usd: cost } : {}),
    warnings: [],
  };
}

class TurnReader {
  readonly steps: ParsedStep[] = [];
  task = "";
  system = "";
  readonly #mapping: JsonMapping;
  /** Calls that nothing has answered yet, oldest first. */
  #open: { id: string; name: string }[] = [];
  readonly #names = new Map<string, string>();

  constructor(mapping: JsonMapping) {
    this.#mapping = mapping;
  }

  take(turn: unknown, at: number): void {
    const { role: roles, name, time, observation } = this.#mapping;
    const said = roles === undefined ? "" : asText(valueAt(turn, roles.path));
    const role: RoleWord =
      roles === undefined
        ? "agent"
        : Object.hasOwn(roles.values, said)
          ? (roles.values[said] ?? "agent")
          : (roleOfWord(said) ?? "agent");
    if (role === "skip") return;
    const content = this.#content(turn);
    const at_ms = time === undefined ? undefined : parseTime(valueAt(turn, time));
    const when = at_ms === undefined ? {} : { at_ms };
    if (role === "system") {
      this.system = this.system === "" ? content : `${this.system}\n\n${content}`;
      return;
    }
    const named = name === undefined ? "" : asText(valueAt(turn, name));
    if (role === "user") {
      if (this.task === "" && this.steps.length === 0) this.task = content;
      else this.steps.push({ role, agent: named || "user", speaker: said || "user", content, ...when });
      return;
    }
    if (role === "environment") {
      this.#observed(turn, content, named || said, when);
      return;
    }
    // A name that says nothing but the role is no name.
    const agent = named || nameOfWord(said) || "agent";
    const calls = this.#calls(turn, at);
    const reasoning = this.#first(turn, this.#mapping.reasoning);
    const model = this.#mapping.model === undefined ? "" : asText(valueAt(turn, this.#mapping.model));
    this.steps.push({
      role: "agent",
      agent,
      speaker: said || agent,
      content,
      tool_calls: calls,
      ...(reasoning === "" || reasoning === content ? {} : { reasoning }),
      ...(model === "" ? {} : { model }),
      ...when,
    });
    if (calls.length > 0) this.#open = calls.map((call) => ({ id: call.id, name: call.name }));
    if (observation?.same_turn === true && observation.path !== undefined) {
      const answer = valueAt(turn, observation.path);
      if (answer !== undefined && answer !== null) this.#observed(turn, textOf(answer), "", when);
    }
  }

  #observed(turn: unknown, content: string, speaker: string, when: { at_ms?: number }): void {
    const { observation } = this.#mapping;
    const id = observation?.call_id === undefined ? "" : asText(valueAt(turn, observation.call_id));
    const call = this.#open.find((open) => open.id === id) ?? (id === "" ? this.#open[0] : undefined);
    this.#open = this.#open.filter((open) => open !== call);
    const code =
      observation?.exit_code === undefined ? undefined : Number(valueAt(turn, observation.exit_code) ?? Number.NaN);
    const called = id || call?.id || "";
    const tool = call?.name ?? this.#names.get(id) ?? (roleOfWord(speaker) === undefined ? speaker : "");
    this.steps.push({
      role: "environment",
      agent: tool || "environment",
      speaker: speaker || tool || "environment",
      content: content !== "" || observation?.path === undefined ? content : textOf(valueAt(turn, observation.path)),
      ...(called === "" ? {} : { call_id: called }),
      ...(code !== undefined && Number.isSafeInteger(code) ? { exit_code: code } : {}),
      ...when,
    });
  }

  #calls(turn: unknown, at: number): NonNullable<ParsedStep["tool_calls"]> {
    const { calls } = this.#mapping;
    if (calls === undefined) return [];
    const held = valueAt(turn, calls.path);
    const items = Array.isArray(held) ? held : held === undefined || held === null || held === "" ? [] : [held];
    return items.flatMap((item, place) => {
      const name = calls.name === undefined ? "" : asText(valueAt(item, calls.name));
      const given = calls.arguments === undefined ? undefined : valueAt(item, calls.arguments);
      if (typeof item === "string")
        return [this.#named({ id: `${at}.${place}`, name: "command", arguments: { command: item } })];
      if (name === "" && given === undefined) return [];
      const id = (calls.id === undefined ? "" : asText(valueAt(item, calls.id))) || `${at}.${place}`;
      const args = parseArguments(given);
      const plain: AttributeValue = typeof args === "string" ? { command: args } : (args ?? {});
      return [this.#named({ id, name: name || "command", arguments: plain })];
    });
  }

  #named<T extends { id: string; name: string }>(call: T): T {
    this.#names.set(call.id, call.name);
    return call;
  }

  #content(turn: unknown): string {
    if (typeof turn === "string") return turn;
    return this.#first(turn, this.#mapping.content);
  }

  #first(turn: unknown, paths: readonly string[]): string {
    for (const path of paths) {
      const text = textOf(valueAt(turn, path));
      if (text !== "") return text;
    }
    return "";
  }
}

function textOf(value: unknown): string {
  if (Array.isArray(value) && value.every((part) => typeof part === "string")) return value.join("\n");
  return Array.isArray(value) ? messageContent(value) || asText(value) : asText(value);
}

const GOOD = new Set([
  "true",
  "success",
  "succeeded",
  "solved",
  "passed",
  "pass",
  "resolved",
  "correct",
  "ok",
  "done",
  "completed",
]);
const BAD = new Set([
  "false",
  "failure",
  "failed",
  "fail",
  "unsolved",
  "unresolved",
  "incorrect",
  "error",
  "wrong",
  "aborted",
  "timeout",
]);

function outcomeOf(value: unknown): ParsedRun["outcome"] {
  const word = asText(value).trim().toLowerCase();
  return GOOD.has(word) ? "success" : BAD.has(word) ? "failure" : "unknown";
}

export function isVerdict(value: unknown): boolean {
  return outcomeOf(value) !== "unknown";
}
