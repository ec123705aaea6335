import type { AttributeValue, ToolCall } from "@culprit/schemas";
import { codeEffect } from "../shell/programs.ts";
import { scriptEffects } from "../shell/script-effects.ts";
import { type Effect, effect } from "../words.ts";

/** One thing that an agent did in a step: the text of it, and what it does. */
export interface Action {
  kind: "shell" | "code" | "tool";
  /** The tool's name, or the language of the block. */
  tool: string;
  /** The command line, the code, or the arguments as one text. */
  text: string;
  effects: Effect[];
  /** The shell did not parse as a whole. */
  broken: boolean;
}

type Arguments = Record<string, AttributeValue>;
type Row = (args: Arguments) => Effect;

const text = (args: Arguments, ...names: string[]): string => {
  for (const name of names) {
    const value = Object.hasOwn(args, name) ? args[name] : undefined;
    if (typeof value === "string") return value;
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join(" ");
  }
  return "";
};
const filled = (value: string): string[] => (value === "" ? [] : [value]);
const pathOf = (args: Arguments): string[] =>
  filled(text(args, "path", "file_path", "filename", "file", "notebook_path", "target_file", "absolute_path", "uri"));

const reads: Row = (args) => effect({ class: "explore", reads: pathOf(args) });
const searches: Row = (args) =>
  effect({
    class: "explore",
    searches: filled(text(args, "pattern", "query", "regex", "search_term", "search")),
    reads: pathOf(args),
  });
const creates: Row = (args) =>
  effect({
    class: "change",
    creates: pathOf(args),
    added: filled(text(args, "content", "file_text", "contents", "code", "text")),
  });
const replaces: Row = (args) =>
  effect({
    class: "change",
    changes: pathOf(args),
    removed: filled(text(args, "old_str", "old_string", "search", "old", "old_text")),
    added: filled(
      text(
        args,
        "new_str",
        "new_string",
        "replace",
        "new",
        "new_text",
        "content",
        "insert_text",
        "diff",
        "patch",
        "edits",
      ),
    ),
  });
const deletes: Row = (args) => effect({ class: "change", deletes: pathOf(args) });
const talks: Row = () => effect({ class: "communicate" });
const finishes: Row = () => effect({ class: "communicate", finishes: true });
const looks: Row = () => effect({ class: "explore" });
const runsTests: Row = () => effect({ class: "verify", tests: true });

/** An editor whose `command` argument says what it does (SWE-agent, OpenHands, Anthropic). */
const editor: Row = (args) => {
  const command = text(args, "command", "action", "operation");
  if (command === "view" || command === "read" || command === "open") return reads(args);
  if (command === "create" || command === "write") return creates(args);
  if (command === "undo_edit") return effect({ class: "change", restores: pathOf(args) });
  return replaces(args);
};

const patched: Row = (args) => {
  const patch = text(args, "patch", "input", "diff", "content");
  const files = [...patch.matchAll(/^(?:\*\*\* (?:Update|Add|Delete) File: |\+\+\+ (?:b\/)?)(\S+)/gm)].flatMap(
    ([, path]) => path ?? [],
  );
  return effect({
    class: "change",
    changes: files,
    added: filled(lines(patch, "+")),
    removed: filled(lines(patch, "-")),
  });
};

function lines(patch: string, sign: string): string {
  return patch
    .split("\n")
    .filter((line) => line.startsWith(sign) && !line.startsWith(sign.repeat(3)))
    .map((line) => line.slice(1))
    .join("\n");
}

/** Tools whose argument is a shell command, by the argument's name. */
const SHELL_ARGUMENTS = ["command", "cmd", "commands", "keystrokes", "script", "bash_command", "input"];
const SHELL_TOOLS = new Set([
  "bash",
  "execute_bash",
  "shell",
  "run",
  "execute_command",
  "terminal",
  "run_command",
  "run_shell_command",
  "cmd",
  "sh",
  "execute",
  "exec",
  "exec_command",
  "run_in_terminal",
  "local_shell",
  "bash_command",
  "keystrokes",
  "container.exec",
  "execute_shell",
  "execute_shell_command",
  "run_terminal_cmd",
  "bashtool",
  "terminal_execute",
  "command_line",
  "powershell",
]);
const CODE_TOOLS = new Set([
  "execute_ipython_cell",
  "run_ipython",
  "python",
  "ipython",
  "python_interpreter",
  "code_interpreter",
  "execute_python",
  "run_python",
  "execute_code",
]);

/** Tool semantics, by name: OpenHands, SWE-agent, Claude Code, Codex, Gemini CLI, Cursor, and what they share. */
const TABLE = new Map<string, Row>(
  Object.entries({
    str_replace_editor: editor,
    str_replace_based_edit_tool: editor,
    edit_file: editor,
    file_editor: editor,
    oh_editor: editor,
    editor,
    str_replace: replaces,
    edit: replaces,
    write: creates,
    read: reads,
    multiedit: replaces,
    notebookedit: replaces,
    notebookread: reads,
    replace: replaces,
    insert: replaces,
    insert_edit_into_file: replaces,
    search_replace: replaces,
    write_file: creates,
    create_file: creates,
    create: creates,
    write_to_file: creates,
    save_file: creates,
    replace_in_file: replaces,
    apply_diff: patched,
    apply_patch: patched,
    patch: patched,
    delete_file: deletes,
    remove_file: deletes,
    undo_edit: (args) => effect({ class: "change", restores: pathOf(args) }),
    read_file: reads,
    view: reads,
    view_file: reads,
    open: reads,
    open_file: reads,
    cat: reads,
    read_many_files: reads,
    fetch: looks,
    goto: reads,
    scroll_up: looks,
    scroll_down: looks,
    glob: searches,
    grep: searches,
    ls: reads,
    list_directory: reads,
    list_files: reads,
    list_dir: reads,
    find_file: searches,
    search_dir: searches,
    search_file: searches,
    search: searches,
    search_files: searches,
    codebase_search: searches,
    grep_search: searches,
    file_search: searches,
    search_file_content: searches,
    list_code_definition_names: reads,
    web_search: searches,
    websearch: searches,
    webfetch: looks,
    web_fetch: looks,
    browse: looks,
    browser: looks,
    browse_interactive: looks,
    browse_url: looks,
    recall: looks,
    toolsearch: looks,
    bashoutput: looks,
    task_output: looks,
    run_tests: runsTests,
    run_test: runsTests,
    test: runsTests,
    finish: finishes,
    submit: finishes,
    complete: finishes,
    attempt_completion: finishes,
    task_complete: finishes,
    done: finishes,
    final_answer: finishes,
    terminate: finishes,
    exit: finishes,
    mark_task_complete: finishes,
    think: talks,
    message: talks,
    todowrite: talks,
    todo: talks,
    task: talks,
    agent: talks,
    task_tracker: talks,
    update_plan: talks,
    write_todos: talks,
    exitplanmode: talks,
    ask_followup_question: talks,
    skill: talks,
    slashcommand: talks,
    taskcreate: talks,
    taskupdate: talks,
    save_memory: talks,
    killshell: talks,
    request_condensation: talks,
  } satisfies Record<string, Row>),
);

/** Words in the name of a tool that is in no table. */
const VERBS: readonly (readonly [RegExp, Row])[] = [
  [/test|verify|check|lint|validate|compile|build/, runsTests],
  [/write|create|save|insert|add|append/, creates],
  [/edit|patch|update|replace|modify|set|move|rename/, replaces],
  [/delete|remove/, deletes],
  [/read|view|get|list|search|find|fetch|show|open|browse|query|look|inspect|retrieve/, searches],
  [/finish|submit|complete|final/, finishes],
];

/** A tool call as an action. Pure; unknown tools are read by their arguments, then by the words of their name. */
export function toolAction(call: Pick<ToolCall, "name" | "arguments">, cwd: string): { action: Action; cwd: string } {
  const name = call.name.toLowerCase().replace(/^(?:functions?|mcp__[a-z0-9-]+_?|default_api)[.:_]+/, "");
  const args = argumentsOf(call.arguments);
  const own = (effects: Effect[], shown: string, kind: Action["kind"] = "tool", broken = false): Action => ({
    kind,
    tool: call.name,
    text: shown,
    effects,
    broken,
  });
  if (SHELL_TOOLS.has(name)) {
    const command = shellText(call.arguments, args);
    const read = scriptEffects(command, cwd);
    return { action: own(read.effects, command, "shell", read.broken), cwd: read.cwd };
  }
  if (CODE_TOOLS.has(name)) {
    const code =
      text(args, "code", "script", "input", "command") || (typeof call.arguments === "string" ? call.arguments : "");
    return { action: own([codeEffect(code)], code, "code"), cwd };
  }
  const row = TABLE.get(name);
  if (row !== undefined) return { action: own([row(args)], summaryOf(args)), cwd };
  const command = text(args, "command", "cmd", "bash_command", "keystrokes");
  if (command !== "" && !/^(?:view|create|str_replace|insert|undo_edit)$/.test(command)) {
    const read = scriptEffects(command, cwd);
    return { action: own(read.effects, command, "shell", read.broken), cwd: read.cwd };
  }
  if (command !== "") return { action: own([editor(args)], summaryOf(args)), cwd };
  const verb = VERBS.find(([words]) => words.test(name));
  return { action: own([verb === undefined ? effect({ class: "explore" }) : verb[1](args)], summaryOf(args)), cwd };
}

/** A code block in a message as an action; `null` where the language is none that is executed. */
export function blockAction(language: string, code: string, cwd: string): { action: Action; cwd: string } | null {
  if (SHELL_LANGUAGES.has(language)) {
    const read = scriptEffects(code, cwd);
    return {
      action: { kind: "shell", tool: language, text: code, effects: read.effects, broken: read.broken },
      cwd: read.cwd,
    };
  }
  if (CODE_LANGUAGES.has(language)) {
    return { action: { kind: "code", tool: language, text: code, effects: [codeEffect(code)], broken: false }, cwd };
  }
  return null;
}

export const SHELL_LANGUAGES: ReadonlySet<string> = new Set([
  "bash",
  "sh",
  "shell",
  "zsh",
  "console",
  "terminal",
  "mswea_bash_command",
]);
export const CODE_LANGUAGES: ReadonlySet<string> = new Set([
  "python",
  "py",
  "python3",
  "javascript",
  "js",
  "typescript",
  "ts",
  "ruby",
  "ipython",
]);

function argumentsOf(value: AttributeValue): Arguments {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  return {};
}

function shellText(raw: AttributeValue, args: Arguments): string {
  if (typeof raw === "string") return raw;
  const commands = Object.hasOwn(args, "commands") ? args["commands"] : undefined;
  if (Array.isArray(commands)) {
    // Terminus: a list of key strokes.
    return commands
      .map((item) => (typeof item === "string" ? item : text(argumentsOf(item), "keystrokes", "command", "cmd")))
      .join("\n");
  }
  const command = Object.hasOwn(args, "command") ? args["command"] : undefined;
  // Codex: ["bash", "-lc", "…"].
  if (Array.isArray(command) && command.length > 2 && /^-\w*c$/.test(String(command[1]))) return String(command[2]);
  return text(args, ...SHELL_ARGUMENTS);
}

function summaryOf(args: Arguments): string {
  return Object.entries(args)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("\n");
}
