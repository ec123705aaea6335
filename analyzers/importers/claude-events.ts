import type { ParsedRun, ParsedStep } from "./format.ts";
import { asObject, asObjects, asText, messageContent } from "./json-shape.ts";
import { parseTime } from "./run-times.ts";
import { claudeEnding } from "./tool-result.ts";
import { usageOf } from "./trial-verdict.ts";

export const CLAUDE_CODE = "claude-code";

/** What Claude Code's events, of a session file or of `--output-format stream-json`, say of a run. */
export type ClaudeRun = Pick<ParsedRun, "task" | "steps" | "exit_status" | "cost_usd" | "also_read"> & {
  session: string;
};

/** Whether a value is one event of Claude Code. */
export function isClaudeEvent(value: unknown): boolean {
  const event = asObject(value);
  if (event === undefined || typeof event["type"] !== "string") return false;
  const said = asObject(event["message"]);
  const identified = "sessionId" in event || "session_id" in event || "uuid" in event;
  if (event["type"] === "user" || event["type"] === "assistant") return identified && said?.["role"] !== undefined;
  return event["type"] === "system" && event["subtype"] === "init" && identified;
}

/**
 * Events as steps: text, thoughts and tool calls of one message are one agent step, each tool result an environment step
 * under its call's id. Sub-agents (`isSidechain`, `parent_tool_use_id`) act under the name they were called by.
 */
export function readClaudeEvents(events: readonly unknown[]): ClaudeRun {
  const reader = new Reader();
  for (const event of events) reader.take(asObject(event) ?? {});
  return reader.run();
}

class Reader {
  readonly #steps: ParsedStep[] = [];
  readonly #also: string[] = [];
  /** Tool calls by id: the tool, and the sub-agent that it called. */
  readonly #calls = new Map<string, { name: string; sub: string }>();
  readonly #messages = new Map<string, ParsedStep>();
  #task = "";
  #session = "";
  #exit = "";
  #cost: number | undefined;
  #sub = "";

  take(event: Record<string, unknown>): void {
    this.#session ||= asText(event["sessionId"] ?? event["session_id"]);
    const type = asText(event["type"]);
    if (type === "assistant") this.#assistant(event);
    else if (type === "user") this.#user(event);
    else if (type === "result") this.#result(event);
    else this.#also.push(asText(event["summary"] ?? event["content"]));
  }

  run(): ClaudeRun {
    return {
      task: this.#task,
      session: this.#session,
      steps: this.#steps,
      also_read: this.#also,
      ...(this.#exit === "" ? {} : { exit_status: this.#exit }),
      ...(this.#cost === undefined ? {} : { cost_usd: this.#cost }),
    };
  }

  #assistant(event: Record<string, unknown>): void {
    const message = asObject(event["message"]) ?? {};
    const blocks = Array.isArray(message["content"])
      ? asObjects(message["content"])
      : [{ type: "text", text: message["content"] }];
    const text = texts(blocks, "text", "text");
    const reasoning = texts(blocks, "thinking", "thinking");
    const calls = blocks
      .filter(({ type }) => type === "tool_use" || type === "server_tool_use")
      .map((block) => ({
        id: asText(block["id"]),
        name: asText(block["name"]) || "tool",
        arguments: toArguments(block["input"]),
      }));
    for (const call of calls) this.#remember(call);
    if (text === "" && reasoning === "" && calls.length === 0) return;
    const id = asText(message["id"]);
    const before = id === "" ? undefined : this.#messages.get(id);
    if (before !== undefined && this.#steps.at(-1) === before) {
      before.content = joined(before.content, text);
      if (reasoning !== "") before.reasoning = joined(before.reasoning ?? "", reasoning);
      before.tool_calls = [...(before.tool_calls ?? []), ...calls];
      return;
    }
    const model = asText(message["model"]);
    const at_ms = parseTime(event["timestamp"]);
    const step: ParsedStep = {
      role: "agent",
      agent: this.#agentOf(event),
      speaker: "assistant",
      content: text,
      tool_calls: calls,
      ...(reasoning === "" ? {} : { reasoning }),
      ...(model === "" || model === "<synthetic>" ? {} : { model }),
      // Every event of one message repeats what the whole message used.
      ...(before === undefined ? usageOf(asObject(message["usage"])) : {}),
      ...(at_ms === undefined ? {} : { at_ms }),
    };
    if (id !== "") this.#messages.set(id, step);
    this.#steps.push(step);
  }

  #user(event: Record<string, unknown>): void {
    const message = asObject(event["message"]) ?? {};
    const at_ms = parseTime(event["timestamp"]);
    const at = at_ms === undefined ? {} : { at_ms };
    const content = message["content"];
    const blocks = Array.isArray(content) ? asObjects(content) : [{ type: "text", text: content }];
    for (const block of blocks.filter(({ type }) => type === "tool_result")) {
      const id = asText(block["tool_use_id"]);
      const tool = this.#calls.get(id)?.name ?? "tool";
      const answer = messageContent(block["content"]);
      const result = event["toolUseResult"] ?? event["tool_use_result"];
      const told = asObject(result);
      this.#also.push(...[told?.["stdout"], told?.["stderr"], told?.["originalFile"]].map(asText));
      const failed =
        block["is_error"] === true ||
        (block["is_error"] === undefined && result !== undefined ? false : block["is_error"]);
      this.#steps.push({
        role: "environment",
        agent: tool,
        speaker: "tool_result",
        content: answer,
        call_id: id,
        ...claudeEnding(tool, answer, failed, result),
        ...at,
      });
    }
    const said = texts(blocks, "text", "text");
    if (said === "") return;
    if (event["isMeta"] === true) this.#also.push(said);
    else if (this.#task === "" && this.#steps.length === 0) this.#task = said;
    else if (event["isSidechain"] === true || asText(event["parent_tool_use_id"]) !== "")
      this.#sidechain(event, said, at);
    else this.#steps.push({ role: "user", agent: "user", speaker: "user", content: said, ...at });
  }

  /** What a sub-agent is told is what its call said; it names the sub-agent that speaks next. */
  #sidechain(event: Record<string, unknown>, said: string, at: { at_ms?: number }): void {
    const asked = [...this.#calls.values()].reverse().find(({ sub }) => sub !== "");
    if (asText(event["parent_tool_use_id"]) === "" && asked !== undefined) this.#sub = asked.sub;
    this.#steps.push({ role: "user", agent: "caller", speaker: "user", content: said, ...at });
  }

  #result(event: Record<string, unknown>): void {
    this.#exit = asText(event["subtype"]);
    const cost = event["total_cost_usd"] ?? event["cost_usd"];
    if (typeof cost === "number" && cost > 0) this.#cost = cost;
    this.#also.push(asText(event["result"]));
  }

  #remember(call: { id: string; name: string; arguments: unknown }): void {
    const asked = asObject(call.arguments) ?? {};
    const sub = call.name === "Task" || call.name === "Agent" ? asText(asked["subagent_type"]) || "sub-agent" : "";
    this.#calls.set(call.id, { name: call.name, sub });
  }

  #agentOf(event: Record<string, unknown>): string {
    const parent = asText(event["parent_tool_use_id"]);
    if (parent !== "") return `${CLAUDE_CODE}/${this.#calls.get(parent)?.sub || "sub-agent"}`;
    return event["isSidechain"] === true ? `${CLAUDE_CODE}/${this.#sub || "sub-agent"}` : CLAUDE_CODE;
  }
}

function texts(blocks: readonly Record<string, unknown>[], type: string, key: string): string {
  return blocks
    .filter((block) => block["type"] === type)
    .map((block) => asText(block[key]))
    .filter((text) => text !== "")
    .join("\n");
}

function joined(before: string, more: string): string {
  return before === "" || more === "" ? before + more : `${before}\n${more}`;
}

function toArguments(value: unknown) {
  return (value ?? {}) as NonNullable<ParsedStep["tool_calls"]>[number]["arguments"];
}
