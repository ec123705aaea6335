import type { ParsedStep } from "../format.ts";
import { asObject, asText, parseArguments } from "../json-shape.ts";

type Call = NonNullable<ParsedStep["tool_calls"]>[number];

/** `search("x")`, `bash: ls`, `run[ls]` or a JSON object as a call; anything else is a command. */
export function actionCall(text: string, id: string): Call {
  const json = asObject(parseArguments(text));
  if (json !== undefined) {
    const name = asText(json["name"] ?? json["tool"] ?? json["action"] ?? json["function"]);
    const args = json["arguments"] ?? json["args"] ?? json["input"] ?? json["parameters"] ?? (name === "" ? json : {});
    return { id, name: name || "command", arguments: parseArguments(args) };
  }
  const called = /^([A-Za-z_][\w.-]{0,60})\s*[([]([\s\S]*)[)\]]\s*$/.exec(text);
  if (called)
    return { id, name: called[1] ?? "command", arguments: called[2]?.trim() === "" ? {} : withInput(called[2] ?? "") };
  if (/^[A-Za-z_][\w.-]{0,60}$/.test(text)) return { id, name: text, arguments: {} };
  return { id, name: "command", arguments: { command: text } };
}

/** What an action was given: a value where it is JSON, else text. */
export function withInput(text: string): Call["arguments"] {
  const value = parseArguments(text);
  return typeof value === "object" && value !== null ? value : { input: text };
}

/** Fenced shell commands that an agent said in its turn. */
export function callsIn(text: string, at: number): Call[] {
  const found =
    /```(?:bash|sh|shell|console)[^\S\n]*\n([\s\S]*?)```/.exec(text)?.[1]?.trim() ?? /^\$ (\S.*)$/m.exec(text)?.[1];
  return found === undefined || found === "" ? [] : [{ id: `${at}.0`, name: "bash", arguments: { command: found } }];
}
