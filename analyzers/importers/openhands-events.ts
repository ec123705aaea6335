import type { ParsedRun, ParsedStep } from "./format.ts";
import { asObject, asObjects, asText, messageContent, parseArguments, reasoningOf } from "./json-shape.ts";
import { parseTime } from "./run-times.ts";
import { usageOf } from "./trial-verdict.ts";

export const OPENHANDS = "OpenHands";

/** Arguments that are about showing or guarding an action, not about what it does. */
const HOUSEKEEPING = new Set([
  "thought",
  "hidden",
  "is_confirmed",
  "confirmation_state",
  "confirmed",
  "security_risk",
  "blocking",
  "kernel_init_code",
  "include_extra",
  "wait_for_response",
  "task_list_raw",
]);
/** Events that move the machinery and are nobody's step. */
const MACHINERY = new Set([
  "change_agent_state",
  "agent_state_changed",
  "null",
  "system",
  "recall",
  "condensation_request",
  "server_ready",
  "user_rejected_noop",
]);

/** What a list of events says of a run. */
export type OpenHandsRun = Pick<ParsedRun, "task" | "steps" | "system_prompts" | "also_read"> & {
  exit_status: string;
  cost_usd: number;
};

/** Whether a value is an event of OpenHands: an action or an observation with an id and a source. */
export function isOpenHandsEvent(value: unknown): boolean {
  const event = asObject(value);
  if (event === undefined || !("id" in event)) return false;
  const kind = typeof event["action"] === "string" ? "args" in event : typeof event["observation"] === "string";
  return kind && ("source" in event || "cause" in event || "timestamp" in event);
}

/**
 * Events as steps: every action of the agent (commands, edits, reads, browsing, thoughts, messages, finishing) is an agent
 * step with the tool call that the model made, every observation an environment step under the id of the call that
 * caused it. Older runs without tool calls are called by the action's own name.
 */
export function readOpenHandsEvents(events: readonly Record<string, unknown>[]): OpenHandsRun {
  const reader = new Reader();
  for (const event of ordered(events)) reader.take(event);
  return reader.run();
}

/** By id, which a run gives in order; a repeated id keeps its place. */
function ordered(events: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  const id = (event: Record<string, unknown>) =>
    typeof event["id"] === "number" ? event["id"] : Number.POSITIVE_INFINITY;
  return events.every((event, at) => at === 0 || id(events[at - 1] ?? {}) <= id(event))
    ? [...events]
    : [...events].sort((left, right) => id(left) - id(right));
}

class Reader {
  readonly #steps: ParsedStep[] = [];
  readonly #also: string[] = [];
  readonly #prompts = new Map<string, string>();
  /** Calls by the id of the event that made them. */
  readonly #calls = new Map<string, { id: string; name: string }>();
  readonly #answered = new Set<string>();
  /** Sub-agents that were called and have not answered. */
  readonly #delegates: string[] = [];
  #task = "";
  #state = "";
  #cost = 0;

  take(event: Record<string, unknown>): void {
    const action = event["action"];
    this.#cost = Math.max(this.#cost, costOf(event));
    if (typeof action === "string") this.#action(event, action);
    else if (typeof event["observation"] === "string") this.#observation(event, event["observation"]);
  }

  run(): OpenHandsRun {
    return {
      task: this.#task,
      steps: this.#steps,
      system_prompts: this.#prompts,
      also_read: this.#also,
      exit_status: this.#state,
      cost_usd: this.#cost,
    };
  }

  get #agent(): string {
    return this.#delegates.at(-1) ?? OPENHANDS;
  }

  #action(event: Record<string, unknown>, action: string): void {
    const args = asObject(event["args"]) ?? {};
    if (action === "system") this.#prompts.set(this.#agent, asText(args["content"]));
    if (MACHINERY.has(action)) {
      this.#also.push(asText(args["content"] ?? args["query"]), asText(event["message"]), asText(args["tools"] ?? ""));
      return;
    }
    const at_ms = parseTime(event["timestamp"]);
    const at = at_ms === undefined ? {} : { at_ms };
    if (event["source"] === "user" && action === "message") {
      const content = asText(args["content"]);
      if (this.#task === "" && this.#steps.length === 0) this.#task = content;
      else this.#steps.push({ role: "user", agent: "user", speaker: "user", content, ...at });
      return;
    }
    const call = callOf(event, action, args);
    const said =
      action === "message"
        ? asText(args["content"])
        : action === "finish"
          ? asText(args["final_thought"] ?? args["thought"])
          : asText(args["thought"]);
    this.#also.push(asText(event["message"]), asText(args["thought"]));
    this.#steps.push({
      role: "agent",
      agent: this.#agent,
      speaker: asText(event["source"]) || "agent",
      content: action === "think" ? "" : said,
      tool_calls: call === undefined ? [] : [call],
      ...this.#response(event),
      ...at,
    });
    if (call !== undefined) this.#calls.set(asText(event["id"]), call);
    if (action === "finish" || action === "reject") this.#state = action === "finish" ? "finished" : "rejected";
    if (action === "delegate") this.#delegates.push(asText(args["agent"]) || "delegate");
  }

  /** Model, tokens and thoughts of the answer that an action came from; one answer may hold several actions. */
  #response(event: Record<string, unknown>): Partial<ParsedStep> {
    const response = asObject(asObject(event["tool_call_metadata"])?.["model_response"]);
    if (response === undefined) return {};
    const id = asText(response["id"]);
    const again = id !== "" && this.#answered.has(id);
    this.#answered.add(id);
    const model = asText(response["model"]);
    const message = asObject(asObjects(response["choices"])[0]?.["message"]) ?? {};
    const reasoning = again ? "" : reasoningOf(message);
    this.#also.push(messageContent(message["content"]));
    return {
      ...(model === "" ? {} : { model }),
      ...(again ? {} : usageOf(asObject(response["usage"]))),
      ...(reasoning === "" ? {} : { reasoning }),
    };
  }

  #observation(event: Record<string, unknown>, observation: string): void {
    const extras = asObject(event["extras"]) ?? {};
    if (observation === "agent_state_changed") {
      this.#state = asText(extras["agent_state"]) || this.#state;
      this.#also.push(asText(extras["reason"]));
      return;
    }
    if (MACHINERY.has(observation)) {
      this.#also.push(asText(event["content"]), asText(event["message"]), asText(extras));
      return;
    }
    const cause = asText(event["cause"]);
    const call = this.#calls.get(cause);
    const metadata = asObject(extras["metadata"]) ?? {};
    const code = metadata["exit_code"] ?? extras["exit_code"];
    const content = asText(event["content"]);
    const at_ms = parseTime(event["timestamp"]);
    const id = asText(asObject(event["tool_call_metadata"])?.["tool_call_id"]) || call?.id || "";
    const failed = observation === "error" || (observation === "edit" && /^ERROR:/.test(content));
    this.#also.push(
      asText(event["message"]),
      ...["old_content", "new_content", "diff", "path"].map((key) => asText(extras[key])),
      asText(metadata["suffix"]),
      asText(metadata["prefix"]),
    );
    this.#steps.push({
      role: "environment",
      agent: call?.name ?? observation,
      speaker: asText(event["source"]) || "environment",
      content,
      ...(id === "" ? {} : { call_id: id }),
      // -1 says that the command still runs.
      ...(Number.isSafeInteger(code) && Number(code) >= 0 ? { exit_code: Number(code) } : {}),
      ...(failed
        ? {
            error:
              content
                .split("\n")
                .find((line) => line.trim() !== "" && line !== "ERROR:")
                ?.slice(0, 200) ?? "error",
          }
        : {}),
      ...(at_ms === undefined ? {} : { at_ms }),
    });
    if (observation === "delegate") this.#delegates.pop();
  }
}

/** The tool call as the model made it, else the action under its own name. */
function callOf(
  event: Record<string, unknown>,
  action: string,
  args: Record<string, unknown>,
): NonNullable<ParsedStep["tool_calls"]>[number] | undefined {
  const metadata = asObject(event["tool_call_metadata"]);
  const made = asText(metadata?.["tool_call_id"]);
  if (metadata !== undefined && made !== "") {
    const name = asText(metadata["function_name"]) || action;
    const choices = asObjects(asObject(metadata["model_response"])?.["choices"]);
    const call = choices
      .flatMap((choice) => asObjects(asObject(choice["message"])?.["tool_calls"]))
      .find((candidate) => candidate["id"] === made);
    const said = asObject(parseArguments(asObject(call?.["function"])?.["arguments"]));
    return { id: made, name, arguments: said === undefined ? kept(args) : kept(said) };
  }
  if (action === "message") return undefined;
  return { id: asText(event["id"]), name: action, arguments: kept(args) };
}

function kept(args: Record<string, unknown>) {
  const entries = Object.entries(args).filter(
    ([key, value]) =>
      value !== null && !(HOUSEKEEPING.has(key) && !(key === "thought" && Object.keys(args).length === 1)),
  );
  return Object.fromEntries(entries) as NonNullable<ParsedStep["tool_calls"]>[number]["arguments"];
}

function costOf(event: Record<string, unknown>): number {
  const cost = asObject(event["llm_metrics"])?.["accumulated_cost"];
  return typeof cost === "number" && cost > 0 ? cost : 0;
}
