import type { AttributeValue } from "@culprit/schemas";

/** What an agent called, with its arguments by name. */
export interface AciCall {
  id: string;
  /** Empty for an action without a command. */
  name: string;
  arguments: AttributeValue;
}

type Read = (rest: string, open: string) => Record<string, AttributeValue>;

const quoted = (text: string) => text.trim().replace(/^(["'])([\s\S]*)\1$/, "$2");
const lines = (rest: string) => {
  const found = /^\s*(\d+)(?::(\d+))?/.exec(rest);
  return found ? { start_line: Number(found[1]), end_line: Number(found[2] ?? found[1]) } : {};
};
/** The text of an edit: what stands between its first line and `end_of_edit` or the heredoc's end. */
const replacement = (rest: string) => {
  const at = rest.indexOf("\n");
  return at === -1 ? "" : rest.slice(at + 1).replace(/\n?(?:end_of_edit|end_of_insert|EOF)\s*$/, "");
};
const pathThen: Read = (rest) => {
  const found = /^("[^"]*"|'[^']*'|\S+)(?:\s+(\d+))?/.exec(rest);
  return { path: quoted(found?.[1] ?? ""), ...(found?.[2] === undefined ? {} : { line_number: Number(found[2]) }) };
};
const search: Read = (rest) => {
  const found = /^("(?:[^"\\]|\\.)*"|'[^']*'|\S+)(?:\s+(\S+))?/.exec(rest);
  return { search_term: quoted(found?.[1] ?? ""), ...(found?.[2] === undefined ? {} : { path: quoted(found[2]) }) };
};
const nothing: Read = () => ({});
const inOpenFile: Read = (_, open) => (open === "" ? {} : { path: open });

/** The commands of SWE-agent's own interface, with what their words mean; everything else is the shell's. */
const COMMANDS: Readonly<Record<string, Read>> = {
  open: pathThen,
  create: pathThen,
  goto: (rest, open) => ({ ...inOpenFile(rest, open), line_number: Number.parseInt(rest, 10) || 1 }),
  scroll_down: inOpenFile,
  scroll_up: inOpenFile,
  search_dir: search,
  search_file: (rest, open) => ({ ...inOpenFile(rest, open), ...search(rest, open) }),
  find_file: (rest) => {
    const { search_term, path } = search(rest, "");
    return { file_name: search_term ?? "", ...(path === undefined ? {} : { path }) };
  },
  edit: (rest, open) => ({ ...inOpenFile(rest, open), ...lines(rest), replacement_text: replacement(rest) }),
  insert: (rest, open) => ({ ...inOpenFile(rest, open), ...lines(rest), text: replacement(rest) || quoted(rest) }),
  append: (rest, open) => ({ ...inOpenFile(rest, open), text: replacement(rest) || quoted(rest) }),
  submit: (rest) => (rest === "" ? {} : { submission: quoted(rest) }),
  exit_cost: nothing,
  exit_context: nothing,
  exit_format: nothing,
  exit_error: nothing,
  skip: nothing,
};

/** `str_replace_editor view /path --view_range 1 20` as the arguments it has as a tool. */
const EDITOR = /^str_replace_editor\s+(\w+)\s+("[^"]*"|'[^']*'|\S+)/;

/**
 * An action in text as the call that it is.
 *
 * @param open the file that was open when it was taken; empty for none
 */
export function aciCall(action: string, open: string): AciCall {
  const text = action.trim();
  if (text === "") return { id: "", name: "", arguments: {} };
  const editor = EDITOR.exec(text);
  if (editor) {
    const args = { command: editor[1] ?? "", path: quoted(editor[2] ?? ""), text: text.slice(editor[0].length).trim() };
    return { id: "", name: "str_replace_editor", arguments: args };
  }
  const name = /^\w+/.exec(text)?.[0] ?? "";
  const read = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  // `find_file a && ls` is the shell's; so is `open(` of a script.
  if (read === undefined || !/^(\s|$)/.test(text.slice(name.length)) || /^[^\n]*(&&|\|\||;|\|)/.test(text)) {
    return { id: "", name: "bash", arguments: { command: action } };
  }
  return { id: "", name, arguments: read(text.slice(name.length).replace(/^[^\S\n]+/, ""), open) };
}
