import type { AttributeValue } from "@culprit/schemas";
import { soleValue } from "./answer-shapes.ts";

type Fields = { [key: string]: AttributeValue };

const ROLES: ReadonlyMap<string, string> = new Map([
  ["human", "user"],
  ["HumanMessage", "user"],
  ["HumanMessageChunk", "user"],
  ["ai", "assistant"],
  ["AIMessage", "assistant"],
  ["AIMessageChunk", "assistant"],
  ["system", "system"],
  ["SystemMessage", "system"],
  ["tool", "tool"],
  ["ToolMessage", "tool"],
]);

/**
 * A message as LangChain writes it, `{type: "ai", data: {…}}` or `{lc: 1, id: [..., "AIMessage"], kwargs: {…}}`, as
 * `{role, content, …}`; undefined for anything else.
 */
export function fromLangChain(value: Fields): Fields | undefined {
  const name = value["lc"] === undefined ? value["type"] : Array.isArray(value["id"]) ? value["id"].at(-1) : undefined;
  const inner = value["lc"] === undefined ? value["data"] : value["kwargs"];
  const role = typeof name === "string" ? ROLES.get(name) : undefined;
  if (role === undefined || typeof inner !== "object" || inner === null || Array.isArray(inner)) return undefined;
  return { ...inner, role };
}

/**
 * What a tool answered, out of the message or the command that LangChain and LangGraph put around it; anything else as
 * it is.
 */
export function langChainAnswer(value: AttributeValue | undefined): AttributeValue | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const own = fromLangChain(value);
  if (own !== undefined) return own["role"] === "tool" ? (own["content"] ?? value) : value;
  const inner = soleValue(value);
  if (inner !== undefined) return langChainAnswer(inner);
  const update = value["update"];
  if (typeof update !== "object" || update === null || Array.isArray(update)) return value;
  const messages = update["messages"];
  const last = Array.isArray(messages) ? messages.at(-1) : undefined;
  if (typeof last !== "object" || last === null || Array.isArray(last)) return value;
  const answer = fromLangChain(last);
  return answer?.["role"] === "tool" ? (answer["content"] ?? value) : value;
}
