import type { AttributeValue, ToolCall } from "@culprit/schemas";
import type { Action } from "../action.ts";

/** What an agent's answer asks for. */
export type ShellAction =
  | { kind: "command"; command: string; call: ToolCall | null }
  /** It says that it is done, or nothing that is a command. */
  | { kind: "end" }
  /** A tool that changes nothing, such as one to think. */
  | { kind: "note"; call: ToolCall }
  /** A tool that only the recorded system has. */
  | { kind: "foreign"; tool: string };

/** Tools that run a command, by name in lower case, and the argument that holds it. */
const SHELL_TOOLS: Readonly<Record<string, readonly string[]>> = {
  bash: ["command", "cmd"],
  shell: ["command", "cmd"],
  sh: ["command", "cmd"],
  terminal: ["command", "cmd"],
  run: ["command"],
  execute: ["command"],
  execute_bash: ["command"],
  execute_command: ["command"],
  run_command: ["command"],
  run_shell_command: ["command"],
  run_terminal_cmd: ["command"],
  local_shell: ["command"],
  cmd_run: ["command"],
};
const ENDING_TOOLS = new Set(["submit", "finish", "done", "complete", "attempt_completion"]);
const NOTING_TOOLS = new Set(["think", "task_tracker", "todowrite", "todo_write", "update_plan"]);

/** Fences of a command in a message: mini-SWE-agent 1 and 2, and what others write. */
const FENCE = /```(?:bash|sh|shell|mswea_bash_command)[ \t]*\r?\n([\s\S]*?)\r?\n?```/;

/** The command of an answer: of its first tool call, else of its first fenced block. */
export function shellAction({ content, tool_calls }: Action): ShellAction {
  const [call] = tool_calls;
  if (call !== undefined) {
    const name = call.name.toLowerCase();
    const keys = SHELL_TOOLS[name];
    if (keys !== undefined && Object.hasOwn(SHELL_TOOLS, name)) {
      const command = commandIn(call.arguments, keys);
      if (command !== null) return { kind: "command", command, call };
    }
    if (ENDING_TOOLS.has(name)) return { kind: "end" };
    return NOTING_TOOLS.has(name) ? { kind: "note", call } : { kind: "foreign", tool: call.name };
  }
  const command = FENCE.exec(content)?.[1];
  return command === undefined ? { kind: "end" } : { kind: "command", command, call: null };
}

function commandIn(given: AttributeValue, keys: readonly string[]): string | null {
  const value = typeof given === "string" ? parsed(given) : given;
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  for (const key of keys) {
    const command = Object.hasOwn(value, key) ? value[key] : undefined;
    if (typeof command === "string") return command;
    if (Array.isArray(command)) return command.map((word) => quoted(String(word))).join(" ");
  }
  return null;
}

/** JSON text as its value; a command that is no JSON is itself. */
function parsed(text: string): AttributeValue {
  try {
    return JSON.parse(text) as AttributeValue;
  } catch {
    return text;
  }
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
