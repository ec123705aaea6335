import type { AttributeValue } from "@culprit/schemas";

const MAX_DEPTH = 32;
const MAX_ENTRIES = 10_000;
/** Values in one tree; shared parts count as often as they are met. */
const MAX_VALUES = 200_000;

/**
 * A copy of any JavaScript value that JSON can hold and that is safe to record.
 *
 * Instances of classes without a `toJSON` become their class name: an API client passed to an agent would otherwise
 * put its key into the trace. Cycles, binary data, functions and what is past the limits become a short note.
 *
 * @param leaf applied to every string before it is kept (masking, shortening)
 */
export function toPlain(value: unknown, leaf: (text: string) => string = keep): AttributeValue {
  return copy(value, { leaf, above: [], values: 0 });
}

/**
 * Whether `JSON.stringify` may have a value as it is: {@link toPlain} would give the same document. Much cheaper than
 * the copy, and true of nearly everything agents and models exchange.
 */
export function isPlain(value: unknown): boolean {
  return plainBelow(value, 0, { left: MAX_VALUES });
}

function plainBelow(value: unknown, depth: number, budget: { left: number }): boolean {
  budget.left -= 1;
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || depth >= MAX_DEPTH || budget.left < 0) return false;
  if (Array.isArray(value)) {
    if (value.length > MAX_ENTRIES || "toJSON" in value) return false;
    for (const item of value) if (!plainBelow(item, depth + 1, budget)) return false;
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return false;
  let entries = 0;
  // Makes no list of keys; what a prototype has in addition is only looked at, never recorded.
  for (const key in value) {
    if (key === "toJSON") return false;
    const child = (value as Record<string, unknown>)[key];
    if (++entries > MAX_ENTRIES || (child !== undefined && !plainBelow(child, depth + 1, budget))) return false;
  }
  return true;
}

interface Copying {
  leaf: (text: string) => string;
  /** The objects around the current one, outermost first. */
  above: object[];
  values: number;
}

function keep(text: string): string {
  return text;
}

function copy(value: unknown, copying: Copying): AttributeValue {
  copying.values += 1;
  switch (typeof value) {
    case "string":
      return copying.leaf(value);
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "boolean":
      return value;
    case "bigint":
      return value.toString();
    case "undefined":
      return null;
    case "object":
      break;
    default:
      return `[${typeof value}]`;
  }
  const { above, values } = copying;
  if (value === null) return null;
  if (above.includes(value)) return "[circular]";
  if (above.length >= MAX_DEPTH) return "[nested too deeply]";
  if (values > MAX_VALUES) return "[too much]";
  above.push(value);
  try {
    return copyObject(value, copying);
  } catch {
    return "[unreadable]";
  } finally {
    above.pop();
  }
}

function copyObject(value: object, copying: Copying): AttributeValue {
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ENTRIES).map((item) => copy(item, copying));
    if (value.length > MAX_ENTRIES) items.push(`[${value.length - MAX_ENTRIES} more]`);
    return items;
  }
  if (ArrayBuffer.isView(value)) return `[${value.constructor.name}, ${value.byteLength} bytes]`;
  if (value instanceof Error) return { name: value.name, message: copying.leaf(value.message) };
  if (value instanceof Map) return copy([...value.entries()], copying);
  if (value instanceof Set) return copy([...value], copying);
  if ("toJSON" in value && typeof value.toJSON === "function") return copy(value.toJSON(), copying);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return `[${value.constructor?.name ?? "object"}]`;
  const result: { [key: string]: AttributeValue } = Object.create(null);
  for (const key of Object.keys(value).slice(0, MAX_ENTRIES)) {
    const child = (value as Record<string, unknown>)[key];
    if (child !== undefined && typeof child !== "function") result[key] = copy(child, copying);
  }
  return result;
}
