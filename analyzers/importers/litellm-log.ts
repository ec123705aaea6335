import type { ParsedStep } from "./format.ts";
import { asObject, asObjects, asText, messageContent, parseArguments } from "./json-shape.ts";
import { claudeEnding } from "./tool-result.ts";

/** Whether a log holds requests as a LiteLLM proxy writes them: JSON with `messages` and `tools` inside lines of text. */
export function isProxyLog(text: string): boolean {
  return /"messages"\s*:\s*\[/.test(text) && /"tool_use"|"tool_calls"/.test(text);
}

/**
 * The conversation in a proxy's log: every request repeats what came before it, so the one with the most messages is the
 * session. Messages in Anthropic's or OpenAI's shape.
 */
export function readProxyLog(text: string, agent: string): ParsedStep[] {
  let best: Record<string, unknown>[] = [];
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf("{");
    if (at === -1 || !line.includes('"messages"')) continue;
    const messages = longestMessages(parsed(line.slice(at)));
    if (messages.length > best.length) best = messages;
  }
  return chatSteps(best, agent);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function longestMessages(value: unknown, depth = 0): Record<string, unknown>[] {
  const object = asObject(value);
  if (object === undefined || depth > 6) return [];
  let best = asObjects(object["messages"]);
  for (const inner of Object.values(object)) {
    const found = longestMessages(inner, depth + 1);
    if (found.length > best.length) best = found;
  }
  return best;
}

/** Chat messages in Anthropic's or OpenAI's shape as steps; the first user message is the task and no step. */
export function chatSteps(messages: readonly Record<string, unknown>[], agent: string): ParsedStep[] {
  const steps: ParsedStep[] = [];
  const tools = new Map<string, string>();
  for (const message of messages) {
    const role = asText(message["role"]);
    const blocks = Array.isArray(message["content"]) ? asObjects(message["content"]) : [];
    if (role === "assistant") {
      const calls = [
        ...asObjects(message["tool_calls"]).map((call) => {
          const called = asObject(call["function"]) ?? {};
          return {
            id: asText(call["id"]),
            name: asText(called["name"]),
            arguments: parseArguments(called["arguments"]),
          };
        }),
        ...blocks
          .filter(({ type }) => type === "tool_use")
          .map((block) => ({
            id: asText(block["id"]),
            name: asText(block["name"]),
            arguments: parseArguments(block["input"]),
          })),
      ];
      for (const call of calls) tools.set(call.id, call.name);
      const reasoning = blocks.map((block) => (block["type"] === "thinking" ? asText(block["thinking"]) : "")).join("");
      const said =
        blocks.length > 0
          ? messageContent(blocks.filter(({ type }) => type === "text"))
          : messageContent(message["content"]);
      steps.push({
        role: "agent",
        agent,
        speaker: role,
        content: said,
        tool_calls: calls,
        ...(reasoning === "" ? {} : { reasoning }),
      });
      continue;
    }
    const results =
      role === "tool"
        ? [{ tool_use_id: message["tool_call_id"], content: message["content"] }]
        : blocks.filter(({ type }) => type === "tool_result");
    for (const result of results as Record<string, unknown>[]) {
      const id = asText(result["tool_use_id"]);
      const tool = tools.get(id) ?? "tool";
      const content = messageContent(result["content"]);
      steps.push({
        role: "environment",
        agent: tool,
        speaker: role,
        content,
        call_id: id,
        ...claudeEnding(tool, content, result["is_error"], undefined),
      });
    }
    if (role === "user" && results.length === 0 && steps.length > 0) {
      steps.push({ role: "user", agent: "user", speaker: role, content: messageContent(message["content"]) });
    }
  }
  return steps;
}
