import type { AttributeValue } from "@culprit/schemas";
import type { Action } from "../replay/action.ts";

/** A piece of text in an action, and the action with another text in its place. */
export interface TextPlace {
  text: string;
  /** Dotted path inside a tool call's arguments; empty for the message itself. */
  path: string;
  put(text: string): Action;
}

const MOST_PLACES = 256;

/** The texts of an action: its message, then every text in its tool calls' arguments. Empty ones are left out. */
export function textPlaces(action: Action): TextPlace[] {
  const places: TextPlace[] = [];
  if (action.content.trim() !== "") {
    places.push({ text: action.content, path: "", put: (content) => ({ ...action, content }) });
  }
  for (const { path, value, put } of argumentPlaces(action)) {
    if (typeof value === "string" && value.trim() !== "") places.push({ text: value, path, put });
  }
  return places;
}

/** A value in a tool call's arguments. */
export interface ArgumentPlace {
  call: number;
  path: string;
  value: AttributeValue;
  put(value: AttributeValue): Action;
}

/** Every leaf in the arguments of an action's tool calls. Arguments recorded as JSON text are looked into. */
export function argumentPlaces(action: Action): ArgumentPlace[] {
  const places: ArgumentPlace[] = [];
  action.tool_calls.forEach((call, index) => {
    const { value: root, wrap } = opened(call.arguments);
    const put = (changed: AttributeValue): Action => ({
      ...action,
      tool_calls: action.tool_calls.map((other, at) => (at === index ? { ...other, arguments: wrap(changed) } : other)),
    });
    walk(root, [], put, (path, value, replace) => {
      if (places.length < MOST_PLACES) places.push({ call: index, path: path.join("."), value, put: replace });
    });
  });
  return places;
}

/** JSON text as the value it stands for, and how to write a value the same way again. */
export function opened(given: AttributeValue): {
  value: AttributeValue;
  wrap: (value: AttributeValue) => AttributeValue;
} {
  if (typeof given !== "string") return { value: given, wrap: (value) => value };
  try {
    const value = JSON.parse(given) as AttributeValue;
    if (typeof value === "object" && value !== null) return { value, wrap: (changed) => JSON.stringify(changed) };
  } catch {
    // Text that is no JSON is an argument of its own.
  }
  return { value: given, wrap: (value) => value };
}

type Visit = (path: string[], value: AttributeValue, replace: (value: AttributeValue) => Action) => void;

function walk(value: AttributeValue, path: string[], put: (value: AttributeValue) => Action, visit: Visit): void {
  if (path.length > 8) return;
  if (Array.isArray(value)) {
    value.forEach((item: AttributeValue, index) => {
      walk(item, [...path, String(index)], (changed) => put(value.with(index, changed)), visit);
    });
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      const replaced = (changed: AttributeValue) =>
        put(Object.fromEntries(Object.entries(value).map(([name, old]) => [name, name === key ? changed : old])));
      walk(item, [...path, key], replaced, visit);
    }
  } else visit(path, value, put);
}

/** `…x…` cut to what a reason can quote, on one line. */
export function quoted(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return `"${line.length > 80 ? `${line.slice(0, 80)}…` : line}"`;
}
