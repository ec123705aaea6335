import { RE2JS } from "re2js";
import type { ParsedRun, ParsedStep, SourceFile } from "../format.ts";
import { parseTime } from "../run-times.ts";
import type { TextMapping } from "./mapping.ts";
import { actionCall, callsIn, withInput } from "./text-calls.ts";
import { type Marked, marked, markerPattern } from "./text-markers.ts";
import { type TextTurn, textTurns } from "./text-turns.ts";
import { nameOfWord, type RoleWord, roleOfWord } from "./words.ts";

/** The run of a log by a mapping; `undefined` where the log has no such turns. */
export function applyTextMapping(file: SourceFile, mapping: TextMapping): ParsedRun | undefined {
  const mark = markerOf(mapping);
  if (mark === undefined) return undefined;
  const { turns, preamble } = textTurns(file.text, mark);
  if (turns.length === 0) return undefined;
  const reader = new TextReader(mapping);
  if ("template" in mapping.marker && mapping.marker.template === "shell")
    for (const turn of turns) reader.command(turn);
  else for (const turn of turns) reader.take(turn);
  return {
    subset: "",
    task: reader.task || preamble,
    task_id: "",
    ground_truth: "",
    outcome: "unknown",
    steps: reader.steps,
    system_prompts: new Map(
      reader.system === ""
        ? []
        : [[reader.steps.find(({ role }) => role === "agent")?.agent ?? "agent", reader.system]],
    ),
    label: null,
    also_read: [preamble, ...reader.also, ...turns.map(({ opened }) => opened)],
    warnings: [],
  };
}

function markerOf({ marker }: TextMapping): ((line: string) => Marked | undefined) | undefined {
  if ("template" in marker) {
    const pattern = markerPattern(marker.template);
    return pattern === undefined ? undefined : (line) => marked(line, pattern);
  }
  try {
    // A pattern that others wrote runs on RE2: linear in the line, whatever it is.
    const compiled = RE2JS.compile(marker.pattern);
    const groups = Object.keys(compiled.namedGroups());
    return (line) => {
      const matcher = compiled.matcher(line.slice(0, 2000));
      if (!matcher.find() || matcher.start() !== 0) return undefined;
      const group = (name: string) => (groups.includes(name) ? (matcher.group(name) ?? "") : "");
      return {
        speaker: group("speaker").trim(),
        time: group("time"),
        text: groups.includes("text") ? group("text") + line.slice(2000) : "",
      };
    };
  } catch {
    return undefined;
  }
}

/** Labels that a ReAct log gives the parts of one turn. */
const PARTS: Readonly<Record<string, "thought" | "action" | "input" | "said">> = {
  thought: "thought",
  thoughts: "thought",
  thinking: "thought",
  reasoning: "thought",
  plan: "thought",
  reflection: "thought",
  action: "action",
  act: "action",
  tool: "action",
  tool_call: "action",
  call: "action",
  command: "action",
  cmd: "action",
  action_input: "input",
  tool_input: "input",
  input: "input",
  arguments: "input",
  args: "input",
};

/** How a command ended, where a log says it at the head or the foot of an output. */
const EXIT = /^\s*[[(<]?(?:exit[ _-]?(?:code|status)|return[ _-]?code|rc)\s*[:=]?\s*(\d{1,3})\b/im;

class TextReader {
  readonly steps: ParsedStep[] = [];
  readonly also: string[] = [];
  task = "";
  system = "";
  readonly #roles: TextMapping["roles"];
  /** Calls that have their answer. */
  readonly #answered = new Set<string>();

  constructor(mapping: TextMapping) {
    this.#roles = mapping.roles;
  }

  take(turn: TextTurn): void {
    const { speaker } = turn;
    const text = turn.lines.join("\n").trim();
    const role: RoleWord = Object.hasOwn(this.#roles, speaker)
      ? (this.#roles[speaker] ?? "agent")
      : (roleOfWord(speaker) ?? "agent");
    const at_ms = parseTime(turn.time.replace(",", "."));
    const at = at_ms === undefined ? {} : { at_ms };
    if (role === "skip") this.also.push(text);
    else if (role === "system") this.system = this.system === "" ? text : `${this.system}\n\n${text}`;
    else if (role === "user") {
      if (this.task === "" && this.steps.length === 0) this.task = text;
      else this.steps.push({ role, agent: "user", speaker, content: text, ...at });
    } else if (role === "environment") this.#observed(speaker, text, at);
    else this.#acted(speaker, text, at);
  }

  /** A shell transcript: the prompt's line is what was done, the lines below what it printed. */
  command({ lines, time }: TextTurn): void {
    const [command = "", ...output] = lines;
    const at_ms = parseTime(time);
    const at = at_ms === undefined ? {} : { at_ms };
    const id = String(this.steps.length);
    this.steps.push({
      role: "agent",
      agent: "agent",
      speaker: "shell",
      content: "",
      tool_calls: [{ id, name: "bash", arguments: { command } }],
      ...at,
    });
    this.steps.push({
      role: "environment",
      agent: "bash",
      speaker: "shell",
      content: output.join("\n").trim(),
      call_id: id,
      ...at,
    });
  }

  #acted(speaker: string, text: string, at: { at_ms?: number }): void {
    const key = speaker
      .toLowerCase()
      .replace(/[^a-z]+/g, "_")
      .replace(/_$/, "");
    const part = Object.hasOwn(PARTS, key) ? PARTS[key] : undefined;
    const last = this.steps.at(-1);
    const open = last?.role === "agent" && last.speaker === "react" ? last : undefined;
    if (part === undefined) {
      const calls = callsIn(text, this.steps.length);
      const agent = nameOfWord(speaker) || "agent";
      this.steps.push({ role: "agent", agent, speaker, content: text, tool_calls: calls, ...at });
      return;
    }
    if (part === "input" && open !== undefined) {
      const call = open.tool_calls?.at(-1);
      if (call !== undefined) call.arguments = withInput(text);
      return;
    }
    // A thought behind an action is the next turn's.
    const step = open !== undefined && !(part === "thought" && (open.tool_calls?.length ?? 0) > 0) ? open : undefined;
    const current: ParsedStep = step ?? {
      role: "agent",
      agent: "agent",
      speaker: "react",
      content: "",
      tool_calls: [],
      ...at,
    };
    if (step === undefined) this.steps.push(current);
    if (part === "thought") current.content = current.content === "" ? text : `${current.content}\n${text}`;
    else
      current.tool_calls = [
        ...(current.tool_calls ?? []),
        actionCall(text, `${this.steps.length - 1}.${current.tool_calls?.length ?? 0}`),
      ];
  }

  #observed(speaker: string, text: string, at: { at_ms?: number }): void {
    const caller = this.steps.findLast(({ role }) => role === "agent");
    const call = caller?.tool_calls?.find(({ id }) => !this.#answered.has(id));
    if (call !== undefined) this.#answered.add(call.id);
    const code = EXIT.exec(text.slice(0, 300))?.[1] ?? EXIT.exec(text.slice(-300))?.[1];
    this.steps.push({
      role: "environment",
      agent: call?.name ?? (roleOfWord(speaker) === undefined ? speaker : "environment"),
      speaker,
      content: text,
      ...(call === undefined ? {} : { call_id: call.id }),
      ...(code === undefined ? {} : { exit_code: Number(code) }),
      ...at,
    });
  }
}
