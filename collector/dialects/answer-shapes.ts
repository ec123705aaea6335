import type { AttributeValue } from "@culprit/schemas";

type Fields = { [key: string]: AttributeValue };

/** What tracers put around a single argument or return value. */
const WRAPPERS: ReadonlySet<string> = new Set(["input", "inputs", "output", "outputs"]);

/** The value of an object that is nothing but a wrapper, `{"output": …}`; undefined for any other. */
export function soleValue(fields: Fields): AttributeValue | undefined {
  const [key = "", ...others] = Object.keys(fields);
  return others.length === 0 && WRAPPERS.has(key) ? fields[key] : undefined;
}

/** What a tool answered: of a wrapper what is in it, of a list of texts (Anthropic's, MCP's) the texts, else as it is. */
export function plainAnswer(answer: AttributeValue | undefined): AttributeValue | undefined {
  if (typeof answer !== "object" || answer === null) return answer;
  if (!Array.isArray(answer)) return soleValue(answer) ?? answer;
  const texts = answer.map(textOf);
  return texts.length > 0 && texts.every((text) => text !== undefined) ? texts.join("\n") : answer;
}

function textOf(part: AttributeValue): string | undefined {
  if (typeof part !== "object" || part === null || Array.isArray(part)) return undefined;
  return part["type"] === "text" && typeof part["text"] === "string" ? part["text"] : undefined;
}
